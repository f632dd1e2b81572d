"""The feed's one ear for other processes: hears the doorbell, and who is where.

Consumers themselves join no layer, because a layer that dies would close every socket (measured).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from livesheet import transports

logger = logging.getLogger("livesheet")

MAX_BACKOFF = 5.0


class Subscription:
    """``on_bell(alias)`` and ``on_presence(message)`` are called on the loop that runs this."""

    def __init__(
        self,
        on_bell: Callable[[str], None],
        on_presence: Callable[[dict[str, Any]], None],
    ) -> None:
        self._on_bell = on_bell
        self._on_presence = on_presence

    async def run(self) -> None:
        backoff = 0.5
        while True:
            try:
                async with aclosing(transports.listen()) as messages:
                    async for message in messages:
                        backoff = 0.5
                        self._dispatch(message)
            except Exception as error:
                logger.warning("Other processes cannot be heard (%r); polling meanwhile.", error)
                await asyncio.sleep(backoff)
                backoff = min(MAX_BACKOFF, backoff * 2)

    def _dispatch(self, message: Any) -> None:
        # Whoever can write to the layer can write anything, so nothing here is believed: an alias
        # only makes us look at the log.
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "livesheet.bell" and isinstance(message.get("alias"), str):
            self._on_bell(message["alias"])
        elif kind == "livesheet.presence":
            self._on_presence(message)
