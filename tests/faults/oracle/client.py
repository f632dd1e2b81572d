"""A client on a real socket, which loses it, stops reading, stops answering, and comes back."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from livesheet.wire import protocol
from tests.faults.oracle.grid import Frame, Grid, named, parsed
from tests.faults.oracle.house import House
from tests.faults.oracle.wishes import Wishes
from tests.faults.site.personas import Persona

# As the widget acknowledges.
PING_FRAMES = 64
PING_BYTES = 256 * 1024
PING_SECONDS = 20.0
BACK_SECONDS = 0.1
# As the widget does, so that a server that cannot keep up is not asked the oftener for it.
MOST_BACK_SECONDS, OPEN_SECONDS = 2.0, 60.0
FINAL = {4400, 4401, 4403, 4404, 4413}
# What only a server that is being stopped may say: something of its own has failed.
TROUBLE = 4500


class Client:
    """`house` gives the URL of a server; another one each time, where there are several."""

    def __init__(self, number: int, persona: Persona, cookie: str, house: House) -> None:
        self.number, self.persona, self.house = number, persona, house
        self._at = ""
        self.headers = {"Cookie": f"sessionid={cookie}"}
        self.faults: list[str] = []
        self.counts = {"opened": 0, "resets": 0, "closed": 0}
        self.closed_with: dict[int, int] = {}
        self.may_read, self.may_come = asyncio.Event(), asyncio.Event()
        self.is_silent = self.is_whole = False
        self.beaten: str | None = None
        self.named: set[str] = set()
        self._line: ClientConnection | None = None
        self._begin()
        self.may_read.set()
        self.may_come.set()
        self.living = asyncio.create_task(self._live())

    def _begin(self) -> None:
        self.grid = self._new_grid()
        self.wishes = Wishes(self.persona, self.grid, self._say_wish)
        self.past: list[Wishes] = getattr(self, "past", [])

    def _new_grid(self) -> Grid:
        return Grid()

    def __str__(self) -> str:
        return f"client {self.number} ({self.persona.username}, {self.persona.sheet})"

    # --- the line ----------------------------------------------------------------------------

    async def _live(self) -> None:
        pause = BACK_SECONDS
        while True:
            await self.may_come.wait()
            opened = self.counts["opened"]
            with suppress(OSError, TimeoutError, InvalidHandshake, WebSocketException):
                await self._stay()
            self._line, self.is_whole, self.beaten = None, False, None
            self.counts["closed"] += 1
            is_refused = self.counts["opened"] == opened
            pause = min(2 * pause, MOST_BACK_SECONDS) if is_refused else BACK_SECONDS
            await asyncio.sleep(random.uniform(0, pause))

    async def _stay(self) -> None:
        named = urlencode(self.persona.params)
        self._at = self.house.address()
        url = f"{self._at}/ws/sheet/{self.persona.sheet}/?{named}"
        async with connect(
            url, subprotocols=[Subprotocol(protocol.VERSION)], additional_headers=self.headers,
            compression=None, max_size=None, max_queue=4, ping_interval=None, close_timeout=1,
            open_timeout=OPEN_SECONDS,
        ) as self._line:  # fmt: skip
            self.counts["opened"] += 1
            self._frames = self._bytes = 0
            self.grid.restart()
            self._write(self.grid.opening(self.wishes.client))
            pinging = asyncio.create_task(self._ping_now_and_then())
            try:
                await self._read(self._line, self.grid)
            finally:
                pinging.cancel()

    async def _read(self, line: ClientConnection, grid: Grid) -> None:
        async for text in line:
            await self.may_read.wait()
            if self.grid is not grid:
                return  # it is another client by now
            self._take(str(text))

    async def _ping_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            self.ping()

    def _write(self, frame: Frame) -> bool:
        if self._line is None:
            return False
        task = asyncio.ensure_future(self._line.send(json.dumps(frame)))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return True

    def _say_wish(self, frame: Frame) -> bool:
        return self.is_whole and self._write(frame)

    # --- frames ------------------------------------------------------------------------------

    def _take(self, text: str) -> None:
        for word in self.persona.forbidden:
            if word in text:
                self.faults.append(f"{self} got {word}: {_around(text, word)}")
        frame = parsed(text)
        self.named |= named(frame)
        if frame["type"] == "bye":
            self._bye(frame)
        elif frame["type"] == "beat":
            self._beat(frame["cursor"])
        else:
            self._merge(frame)
        self._acknowledge(len(text))

    def _merge(self, frame: Frame) -> None:
        if frame["type"] == "hello":
            self.is_whole = False
        whole = self.grid.take(frame)
        self.wishes.take(frame)
        if whole and not self.is_whole:
            self.is_whole = True
            self.wishes.resume()

    def _beat(self, cursor: str) -> None:
        if self.is_whole:
            self.grid.cursor = self.beaten = cursor
            self.wishes.nudge()

    def _bye(self, frame: Frame) -> None:
        code = frame["code"]
        self.closed_with[code] = self.closed_with.get(code, 0) + 1
        if code in FINAL or (code == TROUBLE and self._at not in self.house.ending):
            self.faults.append(f"{self} was sent away: {frame}")

    def _acknowledge(self, size: int) -> None:
        self._frames += 1
        self._bytes += size
        if self._frames >= PING_FRAMES or self._bytes >= PING_BYTES:
            self.ping()

    def ping(self) -> None:
        self._frames = self._bytes = 0
        if not self.is_silent:
            self._write({"type": "ping", "cursor": self.grid.cursor})

    # --- what happens to it ------------------------------------------------------------------

    def happens(self, name: str, chance: random.Random) -> None:
        if name == "stall":
            self.may_read.clear()
            asyncio.get_running_loop().call_later(chance.uniform(0.1, 1.5), self.may_read.set)
        elif name == "silence":
            self.is_silent = True
        elif name == "leave":
            self.may_come.clear()
            self._cut(chance.random() < 0.5)
        elif name == "anew":
            self._anew()
        else:
            self._cut(name == "cut")

    def _cut(self, abruptly: bool) -> None:
        if self._line is None:
            return
        if abruptly:
            self._line.transport.abort()
        else:
            asyncio.ensure_future(self._line.close()).add_done_callback(lambda done: None)

    def _anew(self) -> None:
        """The page is closed and opened again: what waited is gone, what was sent may be saved."""
        self.past.append(self.wishes)
        self.counts["resets"] += self.grid.resets
        self._begin()
        self.is_whole = False
        self._cut(True)

    def comes_back(self) -> None:
        self.is_silent = False
        self.may_read.set()
        self.may_come.set()

    async def end(self) -> None:
        self.living.cancel()
        with suppress(asyncio.CancelledError):
            await self.living

    @property
    def is_settled(self) -> bool:
        return self.is_whole and not self.wishes.flights


def _around(text: str, word: str) -> str:
    at = text.index(word)
    return text[:60] + " … " + text[max(0, at - 200) : at + 100]


def summed(clients: list[Client]) -> dict[str, Any]:
    """How often what happened, for the report."""
    codes: dict[int, int] = {}
    for client in clients:
        for code, count in client.closed_with.items():
            codes[code] = codes.get(code, 0) + count
    return {
        "opened": sum(client.counts["opened"] for client in clients),
        "resets": sum(client.counts["resets"] + client.grid.resets for client in clients),
        "wishes": sum(len(w.notes) for c in clients for w in [c.wishes, *c.past]),
        "looks": sum(getattr(client, "asked_in_all", 0) for client in clients),
        "byes": codes,
    }
