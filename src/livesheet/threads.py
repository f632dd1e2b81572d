"""Bounded pools of threads for the database: one that reads, one that writes, one for hooks.

Channels' own bridge runs every query of every socket of a process on one thread, so that a slow
one stalls all (measured); ours have a few each, every one with a lasting connection of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from livesheet import conf, metrics, scopes

P = ParamSpec("P")
T = TypeVar("T")

IDLE_SECONDS = 30.0

_lock = threading.Lock()
_pools: dict[str, ThreadPoolExecutor] = {}
_opened: set[BaseDatabaseWrapper] = set()
_local = threading.local()


async def run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on a thread that reads, and await its result."""
    return await _call("read", partial(work, *args, **kwargs))


async def run_edit(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``work`` on a thread that writes: edits that wait for a lock must not stop the feed."""
    return await _call("edit", partial(work, *args, **kwargs))


def run_later(work: Callable[[], None]) -> None:
    """Have ``work`` called on a thread for what follows edits, where it delays none of them.

    May be called from any thread. Nobody hears of its end; ``work`` says itself what goes wrong.
    """
    _executor("hook").submit(_with_connections, work)


async def _call(kind: str, work: Callable[[], T]) -> T:
    context, loop = contextvars.copy_context(), asyncio.get_running_loop()
    call = partial(_observed, work, time.perf_counter())
    return await loop.run_in_executor(_executor(kind), context.run, call)


def _observed(work: Callable[[], T], wanted_at: float) -> T:
    metrics.wait_seconds.observe(time.perf_counter() - wanted_at)
    return _with_connections(work)


def close() -> None:
    """End the pool's threads and their connections, for tests and for a server's end."""
    while pools := _taken():  # what ends may hand on to a thread that was not there yet
        for pool in pools:
            pool.shutdown(wait=True)
    while _opened:
        connection = _opened.pop()
        connection.inc_thread_sharing()  # its own thread has ended
        connection.close()
        connection.dec_thread_sharing()


def _taken() -> list[ThreadPoolExecutor]:
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    return pools


def _executor(kind: str) -> ThreadPoolExecutor:
    with _lock:
        if kind not in _pools:
            _pools[kind] = ThreadPoolExecutor(conf.get("THREADS"), f"livesheet-{kind}")
        return _pools[kind]


def _with_connections(work: Callable[[], T]) -> T:
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


def _drop_replaced_files() -> None:
    """A file that was put in the place of SQLite's: the one that is open is nobody else's now."""
    files: dict[str, tuple[int, int]] = vars(_local).setdefault("files", {})
    for connection in connections.all():
        if connection.vendor != "sqlite":
            continue
        with suppress(OSError, ValueError):  # in memory, or away for a moment
            found = os.stat(str(connection.settings_dict["NAME"]))
            file = found.st_dev, found.st_ino
            if files.setdefault(connection.alias, file) != file:
                connection.close()
                files[connection.alias] = file


def _drop_dead_connections() -> None:
    # A connection that rested may have been cut by a firewall or a restarted database.
    if time.monotonic() - getattr(_local, "used", 0.0) < IDLE_SECONDS:
        return
    for connection in connections.all(initialized_only=True):
        if connection.connection is not None and not connection.is_usable():
            connection.close()
