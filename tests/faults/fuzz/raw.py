"""A WebSocket line on which any bytes can be sent, right ones and wrong ones."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import struct
import zlib
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(
    payload: bytes = b"",
    opcode: int = TEXT,
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bool = True,
    length: int | None = None,
) -> bytes:
    """One frame; ``length`` is what it claims to hold, written in its longest form."""
    head = bytes([(fin << 7) | (rsv << 4) | opcode])
    if length is not None:
        head += bytes([(mask << 7) | 127]) + struct.pack("!Q", length)
    elif len(payload) < 126:
        head += bytes([(mask << 7) | len(payload)])
    elif len(payload) < 65_536:
        head += bytes([(mask << 7) | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([(mask << 7) | 127]) + struct.pack("!Q", len(payload))
    # A key of zeros leaves the payload as it is, and is as good as any.
    return head + (b"\0\0\0\0" if mask else b"") + payload


def deflated(payload: bytes) -> bytes:
    """A compressed text frame."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = squeeze.compress(payload) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    return frame(data.removesuffix(b"\0\0\xff\xff"), rsv=4)


class Raw:
    """``async with Raw(port, path, session) as line``; ``code`` tells how the server closed it."""

    def __init__(self, port: int, path: str, session: str, deflate: bool = False) -> None:
        self.port, self.path, self.session, self.deflate = port, path, session, deflate
        self.code: int | None = None
        self.received = 0
        self.closed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [
            f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Protocol: livesheet.v1", f"Cookie: sessionid={self.session}",
        ]  # fmt: skip
        if self.deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate")
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.is_open = b" 101 " in head.split(b"\r\n")[0]
        self.compresses = b"permessage-deflate" in head.lower()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reading.cancel()
        self.writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):  # who is not read any more could wait for ever
                await self.writer.wait_closed()
        self.writer.transport.abort()

    async def send(self, data: bytes) -> bool:
        """False where nobody is there any more."""
        if self.closed.is_set() or self.writer.is_closing():
            return False
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError:
            self.closed.set()
        return not self.closed.is_set()

    async def _read(self) -> None:
        """Takes in and throws away, but for the code of the close."""
        try:
            while True:
                first, second = await self.reader.readexactly(2)
                size = second & 127
                if size == 126:
                    (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                data = await self.reader.readexactly(size)
                self.received += 1
                if first & 15 == PING:  # else uvicorn ends the line
                    await self.send(frame(data, PONG))
                await self.heard(first & 15, data)
                if first & 15 == CLOSE:
                    self.code = struct.unpack("!H", data[:2])[0] if len(data) > 1 else 1005
                    return
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            self.closed.set()

    async def heard(self, opcode: int, data: bytes) -> None:
        """For whoever wants to know what the server says."""

    def pause(self) -> None:
        """Read nothing any more."""
        self._reading.cancel()

    def half_close(self) -> None:
        with suppress(OSError):
            self.writer.write_eof()

    def reset(self) -> None:
        """As where a cable is pulled and put in again: the server gets an RST."""
        line: Any = self.writer.get_extra_info("socket")
        if line is not None:
            with suppress(OSError):
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
