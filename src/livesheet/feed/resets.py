"""When all sockets of an audience get a new snapshot: at once, but not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# The shortest and the longest time between two snapshots for everybody.
RESET_SECONDS, MOST_RESET_SECONDS = 2.0, 30.0


class Resets:
    """Calls ``reset``, with longer pauses the more often it was requested lately."""

    def __init__(self, reset: Callable[[], None]) -> None:
        self._reset = reset
        self._timer: asyncio.TimerHandle | None = None
        self._next = self._pause = 0.0

    @property
    def is_wanted(self) -> bool:
        return self._timer is not None

    def want(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._next, loop.time()), self._reset)

    def begun(self) -> None:
        """A reset is under way, whoever requested it."""
        now = asyncio.get_running_loop().time()
        was_calm = now > self._next + self._pause
        self._pause = RESET_SECONDS if was_calm else min(2 * self._pause, MOST_RESET_SECONDS)
        self._next = now + self._pause
        self.stop()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
