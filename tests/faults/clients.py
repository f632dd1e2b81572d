"""The tests' client of `livesheet.testing`, on a real socket to a real server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from livesheet.testing import LiveSheetCommunicator
from livesheet.wire import protocol
from tests.services import Service

PATIENCE = 60.0


class Client(LiveSheetCommunicator):
    """`Client(server, "open-note")` opens that sheet as nobody in particular."""

    def __init__(self, server: Service, sheet: str) -> None:
        url = server.url.replace("http", "ws")
        super().__init__(sheet, timeout=PATIENCE, application=_Relay(f"{url}/ws/sheet/{sheet}/"))

    async def come_back(self) -> list[str]:
        """Open the sheet again with what is here. Returns the types of frames that answered."""
        self.frames.clear()
        await self.connect()
        await self.open(resume=True)
        return [frame["type"] for frame in self.frames if frame["type"] in ("change", "rows")]


class _Relay:
    """An ASGI application that is in truth a line to a server elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        # As behind nginx, which compresses no sockets: fifty deflated snapshots measure zlib.
        async with connect(
            self.url, subprotocols=[Subprotocol(protocol.VERSION)], compression=None, max_size=None
        ) as line:
            await send({"type": "websocket.accept", "subprotocol": line.subprotocol})
            down = asyncio.create_task(self._down(line, send))
            with suppress(ConnectionClosed):
                while (message := await receive())["type"] == "websocket.receive":
                    await line.send(message["text"])
            await line.close()
            await down

    async def _down(self, line: ClientConnection, send: Any) -> None:
        with suppress(ConnectionClosed):
            async for text in line:
                await send({"type": "websocket.send", "text": text})
        await send({"type": "websocket.close", "code": line.close_code})
