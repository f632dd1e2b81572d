"""One timer for all sockets: one for each would wake the loop a thousand times a second.

A connection says when it has to be looked at next, and until then nothing of it is touched. With
thousands of them, fetching them from memory costs more than what is done with them.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Container
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from livesheet import conf
from livesheet.exceptions import Refused
from livesheet.wire import protocol

# Those that are due within one slice are looked at together.
SLICE_SECONDS = 0.1
# How many are looked at before other tasks have a turn.
AT_ONCE = 50

logger = logging.getLogger("livesheet")


class Timed(Protocol):
    """A connection as this module sees it."""

    def look_at_the_clock(self, now: float) -> float:
        """When to look again, by the monotonic clock. Raises ``Refused`` if its time is over."""

    def refuse(self, refusal: Refused) -> None: ...


class Clock:
    """``present``: those that are still there, a live collection."""

    def __init__(self, present: Container[Any]) -> None:
        self._present = present
        self._due: dict[int, list[Timed]] = {}  # by slice
        self._next = _slice_of(time.monotonic())

    def enter(self, connection: Timed) -> None:
        """Look at it in the next slice, and then whenever it says."""
        self._look_again(connection, 0.0)

    async def keep_time(self) -> None:
        """Let each look at the clock when its time has come, until cancelled."""
        while True:
            while self._next <= _slice_of(time.monotonic()):
                due = self._due.pop(self._next, ())
                self._next += 1
                for n, connection in enumerate(due, 1):
                    if connection in self._present:
                        self._look(connection)
                    if n % AT_ONCE == 0:
                        await asyncio.sleep(0)
            await asyncio.sleep(SLICE_SECONDS)

    def _look_again(self, connection: Timed, at: float) -> None:
        self._due.setdefault(max(_slice_of(at) + 1, self._next), []).append(connection)

    def _look(self, connection: Timed) -> None:
        try:
            self._look_again(connection, connection.look_at_the_clock(time.monotonic()))
        except Refused as refusal:
            connection.refuse(refusal)
        except Exception:
            logger.exception("A connection broke.", extra={"event": "socket.broke"})
            broken = _("Something went wrong on the server.")
            connection.refuse(Refused(protocol.TRY_AGAIN, broken, 2))


def next_recheck() -> float:
    """When rights must be checked again, by the monotonic clock; spread over some time."""
    seconds: float = conf.get("RECHECK_SECONDS")
    return time.monotonic() + seconds * random.uniform(0.8, 1.0)


def _slice_of(at: float) -> int:
    return int(at / SLICE_SECONDS)
