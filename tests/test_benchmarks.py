"""The load generator of the benchmarks builds, and sees what a server did."""

from __future__ import annotations

import ast
import asyncio
import json
import shutil
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks import mechanisms
from benchmarks.harness.generator import Generator
from benchmarks.harness.peers import SHEET
from benchmarks.harness.servers import PEERS

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")

REFUSED_PK = "3"


class Sheet:
    """As much of livesheet.v1 as the generator speaks."""

    def __init__(self) -> None:
        self.sockets: set[ServerConnection] = set()
        self.pings: list[Any] = []
        self.bases: list[str] = []

    async def hear(self, socket: ServerConnection) -> None:
        assert socket.subprotocol == "livesheet.v1"
        with suppress(ConnectionClosed):  # the generator ends without taking leave
            await self.answer(socket)

    async def answer(self, socket: ServerConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "open":
                assert len(frame["client"]) == 32
                await socket.send('{"type":"rows","rows":[],"done":true,"cursor":"c0"}')
                self.sockets.add(socket)
            elif frame["type"] == "ping":
                self.pings.append(frame["cursor"])
            else:
                await self.edit(socket, frame)

    async def edit(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        ((pk, _, value, base),) = frame["cells"]
        ok = pk != REFUSED_PK
        self.bases.append(base)
        await socket.send(
            json.dumps({"type": "reply", "ref": frame["ref"], "ok": ok}, separators=(",", ":"))
        )
        if ok:
            cursor = f"c{frame['ref']}"
            broadcast(self.sockets, f'{{"type":"change","cursor":"{cursor}","name":"{value}"}}')


async def test_edits_are_counted_where_they_arrive() -> None:
    sheet = Sheet()
    protocols = [Subprotocol("livesheet.v1")]
    async with serve(
        sheet.hear, "127.0.0.1", 0, subprotocols=protocols, compression=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        opened, single, several = await asyncio.to_thread(drive, port, sheet)
    assert opened["alive"] == 5
    refused = len([n for n in range(single["sent"]) if str(1 + n % 4) == REFUSED_PK])
    assert single["sent"] > 4 and single["refused"] == refused
    assert single["missing"] == refused * 5
    assert single["answer_p50"] <= single["each_p50"] <= single["last_p50"]
    assert single["each_p99"] is None  # what never arrived is slower than everything
    assert several["whole"] and several["delivered"] >= several["whole"] * 5
    # A row's first base is what it held, and then what was written there before.
    assert sheet.bases[: single["sent"]] == [
        f"Product {1 + n % 4}" if n < 4 or str(1 + n % 4) == REFUSED_PK else f"zq{n - 4:010x}"
        for n in range(single["sent"])
    ]
    assert sheet.pings and all(cursor.startswith("c") for cursor in sheet.pings)


def drive(port: int, sheet: Sheet) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    with Generator(port, SHEET, rows=4) as generator:
        opened = generator.open(5, together=2, patience=10)
        single = generator.closed(1, 1.0)
        several = generator.closed(2, 0.5, 3)
        for _ in range(20):  # until each has had so much that it acknowledges
            if not sheet.pings:
                generator.closed(2, 0.5, 3)
        return opened, single, several


def test_each_mechanism_can_be_switched_off() -> None:
    """By a function of its name; each of these is measured."""
    parts = ast.parse((PEERS / "sheets" / "without.py").read_text(encoding="utf-8")).body
    functions = {part.name for part in parts if isinstance(part, ast.FunctionDef)}
    assert functions - {"nothing", "no", "yes", "switch_off"} == mechanisms.MECHANISMS.keys()


def test_a_ratio_is_that_of_two_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one with the mechanism is measured first in one round, and last in the next."""
    order: list[str] = []

    def edits(site: mechanisms.Site) -> dict[str, float | None]:
        order.append(site.without)
        return {"edit_ms": 2.0 * len(order) if site.without else 1.0 * len(order)}

    told = mechanisms.Mechanism("", "edit_ms", "", edits)
    monkeypatch.setitem(mechanisms.MECHANISMS, "frames", told)
    own, others, ratios = mechanisms.paired("frames", 2, mechanisms.Site())
    assert order == ["", "frames", "frames", ""]
    assert (own, others, ratios) == ([1.0, 4.0], [4.0, 6.0], [0.25, 4.0 / 6.0])
