"""Keeps Python's garbage collector from looking again and again at all that a process holds.

From time to time, it looks at all objects, and the event loop stands still meanwhile: a fifth of a
second with a few hundred users. Nearly all objects stay for long: code, models, open sockets. So
what has survived such a look is left out of the next ones (``gc.freeze()``), and so is what belongs
to sockets that have opened. Cycles among all that are found when there is half as much again
without being of open sockets, or when an hour has passed; everything else is freed as always.
"""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

from django.conf import settings

from livesheet import conf

# By how much what was left out may grow until all of it is looked at again, besides the objects of
# each further socket: measured with users who have rows of their own.
GROWTH, WHOLE_SECONDS = 1.5, 3_600.0
OF_A_SOCKET = 200
# After so many new sockets, theirs are left out, before there are enough to be noticed.
SOCKETS = 25
# Python itself leaves out a few hundred. Who has left out more knows why: before a fork, say.
FEW = 5_000


class Sparing:
    """Of one process, in which feeds begin and end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds = self._sockets = self._new = 0
        self._is_first = True
        self._is_whole = True  # nothing is left out of the next look
        self._count_then = self._sockets_then = 0
        self._whole_at = 0.0

    def begin(self) -> None:
        """A feed begins; the first of a process has what was loaded until now looked at."""
        with self._lock:
            self._feeds += 1
            if self._feeds > 1 or not is_wanted():
                return
            if self._is_first:
                gc.collect()
            self._is_first, self._is_whole, self._new = False, True, 0
            self._leave_out()
            gc.callbacks.append(self._looked)

    def end(self) -> None:
        """A feed has ended; with the last, everything is as it was before."""
        with self._lock:
            self._feeds -= 1
            if not self._feeds and self._looked in gc.callbacks:
                gc.callbacks.remove(self._looked)
                gc.unfreeze()

    def entered(self) -> None:
        """A socket has opened."""
        self._sockets += 1
        self._new += 1
        if self._new >= SOCKETS and self._looked in gc.callbacks and not self._is_whole:
            self._new = 0
            gc.collect(1)
            gc.freeze()

    def left(self) -> None:
        """A socket has closed."""
        self._sockets -= 1

    def _looked(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "stop" and info["generation"] == 2:
            self._leave_out()

    def _leave_out(self) -> None:
        gc.freeze()
        now = time.monotonic()
        if self._is_whole:
            self._is_whole, self._whole_at = False, now
            self._count_then, self._sockets_then = gc.get_freeze_count(), self._sockets
        elif now - self._whole_at > WHOLE_SECONDS or gc.get_freeze_count() > self._most():
            gc.unfreeze()
            self._is_whole = True

    def _most(self) -> float:
        more = max(0, self._sockets - self._sockets_then)
        return self._count_then * GROWTH + more * OF_A_SOCKET


def is_wanted() -> bool:
    """``SPARE_GARBAGE``, or by itself: unless in DEBUG, or where somebody else cares for it."""
    wanted = conf.get("SPARE_GARBAGE")
    if wanted is None:
        return not settings.DEBUG and gc.isenabled() and gc.get_freeze_count() < FEW
    return bool(wanted)


sparing = Sparing()
