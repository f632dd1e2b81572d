"""What may go wrong in one sheet, while the changes of another are timed."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from django.db.models import QuerySet

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Chest, Note, Supplier
from tests.holding import held_elsewhere

PATIENCE = 60.0
UNREADABLE_ROWS = 300


async def arrivals(sheet: LiveSheetCommunicator, changes: int) -> list[float]:
    """Seconds that each of so many changes took, one after the other."""
    took = []
    for n in range(changes):
        if n % 20 == 0:  # who is silent is let go
            await sheet.send(type="ping", cursor=sheet.cursor)
        key = secrets.token_hex(8)
        began = time.perf_counter()
        await Note.objects.acreate(key=key)
        await sheet.until(lambda key=key: key in sheet.rows)  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    return took


@asynccontextmanager
async def endlessly(
    *works: Callable[[], Awaitable[Any]],
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Each of them again and again, all at the same time."""

    async def repeat(work: Callable[[], Awaitable[Any]]) -> None:
        while True:
            await work()

    tasks = [asyncio.create_task(repeat(work)) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def people(number: int) -> list[Any]:
    """So many users: one alone may load only a few sheets at a time."""
    users: Any = get_user_model().objects
    return [
        await sync_to_async(users.create_superuser)(f"user {secrets.token_hex(4)}")
        for _ in range(number)
    ]


def visit(user: Any, sheet: str) -> Callable[[], Awaitable[None]]:
    async def come_and_go() -> None:
        socket = LiveSheetCommunicator(sheet, user, timeout=PATIENCE)
        await socket.connect()
        try:
            # The database ends what takes too long, and the socket is told to try again.
            with suppress(AssertionError):
                await socket.open()
        finally:
            await socket.disconnect()

    return come_and_go


@asynccontextmanager
async def held_rows() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Four people edit rows that a long transaction holds, and do not give up."""
    users = await people(4)
    rows = [await Supplier.objects.acreate(name=f"held {one.pk}") for one in users]
    async with AsyncExitStack() as end:
        sockets = [
            await end.enter_async_context(LiveSheetCommunicator("supplier", one, timeout=PATIENCE))
            for one in users
        ]
        hold = held_elsewhere(*rows)
        await sync_to_async(hold.__enter__)()
        end.push_async_callback(sync_to_async(hold.__exit__), None, None, None)
        edits = [
            partial(socket.edit, row.pk, "name", f"new {row.pk}", row.name)
            for socket, row in zip(sockets, rows, strict=True)
        ]
        yield await end.enter_async_context(endlessly(*edits))


@asynccontextmanager
async def a_locked_table() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Four people open a sheet whose table is locked, for readers too."""
    lock = locked_table(Supplier)
    await sync_to_async(lock.__enter__)()
    async with AsyncExitStack() as end:
        end.push_async_callback(sync_to_async(lock.__exit__), None, None, None)
        visits = [visit(one, "supplier") for one in await people(4)]
        yield await end.enter_async_context(endlessly(*visits))


@asynccontextmanager
async def a_slow_queryset() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Eight people open a sheet that finds out in two seconds, each time, which rows it has."""

    class SlowSupplierSheet(LiveSheetConsumer):
        model = Supplier
        sheet_name = "slow-supplier"
        fields = ["name"]

        def get_queryset(self) -> QuerySet[Any]:
            time.sleep(2)
            return super().get_queryset()

    visits = [visit(one, "slow-supplier") for one in await people(8)]
    try:
        async with endlessly(*visits) as visitors:
            yield visitors
    finally:
        unregister(SlowSupplierSheet)


@asynccontextmanager
async def unreadable_values() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Four people have a sheet open in which each row has a broken value, and more come."""

    class BrokenSheet(LiveSheetConsumer):
        model, sheet_name = Chest, "broken"
        fields = ["name", "seal", "half"]

    made = (Chest(name=str(n), seal="sealed") for n in range(UNREADABLE_ROWS))
    await Chest.objects.abulk_create(made)
    async with AsyncExitStack() as end:
        end.callback(unregister, BrokenSheet)
        sockets = [
            await end.enter_async_context(LiveSheetCommunicator("broken", one, timeout=PATIENCE))
            for one in await people(4)
        ]

        async def one_more() -> None:
            pk = str((await Chest.objects.acreate(name="more", seal="sealed")).pk)
            for socket in sockets:
                await socket.send(type="ping", cursor=socket.cursor)
                await socket.until(lambda: pk in socket.rows)  # noqa: B023 - awaited at once
            await asyncio.sleep(0.1)

        yield await end.enter_async_context(endlessly(one_more))


TROUBLES = {
    "held rows": held_rows,
    "a locked table": a_locked_table,
    "a slow queryset": a_slow_queryset,
    "unreadable values": unreadable_values,
}
# SQLite has one writer, so that nobody else could write a change; its readers wait for no lock.
NOT_ON_SQLITE = frozenset({"held rows", "a locked table"})


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
