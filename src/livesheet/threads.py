"""Limited pools of threads for the database: one that reads, one that writes, one for hooks.

Channels' own bridge runs every query of every socket of a process on one thread, so a slow one
delays all others (measured). livesheet's pools have a few threads each, with a persistent
connection for each thread. One sheet uses at most half of a pool's threads, so a locked table or a
slow ``get_queryset()`` delays only that sheet. A separate thread for each database reads the change
log.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from livesheet import conf, metrics, scopes
from livesheet.interrupting import Interruptible

P = ParamSpec("P")
T = TypeVar("T")

IDLE_SECONDS = 30.0

_lock = threading.Lock()
_pools: dict[str, _Pool] = {}
_opened: set[BaseDatabaseWrapper] = set()
_local = threading.local()
_sheet: contextvars.ContextVar[str] = contextvars.ContextVar("livesheet_sheet", default="")


def work_for(sheet_name: str) -> None:
    """Whatever the current task has done on threads from now on counts as this sheet's."""
    _sheet.set(sheet_name)


async def run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on a thread that reads, and await its result."""
    return await _call(_pool("read"), partial(work, *args, **kwargs))


async def run_edit(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on a thread that writes: edits that wait for a lock must not stop the feed."""
    return await _call(_pool("edit"), partial(work, *args, **kwargs))


