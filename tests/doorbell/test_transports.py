"""PostgreSQL's LISTEN and NOTIFY instead of a channel layer."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from django.db import connection

from livesheet.doorbell import doorbell, transports
from livesheet.doorbell.transports import NotifySender
from livesheet.feed.feed import Feed
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has NOTIFY"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def _by_notify(settings: Any) -> Iterator[None]:
    settings.LIVESHEET = {"NOTIFY_DATABASE": "default", "POLL_SECONDS": 60}
    doorbell._ringing = None
    yield
    ringer, doorbell._ringing = doorbell._ringing, None
    if ringer is not None:
        # The test database is dropped at the end, so no thread may hold a connection to it.
        ringer.end()


async def heard(messages: AsyncIterator[Any], wanted: int = 1) -> list[Any]:
    async with asyncio.timeout(20):
        return [await anext(messages) for _ in range(wanted)]


async def listening(messages: AsyncIterator[Any]) -> asyncio.Task[list[Any]]:
    """A task that listens for one message, once PostgreSQL knows of it."""
    task = asyncio.create_task(heard(messages))
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(listeners):
            await asyncio.sleep(0.01)
    return task


def listeners() -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query = 'LISTEN livesheet'"
            )
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


async def test_what_one_process_says_another_hears() -> None:
    async with aclosing(transports.listen()) as messages:
        task = await listening(messages)
        doorbell.tell({"type": "livesheet.presence", "room": "größer"})
        assert await task == [{"type": "livesheet.presence", "room": "größer"}]
        doorbell.ring("default")
        [ring] = await heard(messages)
        assert (ring["type"], ring["alias"]) == ("livesheet.bell", "default")


async def test_nonsense_and_what_is_too_long_harm_nobody() -> None:
    def say() -> None:
        sender = NotifySender("default")
        sender.send([{"long": "x" * 9_000}, {"short": 1}])
        with connection.cursor() as cursor:
            cursor.execute("NOTIFY livesheet, 'no JSON'")
            cursor.execute("NOTIFY livesheet, '[1]'")
            cursor.execute("NOTIFY livesheet")  # as a trigger rings
        sender.close()

    async with aclosing(transports.listen()) as messages:
        task = await listening(messages)
        await asyncio.to_thread(say)
        assert await task == [{"short": 1}]
        assert await heard(messages, 3) == [{}, {}, {"type": "livesheet.bell", "alias": "default"}]


SCRIPT = """
import django, os
from tests import settings
settings.DATABASES["default"]["NAME"] = os.environ["LIVE_DATABASE"]
settings.LIVESHEET = {"NOTIFY_DATABASE": "default"}
django.setup()
from tests.app.models import Note
Note.objects.create(key="b")
"""


async def test_a_save_in_another_process_is_seen_without_redis(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(listeners):
                await asyncio.sleep(0.01)
        environment = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        environment["LIVE_DATABASE"] = str(connection.settings_dict["NAME"])
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        await sheet.until(lambda: "b" in sheet.rows)


async def test_a_connection_that_is_cut_is_made_again(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND query = 'LISTEN livesheet'"
            )
        connection.close()

    async with LiveSheetCommunicator("note", ann) as sheet:
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(listeners):
                await asyncio.sleep(0.01)
            await asyncio.to_thread(cut)
            while await asyncio.to_thread(listeners):
                await asyncio.sleep(0.01)
            while not await asyncio.to_thread(listeners):
                await asyncio.sleep(0.01)
        doorbell.unlisten(Feed.of_this_loop()._heard)  # as if the writer were elsewhere
        monkeypatch.setattr(doorbell, "note", lambda message: True)
        await Note.objects.acreate(key="a")
        await sheet.until(lambda: "a" in sheet.rows)
