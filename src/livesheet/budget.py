"""A bound on how many frames one socket may send."""

from __future__ import annotations

import time


class Budget:
    """A token bucket: ``rate`` frames a second for long, four seconds' worth at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = self._most = rate * 4
        self._at = time.monotonic()

    def spend(self) -> bool:
        """Take one token; False where there is none left."""
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
