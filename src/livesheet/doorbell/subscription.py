"""What the feed receives from other processes: the doorbell, and presence.

Consumers themselves do not join a channel layer, because a layer that fails would close every
socket (measured).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from livesheet.doorbell import doorbell, transports

logger = logging.getLogger("livesheet")

MAX_BACKOFF = 5.0
# Joining fails sooner than this, if it fails.
SETTLED_SECONDS = 6.0


class Subscription:
    """``on_bell(alias)`` and ``on_presence(message)`` are called on the loop that runs this."""

    def __init__(
        self,
        on_bell: Callable[[str], None],
        on_presence: Callable[[dict[str, Any]], None],
    ) -> None:
        self._on_bell = on_bell
        self._on_presence = on_presence
        self._began: float | None = None
        self._heard = False

    @property
    def state(self) -> str:
        """``hears``, ``joining`` or ``away``. Silence after a while means that nobody speaks."""
        if self._began is None:
            return "away"
        settled = self._heard or time.monotonic() - self._began > SETTLED_SECONDS
        return "hears" if settled else "joining"

    async def run(self) -> None:
        saying = asyncio.create_task(_say_here())
        try:
            await self._hear()
        finally:
            saying.cancel()
            doorbell.hears(self, whether=False)

    async def _hear(self) -> None:
        backoff = 0.5
        while True:
            self._began, self._heard = time.monotonic(), False
            try:
                async with aclosing(transports.listen()) as messages:
                    async for message in messages:
                        if not self._heard:
                            doorbell.hears(self, whether=True)
                        backoff, self._heard = 0.5, True
                        self._dispatch(message)
            except Exception as error:
                self._began = None
                doorbell.hears(self, whether=False)
                text = "Other processes cannot be heard (%r); polling meanwhile."
                logger.warning(text, error, extra={"event": "others.away"})
                await asyncio.sleep(backoff)
                backoff = min(MAX_BACKOFF, backoff * 2)

    def _dispatch(self, message: Any) -> None:
        # Anybody who can write to the layer can write anything, so nothing here is trusted: an
        # alias only makes us look at the log.
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "livesheet.bell" and isinstance(message.get("alias"), str):
            if doorbell.note(message):
                self._on_bell(message["alias"])
        elif kind == "livesheet.here":
            doorbell.note(message)
        elif kind == "livesheet.presence":
            self._on_presence(message)


async def _say_here() -> None:
    while True:
        doorbell.say_here()
        await asyncio.sleep(doorbell.HERE_SECONDS)
