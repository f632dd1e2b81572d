"""One sheet's trouble is no other's: what is written elsewhere arrives within half a second."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from statistics import quantiles
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import QuerySet

from livesheet import threads
from livesheet.consumers import LiveSheetConsumer
from livesheet.sheets import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note, Supplier

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = 60
SOON_SECONDS = 0.5
PATIENCE = 60.0

has_table_locks = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite's readers wait for no lock"
)


@pytest.fixture
def slow_sheet() -> Iterator[str]:
    """Finding out which rows it has takes two seconds, each time."""

    class SlowSupplierSheet(LiveSheetConsumer):
        model = Supplier
        sheet_name = "slow-supplier"
        fields = ["name"]

        def get_queryset(self) -> QuerySet[Any]:
            time.sleep(2)
            return super().get_queryset()

    yield SlowSupplierSheet.sheet_name
    unregister(SlowSupplierSheet)


@contextmanager
def locked_table(model: type[Any]) -> Iterator[None]:
    """As a migration locks it, for readers too."""
    table, locked, done = model._meta.db_table, threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            else:
                cursor.execute(f"LOCK TABLES {table} WRITE")
            locked.set()
            done.wait(PATIENCE)
            if connection.vendor == "mysql":
                cursor.execute("UNLOCK TABLES")
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(PATIENCE)
    try:
        yield
    finally:
        done.set()
        holder.join()


@asynccontextmanager
async def opening(user: Any, sheet: str, times: int) -> AsyncIterator[list[asyncio.Task[None]]]:
    """So many sockets that want a sheet and have not got it yet."""
    sockets = [LiveSheetCommunicator(sheet, user, timeout=PATIENCE) for _ in range(times)]
    for socket in sockets:
        await socket.connect()
    tasks = [asyncio.create_task(socket.open()) for socket in sockets]
    try:
        yield tasks
    finally:
        await asyncio.gather(*tasks)
        for socket in sockets:
            await socket.disconnect()


async def seconds_to_arrive(sheet: LiveSheetCommunicator) -> float:
    """The 99th percentile, over many changes, each of which is waited for."""
    took = []
    for _ in range(CHANGES):
        key = secrets.token_hex(8)
        began = time.perf_counter()
        await Note.objects.acreate(key=key)
        await sheet.until(lambda key=key: key in sheet.rows)  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    return quantiles(took, n=100, method="inclusive")[98]


async def soon_enough(sheet: LiveSheetCommunicator) -> float:
    """Half a second; more only where the machine is so busy that it takes as long in peace."""
    return max(SOON_SECONDS, 2 * await seconds_to_arrive(sheet))


@has_table_locks
async def test_a_locked_table_delays_no_other_sheet(ann: Any) -> None:
    async with (
        LiveSheetCommunicator("note", ann, timeout=PATIENCE) as notes,
        AsyncExitStack() as end,
    ):
        soon = await soon_enough(notes)
        lock = locked_table(Supplier)
        await sync_to_async(lock.__enter__)()
        waiting = await end.enter_async_context(opening(ann, "supplier", 4))
        end.push_async_callback(sync_to_async(lock.__exit__), None, None, None)
        assert await seconds_to_arrive(notes) < soon
        assert not any(task.done() for task in waiting)


async def test_a_slow_queryset_delays_no_other_sheet(ann: Any, slow_sheet: str) -> None:
    async with (
        LiveSheetCommunicator("note", ann, timeout=PATIENCE) as notes,
        AsyncExitStack() as end,
    ):
        soon = await soon_enough(notes)
        waiting = await end.enter_async_context(opening(ann, slow_sheet, 8))
        assert await seconds_to_arrive(notes) < soon
        assert not all(task.done() for task in waiting)


@has_table_locks
async def test_the_database_ends_a_statement_that_takes_too_long(settings: Any) -> None:
    settings.LIVESHEET = {"STATEMENT_SECONDS": 1}
    sleep = {"postgresql": "SELECT pg_sleep(30)", "mysql": "SELECT sleep(30)"}[connection.vendor]

    def wait() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sleep)
            if cursor.fetchall() == ((1,),):  # MySQL's sleep() says that it was woken
                raise TimeoutError

    began = time.monotonic()
    with pytest.raises((DatabaseError, TimeoutError)):
        await threads.run(wait)
    assert time.monotonic() - began < 20


@has_table_locks
async def test_a_shorter_limit_of_the_site_stays(settings: Any) -> None:
    name = {"postgresql": "statement_timeout", "mysql": "max_statement_time"}[connection.vendor]
    shown = {"postgresql": f"SHOW {name}", "mysql": f"SELECT @@{name}"}[connection.vendor]

    def limit() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(shown)
            return cursor.fetchone()[0]

    assert str(await threads.run(limit)).startswith("20")
    await sync_to_async(threads.close)()
    settings.LIVESHEET = {"STATEMENT_SECONDS": None}
    assert str(await threads.run(limit)).rstrip(".0") == ""
