"""How the processes of a site send each other messages: a channel layer, or PostgreSQL's NOTIFY.

Messages are not trusted, and all of them may get lost: a message only makes a process look at the
change log, or shows for some seconds where a colleague is. Each end belongs to one event loop or
one thread, and is made again after any error.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Any, Protocol

from channels.layers import InMemoryChannelLayer, channel_layers
from django.db import connections

from livesheet import conf

logger = logging.getLogger("livesheet")

Message = dict[str, Any]

GROUP = "livesheet.doorbell"
CHANNEL = "livesheet"
SEND_SECONDS = 2.0
JOIN_SECONDS = 60.0
# PostgreSQL takes less than 8,000 bytes.
MAX_PAYLOAD = 7_900
# One layer's flush() only closes its connections; the other's would empty all groups.
CLOSE = {"RedisChannelLayer": "close_pools", "RedisPubSubChannelLayer": "flush"}


class Sender(Protocol):
    """Belongs to one thread, which it may block for ``SEND_SECONDS``. Raises what goes wrong."""

    def send(self, messages: Sequence[Message]) -> None: ...

    def reset(self) -> None:
        """Connect anew the next time."""

    def close(self) -> None: ...


def reaches_others() -> bool:
    """Whether anything is configured that carries messages to other processes."""
    return conf.get("NOTIFY_DATABASE") is not None or usable_layer() is not None


def new_sender() -> Sender:
    using = conf.get("NOTIFY_DATABASE")
    return LayerSender() if using is None else NotifySender(using)


def listen() -> AsyncGenerator[Message, None]:
    """Join, and yield what others say. Ends with an exception when the way is cut."""
    using = conf.get("NOTIFY_DATABASE")
    return _listen_to_layer() if using is None else _listen_to_database(using)


# --- a channel layer -------------------------------------------------------------------------


def usable_layer() -> str | None:
    """The alias of a channel layer that reaches other processes, if there is one."""
    alias: str = conf.get("CHANNEL_LAYER") or ""
    configured = channel_layers.configs.get(alias)
    if not configured or configured["BACKEND"].endswith(InMemoryChannelLayer.__name__):
        return None
    return alias


def new_layer() -> Any:
    """A channel layer object of our own: its connection belongs to one event loop."""
    layer: Any = channel_layers.make_backend(usable_layer() or "default")
    if hasattr(layer, "brpop_timeout"):
        # redis-py 8 gives up on a silent socket after 5 s, which is also how long the layer's
        # blocking pop waits; so wait less.
        layer.brpop_timeout = 2
    if hasattr(layer, "group_expiry"):
        # Listeners join again every minute, so a process that was killed is soon forgotten.
        layer.group_expiry = min(layer.group_expiry, 300)
    return layer


class LayerSender:
    """An event loop and a connection of its own: a loop that is not ours may be gone any time."""

    def __init__(self) -> None:
        self._layer: Any = None
        self._runner = asyncio.Runner()

    def send(self, messages: Sequence[Message]) -> None:
        self._runner.run(self._send(messages))

    async def _send(self, messages: Sequence[Message]) -> None:
        self._layer = self._layer or new_layer()  # which wants a running loop
        async with asyncio.timeout(SEND_SECONDS):
            for message in messages:
                await self._layer.group_send(GROUP, message)

    def reset(self) -> None:
        self._layer = None

    def close(self) -> None:
        self._runner.close()


async def _listen_to_layer() -> AsyncGenerator[Message, None]:
    layer = _layer_of_this_loop()
    try:
        channel = await layer.new_channel("livesheet")
        async with aclosing(_received(layer, channel)) as messages:
            async for message in messages:
                yield message
    except Exception:
        with suppress(Exception):
            async with asyncio.timeout(SEND_SECONDS):
                await _give_up(layer)
        raise


async def _received(layer: Any, channel: str) -> AsyncGenerator[Message, None]:
    await layer.group_add(GROUP, channel)
    renewing = asyncio.create_task(_renew(layer, channel))
    try:
        while True:
            receiving = asyncio.ensure_future(layer.receive(channel))
            try:
                await asyncio.wait([receiving, renewing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not receiving.done():
                    receiving.cancel()
            if renewing.done():
                renewing.result()
            yield receiving.result()
    finally:
        renewing.cancel()
        # It would stay in the group for a day, and every ring go to it, too.
        with suppress(Exception):
            async with asyncio.timeout(SEND_SECONDS):
                await layer.group_discard(GROUP, channel)


_kept: tuple[Any, Any] = (None, None)


def _layer_of_this_loop() -> Any:
    """The same one for the next subscription: a layer's connections last as long as its loop."""
    global _kept
    key = (asyncio.get_running_loop(), channel_layers.configs.get(usable_layer() or "default"))
    if _kept[0] != key:
        _kept = (key, new_layer())
    return _kept[1]


async def _give_up(layer: Any) -> None:
    """Close a layer that failed, and use it no more."""
    global _kept
    _kept = (None, None)
    for kind in type(layer).__mro__:
        if close := CLOSE.get(kind.__name__):
            await getattr(layer, close)()
            return


async def _renew(layer: Any, channel: str) -> None:
    # A restarted Redis has forgotten the group, and every group forgets after a day.
    while True:
        await asyncio.sleep(JOIN_SECONDS)
        await layer.group_add(GROUP, channel)


# --- LISTEN and NOTIFY -----------------------------------------------------------------------


class NotifySender:
    """Uses Django's connection of the thread it is called on."""

    def __init__(self, using: str) -> None:
        self._using = using

    def send(self, messages: Sequence[Message]) -> None:
        payloads = [json.dumps(message, ensure_ascii=False) for message in messages]
        fitting = [text for text in payloads if len(text.encode()) <= MAX_PAYLOAD]
        with connections[self._using].cursor() as cursor:
            # In autocommit mode: the writers' commits do not queue for NOTIFY's lock.
            cursor.execute(
                "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload",
                [CHANNEL, fitting],
            )

    def reset(self) -> None:
        connections[self._using].close()

    def close(self) -> None:
        self.reset()


async def _listen_to_database(using: str) -> AsyncGenerator[Message, None]:
    # Only those who choose it need psycopg 3.
    import psycopg

    parameters = dict(connections[using].get_connection_params())
    for name in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(name, None)
    connection = await psycopg.AsyncConnection.connect(autocommit=True, **parameters)
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        while True:
            async for notice in connection.notifies(timeout=JOIN_SECONDS):
                yield _parsed(notice.payload, using)
            # A server that went away without a word is noticed here.
            async with asyncio.timeout(SEND_SECONDS):
                await connection.execute("SELECT")


def _parsed(payload: str, using: str) -> Message:
    if not payload:  # a trigger rings without a word
        return {"type": "livesheet.bell", "alias": using}
    try:
        message = json.loads(payload)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {}
