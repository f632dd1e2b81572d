"""Opening a sheet beside many others: what is read for each, and what once for all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.db.backends.utils import CursorWrapper

from livesheet.feed import opening
from livesheet.feed.opening import Together
from livesheet.routing import websocket_application
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product, Supplier

pytestmark = pytest.mark.django_db(transaction=True)

OF_RIGHTS = ("django_session", "auth_")
HEADERS = [(b"host", b"testserver")]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the database is asked, on whichever thread."""
    heard: list[str] = []
    carry_out = CursorWrapper.execute

    def execute(self: Any, sql: Any, params: Any = None) -> Any:
        heard.append(str(sql))
        return carry_out(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", execute)
    return iter([heard])


def signed_in(user: Any) -> list[tuple[bytes, bytes]]:
    """The headers of a browser in which the user has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return [*HEADERS, (b"cookie", f"sessionid={session.session_key}".encode())]


def editor(django_user_model: Any, name: str) -> Any:
    user = django_user_model.objects.create_user(name)
    codes = ["view_product", "change_product"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return user


def sheet(headers: list[tuple[bytes, bytes]]) -> LiveSheetCommunicator:
    return LiveSheetCommunicator("product", headers=headers, application=websocket_application)


@pytest.fixture
def headers(django_user_model: Any) -> list[list[tuple[bytes, bytes]]]:
    north = Supplier.objects.create(name="North")
    Product.objects.create(name="Table", supplier=north)
    return [signed_in(editor(django_user_model, f"user{n}")) for n in range(12)]


def about(heard: list[str], *names: str) -> list[str]:
    return [sql for sql in heard if any(f'"{n}' in sql or f"`{n}" in sql for n in names)]


async def test_who_opens_reads_rights_in_few_statements(
    headers: list[Any], statements: Iterator[list[str]]
) -> None:
    heard = next(statements)
    async with sheet(headers[0]), sheet(headers[1]):
        heard.clear()
        async with sheet(headers[2]) as third:
            assert third.rows
            read = about(heard, *OF_RIGHTS)
            assert len(read) <= 3, "\n".join(read)


async def test_labels_come_once(headers: list[Any]) -> None:
    async with sheet(headers[0]) as one, sheet(headers[1]) as other:
        for opened in (one, other):
            told = [frame["column"] for frame in opened.frames if frame["type"] == "labels"]
            assert sorted(told) == ["supplier", "tags"]


def readings(heard: list[str]) -> int:
    """How often all rows were read."""
    rows = [sql for sql in about(heard, "app_product") if "ORDER BY" in sql]
    return len([sql for sql in rows if "IN (" not in sql and "app_product_tags" not in sql])


async def test_those_who_open_together_are_read_for_together(
    headers: list[Any], statements: Iterator[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "PACE_SECONDS", 2.0)
    heard = next(statements)
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(*(stack.enter_async_context(sheet(h)) for h in headers))
        assert [len(one.rows) for one in opened] == [1] * 12
        assert all(one.labels["supplier"] for one in opened)
    assert readings(heard) <= 3, heard  # who comes first is read for at once


async def test_nobody_gets_what_was_read_before_the_question() -> None:
    begun: list[int] = []
    may_end = asyncio.Event()

    async def read() -> int:
        begun.append(len(begun))
        number = begun[-1]
        await may_end.wait()
        return number

    together = Together(read)
    first = asyncio.create_task(together.result())
    while not begun:
        await asyncio.sleep(0)
    others = [asyncio.create_task(together.result()) for _ in range(5)]
    await asyncio.sleep(0)
    others[0].cancel()
    may_end.set()
    assert await first == 0
    assert await asyncio.gather(*others[1:]) == [1, 1, 1, 1]
    assert await together.result() == 2


async def test_who_asks_after_a_trouble_has_a_reading_of_its_own() -> None:
    troubles = [ValueError("trouble")]

    async def read() -> str:
        if troubles:
            raise troubles.pop()
        return "read"

    together = Together(read)
    with pytest.raises(ValueError, match="trouble"):
        await together.result()
    assert await together.result() == "read"
