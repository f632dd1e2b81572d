"""Keeps Python's garbage collector from examining again and again all that a process holds.

From time to time it examines all objects, and the event loop stands still meanwhile: for a fifth of
a second with a few hundred users. Nearly all objects live long: code, models, open sockets. So what
has survived one full collection is left out of the next (``gc.freeze()``), and so are the objects
of newly opened sockets. Cycles among these are found once the process's memory has grown by half,
not counting what further sockets need, or after an hour; everything else is freed as always.

By itself, Python examines what is new in the midst of an edit, when hundreds of audiences have
objects that are about to be freed. Here it is examined when they are: when the work is over.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from typing import Any

from django.conf import settings

from livesheet import conf

# How much the allocated blocks of memory may grow, besides those of each further socket, before all
# is examined again; a socket of a user with rows of their own has 250. (``gc.get_freeze_count()``
# counts one object after the other, which takes as long as examining them.)
GROWTH, WHOLE_SECONDS = 1.5, 3_600.0
OF_A_SOCKET = 400
# After this many new sockets their objects are left out, before examining them would be noticed.
SOCKETS = 25
# How many more objects there are when Python examines the new ones, by default (before and since
# 3.13); how many if it is done after the work as well; and when that is worth while. (3.14 does it
# by parts, and has other thresholds.)
BY_DEFAULT = (700, 10, 10), (2_000, 10, 10)
AT_WORK = 20_000
AFTER_WORK = 2_000
# Python itself leaves out a few hundred. A project that has left out more does so on purpose, for
# example before a fork.
FEW = 5_000


class Sparing:
    """Leaves objects out of full collections while this process has feeds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds = self._sockets = self._new = 0
        self._is_first = True
        self._is_whole = True  # the next full collection examines all
        self._blocks_then = self._sockets_then = 0
        self._whole_at = 0.0
        self._thresholds: tuple[int, int, int] | None = None  # Python's own, while ours stand

    def begin(self) -> None:
        """A feed begins. The first one of a process has everything loaded so far examined."""
        with self._lock:
            self._feeds += 1
            if self._feeds > 1 or not is_wanted():
                return
            if self._is_first:
                gc.collect()
            self._is_first, self._is_whole, self._new = False, True, 0
            self._leave_out()
            gc.callbacks.append(self._looked)
            if gc.get_threshold() in BY_DEFAULT:
                self._thresholds = gc.get_threshold()
                gc.set_threshold(AT_WORK, *self._thresholds[1:])

    def end(self) -> None:
        """A feed has ended; with the last, everything is as it was before."""
        with self._lock:
            self._feeds -= 1
            if not self._feeds and self._looked in gc.callbacks:
                gc.callbacks.remove(self._looked)
                gc.unfreeze()
                if self._thresholds is not None:
                    gc.set_threshold(*self._thresholds)
                    self._thresholds = None

    def worked(self) -> None:
        """A piece of work is over, and nearly all objects that it made have been freed."""
        if self._thresholds is not None and gc.get_count()[0] > AFTER_WORK:
            gc.collect(1)

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
            self._blocks_then, self._sockets_then = sys.getallocatedblocks(), self._sockets
        elif now - self._whole_at > WHOLE_SECONDS or sys.getallocatedblocks() > self._most():
            gc.unfreeze()
            self._is_whole = True

    def _most(self) -> float:
        more = max(0, self._sockets - self._sockets_then)
        return self._blocks_then * GROWTH + more * OF_A_SOCKET


def is_wanted() -> bool:
    """``SPARE_GARBAGE``; if unset, yes, except in DEBUG or if the project tunes the collector."""
    wanted = conf.get("SPARE_GARBAGE")
    if wanted is None:
        return not settings.DEBUG and gc.isenabled() and gc.get_freeze_count() < FEW
    return bool(wanted)


sparing = Sparing()
