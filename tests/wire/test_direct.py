"""Frames that are written to uvicorn's transports: the installed uvicorn, and a real client."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from livesheet import conf, metrics
from livesheet.wire import direct
from livesheet.wire.sockets import Socket
from tests.services import free_port

SECONDS = 30
# Of each form of a frame's length the least and the most, and letters of several bytes.
TEXTS = ["", "x" * 125, "x" * 126, "x" * 65_535, "x" * 65_536, "€" * 100_000, "é"]


class Served:
    """One connection, as the server and its client have it. ``sent`` took the usual way."""

    def __init__(self) -> None:
        self.accepted = asyncio.Event()
        self.gone = asyncio.Event()
        self.sent: list[str] = []
        self.socket: Socket
        self.protocol: Any
        self.send: Any
        self.client: ClientConnection

    async def application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.send, self.protocol = send, send.__self__
        self.socket = Socket(send, lambda: None)
        self.socket._send = self.note
        self.accepted.set()
        while (await receive())["type"] != "websocket.disconnect":
            pass
        self.gone.set()

    async def note(self, message: dict[str, Any]) -> None:
        self.sent.append(message["text"])
        await self.send(message)

    async def received(self, count: int) -> list[str]:
        async with asyncio.timeout(SECONDS):
            return [str(await self.client.recv()) for _ in range(count)]


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Served]:
    served, port = Served(), free_port()
    config = uvicorn.Config(
        served.application,
        port=port,
        interface="asgi3",
        lifespan="off",
        log_level="warning",
        **{"ws": "websockets-sansio", "ws_per_message_deflate": False} | options,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        url = f"ws://127.0.0.1:{port}/"
        async with connect(url, max_size=None, max_queue=1) as served.client:
            await served.accepted.wait()
            yield served
    finally:
        server.should_exit = True
        await running


async def test_frames_of_any_length_arrive_as_they_were_written() -> None:
    async with serving() as served:
        before = metrics.out.frames, metrics.out.bytes
        for text in TEXTS:
            served.socket.write(text)
        assert await served.received(len(TEXTS)) == TEXTS
        assert served.sent == []
        size = sum(len(text.encode()) for text in TEXTS)
        assert metrics.out.frames == before[0] + len(TEXTS)
        assert metrics.out.bytes == before[1] + size


async def test_they_keep_their_order_among_those_that_the_server_sends() -> None:
    async with serving() as served:
        texts = [f"{n} {text}" for n, text in enumerate(TEXTS * 2)]
        for n, text in enumerate(texts):
            if n % 2:
                await served.send({"type": "websocket.send", "text": text})
            else:
                served.socket.write(text)
        assert await served.received(len(texts)) == texts


async def test_what_the_server_keeps_of_a_handshake_is_let_go() -> None:
    async with serving() as served:
        headers = [
            message.headers for message in (served.protocol.request, served.protocol.response)
        ]
        assert all(headers)
        served.socket.accepted()
        assert not any(headers)
        served.socket.write("afterwards")
        await served.send({"type": "websocket.send", "text": "as usual"})
        assert await served.received(2) == ["afterwards", "as usual"]
        await served.client.close()
        await asyncio.wait_for(served.gone.wait(), SECONDS)


async def test_a_server_that_is_not_known_keeps_what_it_has(settings: Any) -> None:
    settings.LIVESHEET = {"DIRECT_FRAMES": False}
    async with serving() as served:
        served.socket.accepted()
        assert served.protocol.request.headers["host"]


async def test_one_frame_is_built_for_all() -> None:
    direct.framed.cache_clear()
    async with serving() as one, serving() as other:
        for served in (one, other):
            served.socket.write("the same")
        assert [*await one.received(1), *await other.received(1)] == ["the same"] * 2
    assert direct.framed.cache_info().misses == 1


async def test_a_client_that_reads_nothing_stops_them_as_it_stops_sends() -> None:
    text = "x" * 200_000
    async with serving() as served:
        transport, written = served.protocol.transport, 0
        while served.socket._parked is None:
            served.socket.write(text)
            written += 1
            await asyncio.sleep(0)
            # What uvicorn lets stand there, and one more frame.
            assert transport.get_write_buffer_size() < 65_536 + 2 * len(text)
        served.socket.write("the last")
        assert await served.received(written + 1) == [text] * written + ["the last"]
        await served.socket.drained()
        sent = list(served.sent)
        served.socket.write("directly again")
        assert await served.received(1) == ["directly again"]
        assert served.sent == sent
        assert sent[0] == text


async def test_nothing_is_written_after_a_close() -> None:
    async with serving() as served:
        await served.client.close()
        await served.gone.wait()
        served.socket.write("too late")
        assert served.sent == ["too late"]
    async with serving() as served:
        await served.send({"type": "websocket.close"})
        written = served.socket._direct
        assert written is not None
        assert not written.write("too late")


async def test_compressed_frames_are_left_to_the_server() -> None:
    async with serving(ws_per_message_deflate=True) as served:
        for text in TEXTS:
            served.socket.write(text)
        assert await served.received(len(TEXTS)) == TEXTS
        assert served.sent == TEXTS


async def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conf._config(), "DIRECT_FRAMES", False)
    async with serving() as served:
        served.socket.write("one")
        assert await served.received(1) == served.sent == ["one"]


async def test_an_unknown_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as served:
        assert direct.direct(served.send) is not None
        monkeypatch.setattr(uvicorn, "__version__", f"{direct.LAST[0]}.{direct.LAST[1] + 1}.0")
        assert direct.direct(served.send) is None


@pytest.mark.parametrize("missing", ["scheme", "conn", "writable", "disconnected"])
async def test_a_connection_that_is_kept_otherwise_is_left_alone(missing: str) -> None:
    async with serving() as served:
        kept = served.protocol.__dict__.pop(missing)
        found = direct.direct(served.send)
        served.protocol.__dict__[missing] = kept
        assert found is None


async def test_tls_is_left_to_the_server() -> None:
    async with serving() as served:
        served.protocol.scheme = "wss"
        assert direct.direct(served.send) is None


@pytest.mark.parametrize(
    ("version", "known"),
    [("0.34.3", False), ("0.35.0", True), ("0.54.1", True), ("0.55.0", False), ("1.0.0", False)],
)
def test_versions(version: str, known: bool) -> None:
    assert direct.is_known(version) is known


def test_a_send_of_anybody_else_is_left_alone() -> None:
    async def send(message: dict[str, Any]) -> None: ...

    for other in (send, print, [].append, next(itertools.repeat(None))):
        assert direct.direct(other) is None
