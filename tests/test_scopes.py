"""A place for each key, around whatever is done on a database thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import pytest

from livesheet import scopes, threads
from livesheet.exceptions import Refused
from livesheet.feed.feed import Feed
from livesheet.sheet.meeting import room_of
from tests.app.consumers import NoteSheet

inside: list[str] = []


def place_of(scope: dict[str, Any]) -> tuple[str, Any]:
    known = {"acme": "acme", "bolt": "bolt"}
    key = known[scope["host"]]
    return key, lambda: _at(key)


@contextmanager
def _at(key: str) -> Iterator[None]:
    inside.append(key)
    yield
    inside.remove(key)


@pytest.fixture(autouse=True)
def _two_tenants(settings: Any) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "SCOPE_CONTEXT": f"{__name__}.place_of"}


async def test_work_on_threads_is_inside() -> None:
    assert await threads.run(inside.copy) == []
    scopes.settle(scopes.find({"host": "acme"}))
    assert await threads.run(inside.copy) == ["acme"]
    assert await threads.run_edit(inside.copy) == ["acme"]
    assert inside == []


async def test_each_key_has_a_feed_and_rooms_of_its_own(django_user_model: Any) -> None:
    sheet = NoteSheet(django_user_model(pk=1))
    nowhere = Feed.of_this_loop(), room_of(sheet)
    found = [nowhere]
    for host in ("acme", "bolt", "acme"):
        context = copy_context()
        context.run(scopes.settle, scopes.find({"host": host}))
        found.append((context.run(Feed.of_this_loop), context.run(room_of, sheet)))
    assert len(set(found)) == 3 and found[1] == found[3]
    # What a feed does by itself belongs to its place and inherits nothing else.
    assert scopes.empty_context(found[1][0].place).run(scopes.current).key == "acme"


def writers_place() -> tuple[str, Any]:
    if not inside:
        raise LookupError("outside")
    return inside[-1], lambda: _at(inside[-1])


def test_where_a_writer_is(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert scopes.of_the_writer() is None, "nobody says so"
    settings.LIVESHEET = {**settings.LIVESHEET, "WRITER_CONTEXT": f"{__name__}.writers_place"}
    with _at("acme"):
        found = scopes.of_the_writer()
    assert found is not None and found.key == "acme"
    assert scopes.of_the_writer() is None, "the writer does not hear of it"
    assert [one.event for one in caplog.records] == ["place.unknown"]
    settings.LIVESHEET = {}
    assert scopes.of_the_writer() is scopes.NOWHERE


async def test_who_belongs_nowhere_is_refused(settings: Any) -> None:
    with pytest.raises(Refused):
        scopes.find({"host": "nobody"})
    settings.LIVESHEET = {}
    assert scopes.find({"host": "nobody"}) is scopes.NOWHERE