async def run_log(using: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on the one thread that reads the change log of ``using``."""
    return await _call(_pool(f"log-{using}", 1), partial(work, *args, **kwargs))


async def run_look(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like ``run()``, for work that only reads: if the task is cancelled, so is the statement."""
    return await _call_while_wanted(_pool("read"), partial(work, *args, **kwargs))


async def run_order(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on one of two threads that read through large tables, one for each sheet.

    If the task is cancelled, so is the statement.
    """
    return await _call_while_wanted(_pool("order", 2), partial(work, *args, **kwargs))


async def run_tidy(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on the one thread that may take long over the change logs."""
    return await _call(_pool("tidy", 1), partial(work, *args, **kwargs))


def run_later(work: Callable[[], None]) -> None:
    """Have ``work`` called on a thread for what follows edits, where it delays none of them.

    May be called from any thread. Nobody hears of its end; ``work`` says itself what goes wrong.
    """
    _pool("hook").submit(_sheet.get(), partial(_with_connections, work))


def run_alone(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on this thread, which is none of the pools', and close its connections."""
    _local.is_ours = True
    try:
        return work(*args, **kwargs)
    finally:
        connections.close_all()


async def _call(pool: _Pool, work: Callable[[], T]) -> T:
    call = partial(_observed, work, time.perf_counter())
    future = pool.submit(_sheet.get(), partial(contextvars.copy_context().run, call))
    return await asyncio.wrap_future(future)


async def _call_while_wanted(pool: _Pool, work: Callable[[], T]) -> T:
    call = Interruptible(work)
    try:
        return await _call(pool, call)
    except asyncio.CancelledError:
        call.is_wanted = False
        _pool("stop", 2).submit(_sheet.get(), partial(_with_connections, call.stop))
        raise


def _observed(work: Callable[[], T], wanted_at: float) -> T:
    metrics.wait_seconds.observe(time.perf_counter() - wanted_at)
    return _with_connections(work)


def close() -> None:
    """End the pool's threads and close their connections, after tests and when a server stops."""
    while pools := _taken():  # what ends may hand on to a thread that was not there yet
        for pool in pools:
            pool.close()
    while _opened:
        connection = _opened.pop()
        connection.inc_thread_sharing()  # its own thread has ended
        connection.close()
        connection.dec_thread_sharing()


def _taken() -> list[_Pool]:
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    return pools


def _pool(kind: str, size: int | None = None) -> _Pool:
    with _lock:
        if kind not in _pools:
            _pools[kind] = _Pool(f"livesheet-{kind}", size or conf.get("THREADS"))
        return _pools[kind]


# --- fairness --------------------------------------------------------------------------------


class _Pool:
    """``size`` threads. A sheet has half of them at most, and sheets that wait take turns."""

    def __init__(self, name: str, size: int) -> None:
        self._executor = ThreadPoolExecutor(size, name)
        self._lock = threading.Lock()
        self._free = size
        self._most = max(1, size // 2)
        self._busy: Counter[str] = Counter()
        self._waiting: dict[str, deque[tuple[Future[Any], Callable[[], Any]]]] = {}

    def submit(self, sheet: str, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            self._waiting.setdefault(sheet, deque()).append((future, call))
            self._start()
        return future

    def close(self) -> None:
        """Wait for what is under way; what still waits for a thread is cancelled."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for queue in waiting.values():
            for future, _call in queue:
                future.cancel()
        self._executor.shutdown(wait=True)

    def _start(self) -> None:
        while self._free and (sheet := self._next()) is not None:
            queue = self._waiting.pop(sheet)
            future, call = queue.popleft()
            if queue:
                self._waiting[sheet] = queue  # behind the others
            if future.set_running_or_notify_cancel():
                self._free -= 1
                self._busy[sheet] += 1
                self._executor.submit(self._run, sheet, future, call)

    def _next(self) -> str | None:
        return next((s for s in self._waiting if self._busy[s] < self._most), None)

    def _run(self, sheet: str, future: Future[T], call: Callable[[], T]) -> None:
        try:
            result = call()
        except BaseException as error:
            self._end(sheet)
            future.set_exception(error)
        else:
            self._end(sheet)
            future.set_result(result)

    def _end(self, sheet: str) -> None:
        with self._lock:
            self._free += 1
            self._busy[sheet] -= 1
            if not self._busy[sheet]:
                del self._busy[sheet]
            self._start()


# --- connections -----------------------------------------------------------------------------


def _with_connections(work: Callable[[], T]) -> T:
    _local.is_ours = True
    _drop_replaced_files()
    _drop_dead_connections()
    try:
        with scopes.entered():
            return work()
    finally:
        for connection in connections.all(initialized_only=True):
            _opened.add(connection)
            if connection.errors_occurred:
                connection.close_if_unusable_or_obsolete()
        _local.used = time.monotonic()


def _connected(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    if getattr(_local, "is_ours", False):
        bound_statements(connection)


connection_created.connect(_connected, dispatch_uid="livesheet.threads")


def _drop_replaced_files() -> None:
    """A file that was put in the place of SQLite's: the one that is open is nobody else's now.

    One that was copied over it is told by SQLite only where it was written to another number of
    times; so what is remembered of a file that was written since is forgotten.
    """
    files: dict[str, tuple[int, ...]] = vars(_local).setdefault("files", {})
    for connection in connections.all():
        if connection.vendor != "sqlite":
            continue
        with suppress(OSError, ValueError):  # in memory, or away for a moment
            found = os.stat(str(connection.settings_dict["NAME"]))
            file = found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
            known = files.setdefault(connection.alias, file)
            files[connection.alias] = file
            if known[:2] != file[:2]:
                connection.close()
            elif known != file and connection.connection is not None:
                connection.connection.execute("PRAGMA shrink_memory")


def _drop_dead_connections() -> None:
    # A connection that rested may have been cut by a firewall or a restarted database.
    if time.monotonic() - getattr(_local, "used", 0.0) < IDLE_SECONDS:
        return
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.is_usable():
            connection.close()


# Each keeps a shorter time-out that the site has given the connection itself.
_POSTGRESQL = """
SELECT CASE WHEN current_setting('statement_timeout') = '0' AND pg_backend_pid() = %s
THEN set_config('statement_timeout', %s, false) END
"""
_MARIADB = "SET SESSION max_statement_time = IF(@@max_statement_time = 0, %s, @@max_statement_time)"
_MYSQL = "SET SESSION max_execution_time = IF(@@max_execution_time = 0, %s, @@max_execution_time)"


def bound_statements(connection: Any) -> None:
    """Have the database end each statement of a new connection after ``STATEMENT_SECONDS``.

    Once for the connection, in one round trip. A pooler would hand the setting on to others with
    the connection, so behind one the role or the pooler has to have it; SQLite knows none.
    """
    seconds = conf.get("STATEMENT_SECONDS")
    if not seconds or is_pooled(connection):
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A pooler between tells of another process than the one that carries the statement out.
            backend = connection.connection.info.backend_pid
            cursor.execute(_POSTGRESQL, [backend, f"{round(seconds * 1000)}"])
        elif connection.vendor == "mysql" and connection.mysql_is_mariadb:
            cursor.execute(_MARIADB, [seconds])
        elif connection.vendor == "mysql":
            cursor.execute(_MYSQL, [round(seconds * 1000)])


def is_pooled(connection: Any) -> bool:
    """Whether Django itself shares this connection with other threads."""
    return bool((connection.settings_dict.get("OPTIONS") or {}).get("pool"))
