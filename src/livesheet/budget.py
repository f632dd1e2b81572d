"""Bounds on what one socket may send and one user may have under way.

Who goes too fast is slowed where that is possible, and refused where it is not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any


class Budget:
    """A token bucket: ``rate`` frames a second for long, four seconds' worth at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = self._most = rate * 4
        self._at = time.monotonic()

    def spend(self) -> bool:
        """Take one token; False where there is none left."""
        self._refill()
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def give_back(self) -> None:
        """What came when all before it was answered costs nothing: it waits by itself."""
        self._tokens = min(self._most, self._tokens + 1)

    def seconds_to_wait(self) -> float:
        """Until there is a token."""
        self._refill()
        return max(0.0, (1 - self._tokens) / self._rate)

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now


def can_pause(scope: Mapping[str, Any]) -> bool:
    """Whether a server stops reading from a client whose messages nobody takes.

    Daphne reads on and keeps them all in memory. It is the one that says no version of ASGI's part
    on sockets; a server that is not known is taken for such a one.
    """
    return "spec_version" in scope.get("asgi", {})


class LastWins:
    """Hands on at most ``rate`` calls a second; of those in between, the last one, a bit later."""

    def __init__(self, rate: float, deliver: Callable[..., None]) -> None:
        self._seconds = 1 / rate
        self._deliver = deliver
        self._at = 0.0
        self._last: tuple[Any, ...] = ()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, *what: Any) -> None:
        self._last = what
        if self._timer is None:
            wait = self._at + self._seconds - time.monotonic()
            if wait <= 0:
                self._hand_on()
            else:
                self._timer = asyncio.get_running_loop().call_later(wait, self._hand_on)

    def _hand_on(self) -> None:
        self._timer, self._at = None, time.monotonic()
        self._deliver(*self._last)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class Turns:
    """At most ``most`` at a time for each key; the others wait, the first come first.

    An empty key is nobody's in particular, and waits for nobody.
    """

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        if not key:
            yield
            return
        gate = self._gates.setdefault(key, asyncio.Semaphore(self._most()))
        self._users[key] = self._users.get(key, 0) + 1
        try:
            async with gate:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._gates[key]
