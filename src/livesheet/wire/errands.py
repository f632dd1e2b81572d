"""Work of one socket that is done by a task only while there is something to do.

A task that waits for work takes 2 KB, and each queue or event of asyncio's one or three more. A
quiet socket should have none of them, because a process has thousands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Work = Callable[[], Coroutine[Any, Any, None]]
# Called with what ended the work of an errand.
Broke = Callable[[Exception], None]


class Errand:
    """``work`` returns when there is nothing left to do, without a pause after it has looked."""

    __slots__ = ("_broke", "_is_over", "_task", "_work")

    def __init__(self, work: Work, broke: Broke) -> None:
        self._work, self._broke = work, broke
        self._task: asyncio.Task[None] | None = None
        self._is_over = False

    def begin(self, context: Context | None = None) -> None:
        """Begin the work, unless it is under way: then it finds by itself what was added."""
        if self._task is None and not self._is_over:
            self._task = asyncio.get_running_loop().create_task(self._done(), context=context)

    async def _done(self) -> None:
        try:
            await self._work()
        except Exception as error:
            self._broke(error)
        finally:
            self._task = None

    async def finish(self, seconds: float) -> None:
        """Wait until what has begun is done, but no longer than ``seconds``."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)

    def end(self) -> None:
        """Stop, and do nothing more, whoever asks for it."""
        self._is_over = True
        if self._task is not None:
            self._task.cancel()


class Errands:
    """The errands of one connection; only those at work take memory."""

    __slots__ = ("_at_work", "_broke", "_is_over")

    def __init__(self, broke: Broke) -> None:
        self._broke = broke
        self._at_work: dict[Work, asyncio.Task[None]] | None = None
        self._is_over = False

    def begin(self, work: Work, context: Context | None = None) -> None:
        """As ``Errand.begin``; each ``work`` is one errand."""
        if self._is_over or (self._at_work is not None and work in self._at_work):
            return
        task = asyncio.get_running_loop().create_task(self._done(work), context=context)
        self._at_work = {**(self._at_work or {}), work: task}

    async def _done(self, work: Work) -> None:
        try:
            await work()
        except Exception as error:
            self._broke(error)
        finally:
            rest = {each: task for each, task in (self._at_work or {}).items() if each != work}
            self._at_work = rest or None

    async def finish(self, work: Work, seconds: float) -> None:
        """As ``Errand.finish``."""
        if self._at_work is not None and (task := self._at_work.get(work)) is not None:
            await asyncio.wait([task], timeout=seconds)

    def end(self) -> None:
        """Stop all errands, and begin no more."""
        self._is_over = True
        for task in (self._at_work or {}).values():
            task.cancel()


class Line(Generic[T]):
    """At most ``most`` waiting entries, which are done one after the other."""

    __slots__ = ("_at_work", "_broke", "_do", "_errand", "_items", "most")

    def __init__(
        self, most: int, do: Callable[[T], Coroutine[Any, Any, None]], broke: Broke
    ) -> None:
        self.most, self._do, self._broke = most, do, broke
        self._items: list[T] = []
        self._at_work: T | None = None
        self._errand = Errand(self._work, broke)

    def put(self, item: T) -> None:
        """Raises ``asyncio.QueueFull``."""
        if len(self._items) >= self.most:
            raise asyncio.QueueFull
        self._items.append(item)
        self._errand.begin()

    async def _work(self) -> None:
        while self._items:
            self._at_work = self._items.pop(0)
            await self._do(self._at_work)
            self._at_work = None

    async def finish(self, seconds: float, must: Callable[[T], bool]) -> None:
        """Give up the work that need not be done, and wait for the rest, at most ``seconds``."""
        self._items = [item for item in self._items if must(item)]
        if self._at_work is not None and not must(self._at_work):
            self._errand.end()
            self._errand = Errand(self._work, self._broke)
        if self._items:
            self._errand.begin()
        await self._errand.finish(seconds)

    def end(self) -> None:
        self._errand.end()


class Once:
    """Something that happens once, like ``asyncio.Event``, with nothing kept until one waits."""

    __slots__ = ("_happened", "_waited")

    def __init__(self) -> None:
        self._happened = False
        self._waited: asyncio.Event | None = None

    def is_set(self) -> bool:
        return self._happened

    def set(self) -> None:
        self._happened = True
        if self._waited is not None:
            self._waited.set()
            self._waited = None

    async def wait(self) -> None:
        if not self._happened:
            self._waited = self._waited or asyncio.Event()
            await self._waited.wait()
