"""A bounded pool of threads for the database: a slow query stalls nobody, a cut one is mended."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection

from livesheet import threads
from tests.app.models import Note
from tests.endless import Endless

pytestmark = pytest.mark.django_db(transaction=True)

shade: contextvars.ContextVar[str] = contextvars.ContextVar("shade", default="")


async def test_a_slow_query_stalls_nobody() -> None:
    slow, go = threading.Event(), threading.Event()

    def wait() -> None:
        slow.set()
        go.wait(30)

    waiting = asyncio.ensure_future(threads.run(wait))
    await threads.run(slow.wait, 30)
    assert await threads.run(lambda: Note.objects.count()) == 0
    assert await threads.run_edit(lambda: Note.objects.count()) == 0
    go.set()
    await waiting


async def test_edits_that_wait_do_not_stop_reading(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()
    go = threading.Event()
    waiting = asyncio.ensure_future(threads.run_edit(go.wait, 30))
    assert await threads.run(lambda: "read") == "read"
    go.set()
    assert await waiting


async def test_the_context_goes_along_and_errors_come_back() -> None:
    shade.set("blue")
    assert await threads.run(shade.get) == "blue"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 / 0)
    assert await threads.run(max, 1, 2, key=lambda n: -n) == 1


async def test_connections_last_and_end_with_the_pool(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()

    def which() -> Any:
        Note.objects.count()
        return connection.connection

    first = await threads.run(which)
    assert await threads.run(which) is first
    await sync_to_async(threads.close)()
    assert threads._opened == set()
    assert await threads.run(which) is not first


BACKEND = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
CUT = {"postgresql": "SELECT pg_terminate_backend(%s, 5000)", "mysql": "KILL %s"}


async def test_a_connection_that_rested_is_tried_before_it_is_used(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.0)

    def ask(sql: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0] if cursor.description else None

    if connection.vendor == "sqlite":  # nobody can cut a file off
        first = await threads.run(lambda: Note.objects.count() or connection.connection)
        assert await threads.run(lambda: Note.objects.count() or connection.connection) is first
        return
    backend = await threads.run(ask, BACKEND[connection.vendor])
    await sync_to_async(ask)(CUT[connection.vendor], backend)  # as a restarted server does
    assert await threads.run(lambda: Note.objects.count()) == 0
    assert await threads.run(ask, BACKEND[connection.vendor]) != backend


@pytest.mark.parametrize("run", [threads.run_look, threads.run_order])
async def test_a_statement_ends_with_the_task_that_waits_for_it(settings: Any, run: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1, "STATEMENT_SECONDS": 0}
    threads.close()
    endless = Endless()
    reading = asyncio.create_task(run(endless.run))
    await asyncio.to_thread(endless.begun.wait, 60)
    reading.cancel()
    assert await asyncio.to_thread(endless.ended.wait, 60)
    assert await run(Note.objects.count) == 0  # whoever comes next is not disturbed


async def test_no_statement_begins_once_nobody_waits(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()
    begun, go, found = threading.Event(), threading.Event(), list[Any]()

    def read() -> None:
        begun.set()
        go.wait(60)
        try:
            found.append(Note.objects.count())
        except DatabaseError as error:
            found.append(error)

    reading = asyncio.create_task(threads.run_look(read))
    await asyncio.to_thread(begun.wait, 60)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    go.set()
    assert await threads.run(Note.objects.count) == 0
    assert isinstance(found[0], DatabaseError)


async def test_a_connection_that_broke_is_not_kept(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()

    def break_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nonsense FROM nowhere")

    with pytest.raises(DatabaseError):
        await threads.run(break_it)
    started = time.monotonic()
    assert await threads.run(lambda: Note.objects.count()) == 0
    assert time.monotonic() - started < 10


async def test_one_sheet_has_half_of_the_threads_and_the_others_take_turns(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 2}
    threads.close()
    go, done = threading.Event(), list[str]()

    async def work_for(sheet: str) -> None:
        threads.work_for(sheet)
        await threads.run(go.wait, 30) if sheet == "greedy" else await threads.run(
            done.append, sheet
        )

    greedy = [asyncio.create_task(work_for("greedy")) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await asyncio.gather(*(work_for(name) for name in ("b", "c", "b", "c")))
    assert sorted(done) == ["b", "b", "c", "c"]
    assert not any(task.done() for task in greedy)
    go.set()
    await asyncio.gather(*greedy)


async def test_what_waits_for_a_thread_can_be_given_up(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()
    go = threading.Event()
    first = asyncio.create_task(threads.run(go.wait, 30))
    await asyncio.sleep(0)
    given_up = asyncio.create_task(threads.run(go.wait, 30))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    go.set()
    assert await first
    assert await threads.run(lambda: "next") == "next"


async def test_the_log_is_read_though_every_other_thread_waits(settings: Any) -> None:
    settings.LIVESHEET = {"THREADS": 1}
    threads.close()
    go = threading.Event()
    waiting = [asyncio.create_task(run(go.wait, 30)) for run in (threads.run, threads.run_edit)]
    await asyncio.sleep(0)
    assert await threads.run_log("default", Note.objects.count) == 0
    go.set()
    await asyncio.gather(*waiting)
