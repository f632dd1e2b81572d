"""Many people at one sheet: clients of livesheet.v1 in a thread, each editing a row of its own.

They do what docs/protocol.md asks of a client, and nothing more clever: keep the cursor, come back
after a lost line, resume, and send unanswered wishes again as they were.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from websockets import Origin, Subprotocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.deploy.files import NAME

PING_SECONDS = 20
# Nothing heard for so long: the line is dead, whatever the socket says.
DEAD_SECONDS = 45
LOST = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, EOFError)


@dataclass(frozen=True)
class Way:
    """How to get to the site: an address to dial, the port it stands under, and who one is."""

    host: str
    port: int
    session: str
    certificate: Path

    async def connect(self, path: str) -> ClientConnection:
        context = ssl.create_default_context(cafile=self.certificate / "fullchain.pem")
        dialled = socket.socket()
        dialled.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(dialled, (self.host, self.port))
            return await connect(
                f"wss://{NAME}:{self.port}{path}",
                sock=dialled,
                ssl=context,
                origin=Origin(f"https://{NAME}:{self.port}"),
                additional_headers={"Cookie": f"quayside_session={self.session}"},
                subprotocols=[Subprotocol("livesheet.v1")],
                max_size=None,
                open_timeout=60,
                compression=None,
            )
        except BaseException:
            dialled.close()
            raise


@dataclass
class Client:
    """One open sheet. `saved` are the values that the server has called durable, in order."""

    way: Way
    path: str
    pk: str
    column: str
    pause: float
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    rows: dict[str, list[Any]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    cursor: str | None = None
    digest: str | None = None
    live: bool = False
    editing: bool = True
    saved: list[Any] = field(default_factory=list)
    refused: list[Any] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    snapshots: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    byes: list[int] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    _wish: dict[str, Any] | None = None
    leaving: bool = False
    _line: ClientConnection | None = None
    _is_answered: bool = False
    _least: float = 0.0
    _refs: Any = field(default_factory=lambda: count(1))

    async def run(self) -> None:
        lost_at: float | None = None
        tries = 0
        while not self.leaving:
            try:
                async with await self.way.connect(self.path) as line:
                    self._line = line
                    await self._open(line)
                    tries = 0
                    if lost_at is not None:
                        self.away.append(time.monotonic() - lost_at)
                    await self._talk(line)
            except LOST as error:
                self.ends[str(error) or type(error).__name__] += 1
            self._line = None
            if self.leaving:
                return
            if self.live or lost_at is None:
                lost_at = time.monotonic()
            self.live = False
            self.seen["lost"] += 1
            ceiling = min(30.0, 0.5 * 2 ** (tries + 1))
            tries += 1
            await asyncio.sleep(self._least + random.uniform(0.5, ceiling))

    async def leave(self) -> None:
        self.leaving = True
        if self._line is not None:
            await self._line.close()

    async def _open(self, line: ClientConnection) -> None:
        self._least = 0.0
        have: list[Any] | None = list(self.rows) if self.cursor else None
        await self._say(
            line,
            {"type": "open", "client": self.id, "cursor": self.cursor, "digest": self.digest}
            | {"have": have},
        )
        while not self.live:
            async with asyncio.timeout(DEAD_SECONDS):
                self._take(json.loads(await line.recv()))
        if self._wish is not None:
            await self._say(line, self._wish)

    async def _talk(self, line: ClientConnection) -> None:
        doing = [asyncio.create_task(self._ping(line)), asyncio.create_task(self._edit(line))]
        try:
            while True:
                async with asyncio.timeout(DEAD_SECONDS):
                    text = await line.recv()
                self._take(json.loads(text))
        finally:
            for task in doing:
                task.cancel()

    async def _ping(self, line: ClientConnection) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS * random.random())
            await self._say(line, {"type": "ping", "cursor": self.cursor})

    async def _edit(self, line: ClientConnection) -> None:
        while True:
            await asyncio.sleep(self.pause * random.uniform(0.2, 1.8))
            if self._wish is None and self.editing:
                await self._say(line, self._next_wish())

    def _next_wish(self) -> dict[str, Any]:
        base = self.rows[self.pk][self.columns.index(self.column)]
        cell = [self.pk, self.column, base + 1, base]
        ref = f"e{next(self._refs)}"
        self._wish = {"type": "edit", "ref": ref, "cells": [cell], "atomic": False}
        self._is_answered = False
        return self._wish

    async def _say(self, line: ClientConnection, frame: dict[str, Any]) -> None:
        with suppress(ConnectionClosed):  # whoever reads from the line hears of it
            await line.send(json.dumps(frame))

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        self.seen[kind] += 1
        if kind == "hello":
            self.digest = frame["digest"]
            self.columns = [column["name"] for column in frame["columns"]]
        elif kind == "rows":
            if frame["reset"]:
                self.rows = {}
                self.snapshots += 1
            self._put(frame["rows"])
            self.live = self.live or frame["done"]
            self.cursor = frame.get("cursor") or self.cursor
        elif kind == "change":
            self._put(frame["rows"])
            for pk in frame["gone"]:
                self.rows.pop(pk, None)
            self.cursor = frame["cursor"]
            self.live = True
            self._settle(frame["refs"])
        elif kind == "beat":
            self.cursor = frame["cursor"]
        elif kind == "reply":
            self._answered(frame)
        elif kind == "bye":
            self.byes.append(frame["code"])
            self._least = frame["retry_in"] or 0.0

    def _put(self, rows: list[list[Any]]) -> None:
        self.rows |= {row[0]: row[1:] for row in rows}

    def _answered(self, reply: dict[str, Any]) -> None:
        if self._wish is None or reply["ref"] != self._wish["ref"]:
            return
        if not reply["ok"]:
            codes = [error["code"] for error in reply["errors"]]
            if codes != ["retry"]:  # nothing was saved; it is wished again a little later
                self.refused.append(reply["errors"])
            self._wish = None
        elif not self._is_answered:
            self.saved.append(self._wish["cells"][0][2])
            self._is_answered = True
        if reply["settled"]:
            self._wish = None

    def _settle(self, refs: list[list[Any]]) -> None:
        """The next edit's base is what the change that bears the ref has brought."""
        if self._wish is not None and [self.id, self._wish["ref"]] in refs:
            if not self._is_answered:
                self.saved.append(self._wish["cells"][0][2])
            self._wish = None

    @property
    def is_settled(self) -> bool:
        return self.live and self._wish is None


class Crowd:
    """Clients in a thread of their own, beside a test that is not asynchronous."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = clients
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            asyncio.run_coroutine_threadsafe(client.leave(), self._loop)
        self._thread.join(60)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.gather(*(each.run() for each in self.clients)))
        left = asyncio.all_tasks(self._loop)  # of those that were leaving
        self._loop.run_until_complete(asyncio.gather(*left))

    def wait(self, what: Callable[[Client], object], seconds: float = 90) -> None:
        """Until it is true of every client at once."""
        deadline = time.monotonic() + seconds
        while not all(what(client) for client in self.clients):
            if not self._thread.is_alive():
                raise AssertionError("a client has broken; see the error above")
            if time.monotonic() > deadline:
                missing = [client for client in self.clients if not what(client)]
                first = {**vars(missing[0]), "rows": len(missing[0].rows)}
                raise AssertionError(f"not within {seconds} s: {len(missing)}, such as {first}")
            time.sleep(0.05)

    def stop_editing(self) -> None:
        for client in self.clients:
            client.editing = False
