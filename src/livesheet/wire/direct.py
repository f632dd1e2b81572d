"""Writes WebSocket frames to uvicorn's transports, each built once for all who are sent its text.

A server builds the frame of each message anew, which costs as much as handing it to the kernel. It
knows no other way, so this looks behind uvicorn's ``send``, where that is one that was tried: of
``websockets-sansio``, in a version that is known, without compression and without TLS. Everything
else takes the usual way, and so does each message that this connection cannot take at once.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from livesheet import conf, metrics

PROTOCOL = "uvicorn.protocols.websockets.websockets_sansio_impl", "WebSocketsSansIOProtocol"
# Of uvicorn. What comes after these may keep its connections in another way.
FIRST, LAST = (0, 35), (0, 54)
# Frames that are kept: those of one delivery, while it goes from socket to socket.
KEPT = 4


class Direct:
    """Of one connection, whose ``protocol`` is uvicorn's."""

    __slots__ = ("_connection", "_open", "_protocol")

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._connection = protocol.conn
        self._open = type(protocol.conn.state).OPEN
        _known = protocol.writable.is_set, protocol.transport.write, protocol.request.headers.clear

    def let_go(self) -> None:
        """Forget the headers of a handshake that is over: 3 KB that uvicorn keeps and never reads.

        What the application was given of them is its own.
        """
        for message in (self._protocol.request, self._protocol.response):
            message.headers.clear()

    def write(self, text: str) -> bool:
        """Whether it was written; if not, it has to be sent as usual.

        uvicorn's ``send`` would wait until the transport is writable again, or raise.
        """
        protocol = self._protocol
        is_open = self._connection.state is self._open and not protocol.disconnected
        if not (is_open and protocol.writable.is_set()):
            return False
        frame, size = framed(text)
        metrics.out.add(size)
        protocol.transport.write(frame)
        return True


def direct(send: Any) -> Direct | None:
    """For the ``send`` that a server gave an application; None where it cannot be done."""
    protocol = getattr(send, "__self__", None)
    kind = type(protocol)
    if (kind.__module__, kind.__qualname__) != PROTOCOL or not conf.get("DIRECT_FRAMES"):
        return None
    try:
        return Direct(protocol) if _is_plain(protocol) and is_known(_version()) else None
    except AttributeError:
        return None


def _is_plain(protocol: Any) -> bool:
    return protocol.scheme == "ws" and not (protocol.conn.extensions or protocol.disconnected)


def _version() -> str:
    return str(sys.modules["uvicorn"].__version__)


def is_known(version: str) -> bool:
    first, second = (int(part) for part in version.split(".")[:2])
    return FIRST <= (first, second) <= LAST


@lru_cache(KEPT)
def framed(text: str) -> tuple[bytes, int]:
    """A whole message as one frame, and the bytes of the message."""
    data = text.encode()
    size = len(data)
    if size < 126:
        return bytes((0x81, size)) + data, size
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2) + data, size
    return b"\x81\x7f" + size.to_bytes(8) + data, size
