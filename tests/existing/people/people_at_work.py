"""Users of a model of the project's own edit a sheet, and are seen in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client

from livesheet import threads
from livesheet.routing import websocket_application
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.existing.people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    yield
    threads.close()
    # The thread behind `sync_to_async()` would keep the test database open.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def ann() -> Person:
    person = Person.objects.create(email="ann@example.com")
    names = ["view_note", "change_note"]
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return person


async def test_they_are_known_by_their_key_and_called_by_their_name(ann: Person) -> None:
    await Note.objects.acreate(key="a", text="old")
    browser = Client()
    await sync_to_async(browser.force_login)(ann)
    cookie = f"sessionid={browser.cookies['sessionid'].value}".encode()
    signed_in = LiveSheetCommunicator(
        "note", headers=[(b"cookie", cookie)], application=websocket_application
    )
    async with signed_in as sheet, LiveSheetCommunicator("note", ann) as other:
        assert sheet.frames[0]["me"]["id"] == str(ann.pk)
        assert sheet.frames[0]["me"]["name"] == "ann@example.com"
        assert (await sheet.edit("a", "text", "new", base="old"))["results"] == ["saved"]
        await other.until(lambda: other.value("a", "text") == "new")
        assert other.frames[-1]["by"] == {"a": str(ann.pk)}
        ann.is_active = False
        await ann.asave()

        async def gone() -> int:
            while (frame := await sheet.receive())["type"] != "bye":
                pass
            return int(frame["code"])

        assert await gone() == 4401
