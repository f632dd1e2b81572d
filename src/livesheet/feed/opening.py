"""Opening many sockets at once: they share reads, and sockets that are open are not delayed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from livesheet import conf

T = TypeVar("T")

# When many connect, readings begin at most this often; a single socket does not wait.
PACE_SECONDS = 0.1


class Together(Generic[T]):
    """One reading for all that ask before it begins, so that it is newer than their questions."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._next: asyncio.Task[T] | None = None
        self._next_at = 0.0

    async def result(self) -> T:
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._begin())
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)

    async def _begin(self) -> T:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._next_at - loop.time())
        self._next, self._next_at = None, loop.time() + PACE_SECONDS
        return await self._read()


def _heard(task: asyncio.Task[T]) -> None:
    if not task.cancelled():
        task.exception()  # nobody may be left to be told


class Gates:
    """Admits a few connections at a time to each sheet, so that its feed always has a thread."""

    def __init__(self) -> None:
        self._gates: dict[str, asyncio.Semaphore] = {}

    def of(self, sheet_name: str) -> asyncio.Semaphore:
        some = max(1, conf.get("THREADS") // 2 - 1)
        return self._gates.setdefault(sheet_name, asyncio.Semaphore(some))
