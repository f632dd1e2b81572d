"""Rows that real workers save: on every sheet, with the task's name, and no new connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from redis import Redis

from livesheet.doorbell.transports import GROUP
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.tasks.conftest import Kind

pytestmark = pytest.mark.django_db(transaction=True)

SAVES, TASKS = 1_000, 20
OPENED = ("stats", "total_connections_received")
OPEN_NOW = ("clients", "connected_clients")


@pytest.fixture(autouse=True)
def _no_ghosts() -> None:
    """A process that was killed stays in the doorbell's group for a while."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.delete(f"asgi:group:{GROUP}")


async def test_both_sheets_show_who(worker: Kind, ann: Any, bea: Any) -> None:
    async with sheet_of(ann) as hers, sheet_of(bea) as her_colleagues:
        await until(is_heard)
        await enqueue(worker, "a", 1)
        for sheet in (hers, her_colleagues):
            await sheet.until(lambda sheet=sheet: "a0" in sheet.rows)
            by = {pk: who for frame in changes(sheet) for pk, who in frame["by"].items()}
            assert by == {"a0": "task: write_notes"}
    change = await Change.objects.aget(model="app.note")
    assert (change.actor, change.origin) == ("", "task: write_notes")


async def test_a_thousand_saves_cost_no_connection(worker: Kind, ann: Any) -> None:
    warm = 2 * worker.writers
    async with sheet_of(ann) as sheet:
        await until(is_heard)
        for number in range(warm):
            await enqueue(worker, f"warm up {number}-", 1, 0.2)
        await until(lambda: Note.objects.count() == warm)
        assert await sync_to_async(writers)() == worker.writers

        opened, open_now, sessions = of_redis(OPENED), of_redis(OPEN_NOW), 0
        for task in range(TASKS):
            await enqueue(worker, f"{task}-", SAVES // TASKS)
        async with asyncio.timeout(60):
            while len(sheet.rows) < warm + SAVES:
                await sheet.receive()
                sessions = max(sessions, await sync_to_async(worker_sessions)())
        assert of_redis(OPENED) - opened <= SAVES // 100
        assert of_redis(OPEN_NOW) <= open_now + 2
        # Each task has a connection of its own; a server needs a moment to see the former leave.
        assert 1 <= sessions <= 2 * worker.writers


# --- what the tests ask ----------------------------------------------------------------------


def sheet_of(user: Any) -> LiveSheetCommunicator:
    return LiveSheetCommunicator("note", user, timeout=20)


async def enqueue(worker: Kind, *arguments: Any) -> None:
    await sync_to_async(worker.enqueue)(*arguments)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not await sync_to_async(condition)():
            await asyncio.sleep(0.02)


def changes(sheet: LiveSheetCommunicator) -> list[dict[str, Any]]:
    return [frame for frame in sheet.frames if frame["type"] == "change"]


def is_heard() -> bool:
    """Whether this process has joined the doorbell's group."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        return bool(redis.exists(f"asgi:group:{GROUP}"))


def writers() -> int:
    """How many processes and threads have written."""
    return Note.objects.values("text").distinct().count()


def of_redis(number: tuple[str, str]) -> int:
    section, name = number
    with Redis.from_url(settings.REDIS_URL) as redis:
        return int(redis.info(section)[name])


def worker_sessions() -> int:
    """The workers' connections to the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'worker'"
        )
        return int(cursor.fetchone()[0])
