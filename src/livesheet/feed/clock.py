"""One timer for all sockets: one for each would wake the loop a thousand times a second."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Collection
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from livesheet import conf
from livesheet.exceptions import Refused
from livesheet.wire import protocol

# How often each connection looks at the clock. They do so in turn, spread over the tick, so that
# nothing has to wait for all of them.
TICK_SECONDS = 2.5
SLICE_SECONDS = 0.1

logger = logging.getLogger("livesheet")


class Timed(Protocol):
    """A connection as this module sees it."""

    def look_at_the_clock(self, now: float) -> None:
        """Raises ``Refused`` if its time is over."""

    def refuse(self, refusal: Refused) -> None: ...


async def keep_time(connections: Collection[Any]) -> None:
    """Let each connection look at the clock, until cancelled."""
    while True:
        seconds = min(TICK_SECONDS, conf.get("RECHECK_SECONDS"))
        slices = max(1, int(seconds / SLICE_SECONDS))
        present: tuple[Timed, ...] = tuple(connections)
        for n in range(slices):
            for connection in present[n::slices]:
                _look(connection)
            await asyncio.sleep(seconds / slices)


def next_recheck() -> float:
    """When rights must be checked again, by the monotonic clock; spread over some time."""
    seconds: float = conf.get("RECHECK_SECONDS")
    return time.monotonic() + seconds * random.uniform(0.8, 1.0)


def _look(connection: Timed) -> None:
    try:
        connection.look_at_the_clock(time.monotonic())
    except Refused as refusal:
        connection.refuse(refusal)
    except Exception:
        logger.exception("A connection broke.", extra={"event": "socket.broke"})
        broken = _("Something went wrong on the server.")
        connection.refuse(Refused(protocol.TRY_AGAIN, broken, 2))
