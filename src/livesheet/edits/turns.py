"""Who may write a row next, among the sockets of one event loop: first come, first served.

The database has its own queue for locks, but waiting there would occupy a thread and a connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Hashable
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


class TurnNeverCame(Exception):
    """The edits that came before this one took too long."""


class Turns:
    def __init__(self) -> None:
        self._lines: dict[Hashable, deque[asyncio.Event]] = {}

    @classmethod
    def of_this_loop(cls) -> Turns:
        return _of_loops.setdefault(asyncio.get_running_loop(), cls())

    def are_free(self, rows: Collection[Hashable]) -> bool:
        return self._lines.keys().isdisjoint(rows)

    @asynccontextmanager
    async def taken(self, rows: Collection[Hashable], seconds: float) -> AsyncIterator[None]:
        """Inside, no other edit has a turn with any of ``rows``. Raises ``TurnNeverCame``.

        An edit joins all queues at once, so that no two edits can wait for each other.
        """
        mine = asyncio.Event()
        for row in rows:
            self._lines.setdefault(row, deque()).append(mine)
        try:
            await self._come(mine, rows, seconds)
            yield
        finally:
            self._leave(mine, rows)

    async def _come(self, mine: asyncio.Event, rows: Collection[Hashable], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while any(self._lines[row][0] is not mine for row in rows):
                    mine.clear()
                    await mine.wait()
        except TimeoutError as error:
            raise TurnNeverCame from error

    def _leave(self, mine: asyncio.Event, rows: Collection[Hashable]) -> None:
        for row in rows:
            line = self._lines[row]
            line.remove(mine)
            if line:
                line[0].set()
            else:
                del self._lines[row]
