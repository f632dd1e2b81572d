"""The feed's one connection to the channel layer: hears the doorbell, carries presence.

Consumers themselves join no layer, because a layer that dies would close every socket (measured).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from livesheet import doorbell

logger = logging.getLogger("livesheet")

JOIN_SECONDS = 60.0
MAX_BACKOFF = 5.0
MAX_OUTGOING = 1_000


class Subscription:
    """``on_bell(alias)`` is called on the loop that runs this."""

    def __init__(self, on_bell: Callable[[str], None]) -> None:
        self._on_bell = on_bell
        self.on_presence: Callable[[dict[str, Any]], None] = lambda message: None
        self._outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MAX_OUTGOING)

    async def run(self) -> None:
        backoff = 0.5
        while True:
            try:
                await self._listen()
                backoff = 0.5
            except Exception as error:
                logger.warning("The channel layer is away (%s); polling meanwhile.", error)
                await asyncio.sleep(backoff)
                backoff = min(MAX_BACKOFF, backoff * 2)

    async def _listen(self) -> None:
        layer = doorbell.new_layer()
        channel = await layer.new_channel("livesheet")
        await layer.group_add(doorbell.GROUP, channel)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._renew(layer, channel))
            tasks.create_task(self._speak(layer))
            while True:
                self._dispatch(await layer.receive(channel))

    async def _renew(self, layer: Any, channel: str) -> None:
        # A restarted Redis has forgotten the group, and every group forgets after a day.
        while True:
            await asyncio.sleep(JOIN_SECONDS)
            await layer.group_add(doorbell.GROUP, channel)

    def _dispatch(self, message: Any) -> None:
        # Whoever can write to the layer can write anything, so nothing here is believed: an alias
        # only makes us look at the log.
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "livesheet.bell" and isinstance(message.get("alias"), str):
            self._on_bell(message["alias"])
        elif kind == "livesheet.presence":
            self.on_presence(message)

    def tell(self, message: dict[str, Any]) -> None:
        """Tell the other processes, soon; lost where the layer is away."""
        with suppress(asyncio.QueueFull):
            self._outgoing.put_nowait(message)

    async def _speak(self, layer: Any) -> None:
        while True:
            await layer.group_send(doorbell.GROUP, await self._outgoing.get())
