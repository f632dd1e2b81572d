"""The doorbell: "there is news on this alias", after commit. Lossy by design; carries no data.

Ringing never blocks, slows or fails the writer. In its own process it wakes the feeds directly;
for other processes it hands the alias to one daemon thread that owns an event loop and one
connection to the channel layer. A ring that gets lost is healed by the feeds' polling.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, channel_layers
from django.db import connections, transaction

from livesheet import conf

logger = logging.getLogger("livesheet")

GROUP = "livesheet.doorbell"
SEND_SECONDS = 2.0
GAP_SECONDS = 0.02
REST_SECONDS = 1.0
FLUSH_SECONDS = 0.2

_listeners: set[Callable[[str], None]] = set()


def listen(callback: Callable[[str], None]) -> None:
    """Call ``callback(alias)`` on every ring in this process, from whatever thread rings."""
    _listeners.add(callback)


def unlisten(callback: Callable[[str], None]) -> None:
    _listeners.discard(callback)


def ring_on_commit(using: str) -> None:
    """Ring once when the transaction that is open on ``using`` commits; never if it rolls back."""
    connection = connections[using]
    waiting: Any = connection.run_on_commit  # of (savepoints, callback, robust)
    if any(getattr(entry[1], "rings", None) == using for entry in waiting):
        return

    def bell() -> None:
        ring(using)

    bell.rings = using  # type: ignore[attr-defined]
    transaction.on_commit(bell, using=using, robust=True)


def ring(using: str) -> None:
    """Wake the feeds of this process now, and those of others soon."""
    for callback in tuple(_listeners):
        callback(using)
    if usable_layer() is not None:
        _ringer().push(using)


def usable_layer() -> str | None:
    """The alias of a channel layer that reaches other processes, if there is one."""
    alias: str = conf.get("CHANNEL_LAYER") or ""
    configured = channel_layers.configs.get(alias)
    if not configured or configured["BACKEND"].endswith(InMemoryChannelLayer.__name__):
        return None
    return alias


def new_layer() -> Any:
    """A channel layer object of our own: its connection belongs to one event loop."""
    layer: Any = channel_layers.make_backend(usable_layer() or DEFAULT_CHANNEL_LAYER)
    if hasattr(layer, "brpop_timeout"):
        # redis-py 8 gives up on a silent socket after 5 s, which is also how long the layer's
        # blocking pop waits; so wait less.
        layer.brpop_timeout = 2
    return layer


class _Ringer:
    """The thread that talks to the channel layer on behalf of every writer of this process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.waiting: set[str] = set()
        self.news = threading.Event()
        self.idle = threading.Event()
        self.idle.set()
        self.thread = threading.Thread(target=self._run, name="livesheet-doorbell", daemon=True)
        self.thread.start()

    def push(self, using: str) -> None:
        self.idle.clear()
        self.waiting.add(using)
        self.news.set()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            layer = None
            while True:
                self.news.wait()
                self.news.clear()
                while self.waiting:
                    layer = runner.run(_send(layer, self.waiting.pop()))
                    # A message costs this process as much as a save does, so rings gather for a
                    # moment, and for longer where nobody answers.
                    time.sleep(REST_SECONDS if layer is None else GAP_SECONDS)
                self.idle.set()


async def _send(layer: Any, using: str) -> Any:
    """Ring once. Returns the layer for the next time, or None where this one is of no use."""
    try:
        layer = layer or new_layer()
        message = {"type": "livesheet.bell", "alias": using}
        await asyncio.wait_for(layer.group_send(GROUP, message), SEND_SECONDS)
    except Exception as error:
        logger.warning("The doorbell could not ring (%r); other processes poll.", error)
        return None
    return layer


_ringing: _Ringer | None = None
_making = threading.Lock()


def _ringer() -> _Ringer:
    global _ringing
    with _making:
        if _ringing is None or _ringing.pid != os.getpid():  # a fork takes no threads along
            _ringing = _Ringer()
        return _ringing


@atexit.register
def _flush() -> None:
    if _ringing is not None and _ringing.pid == os.getpid():
        _ringing.idle.wait(FLUSH_SECONDS)
