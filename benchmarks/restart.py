"""A server that is ended and started again under many sockets of which ten edit: what does it take?

    python -m tests.services postgres -- python benchmarks/restart.py --sockets 1000
    … benchmarks/restart.py --sockets 300 --alone    # each is read for by itself

When are all live again, how many were sent all rows once more instead of what they missed, and has
anybody anything else than the database in the end? Clients come back as the widget does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from opening import PATIENCE, Client, open_all, said  # which finds the packages
from websockets.exceptions import WebSocketException

from benchmarks.harness.machine import open_many_files, processor_seconds
from tests.faults.databases import new_database
from tests.faults.processes import manage, serve
from tests.services import Service
from tests.services.processes import hears

AUTHORS = 10
CEILING = 10.0  # see static/livesheet/wire/backoff.js
# The server tells late what was written last.
SETTLING = 5
WITHOUT = "benchmarks.peers.without"


class Returning(Client):
    """Comes back with what it has, as the widget does, and then sends again what has no answer.

    The first ten edit the name of a row of their own. `lives` counts the times that it was live,
    `reloads` those for which it was sent all rows.
    """

    def __init__(self, url: str, session: str) -> None:
        super().__init__(url, session, {})
        self.client = secrets.token_hex(16)
        self.cursor: str | None = None
        self.digest: str | None = None
        self.rows: dict[str, list[Any]] = {}
        self.place = 0
        self.edit: dict[str, Any] | None = None
        self.lives = self.reloads = self.tries = self.refused = 0
        self.live_at = 0.0
        self.wrote = "", ""  # the row that it edits, and the last name that was saved

    async def stay(self) -> None:
        while True:
            with contextlib.suppress(OSError, ConnectionError, WebSocketException):
                await self.run()
            self.opened.clear()
            ceiling = min(CEILING, 0.5 * 2 ** (self.tries + 1))
            self.tries += 1
            await asyncio.sleep(random.uniform(0.5, ceiling))

    async def send(self, **frame: Any) -> None:
        with contextlib.suppress(ConnectionError, WebSocketException):  # it comes back with it
            await super().send(**frame)

    async def open(self) -> None:
        have = list(self.rows) if self.cursor else None
        await self.send(
            type="open", client=self.client, cursor=self.cursor, digest=self.digest, have=have
        )

    def take(self, text: str) -> None:
        frame = json.loads(text)
        kind = frame["type"]
        self.frames[kind] += 1
        if kind == "hello":
            self.digest = frame["digest"]
            self.place = 1 + [column["name"] for column in frame["columns"]].index("name")
        elif kind in ("rows", "change"):
            self.take_rows(frame)
        elif kind == "reply" and self.edit is not None and frame["ref"] == self.edit["ref"]:
            self.refused += not frame["ok"]
            self.edit = None
            self.answered.set()

    def take_rows(self, frame: dict[str, Any]) -> None:
        if frame.get("reset"):
            self.rows.clear()
            self.reloads += 1
        self.rows.update((row[0], row) for row in frame["rows"])
        for pk in frame.get("gone", ()):
            self.rows.pop(pk, None)
        self.cursor, self.last = frame["cursor"] or self.cursor, json.dumps(frame)
        if not self.opened.is_set() and (frame["type"] == "change" or frame.get("done")):
            self.opened.set()
            self.lives, self.tries, self.live_at = self.lives + 1, 0, time.monotonic()
            if self.edit is not None:
                asyncio.get_running_loop().create_task(self.send(**self.edit))

    async def go_on_editing(self, pk: str, until: asyncio.Event) -> int:
        """One edit after the other, about one a second; what has no answer is sent again."""
        name, sent = self.rows[pk][self.place], 0
        while not until.is_set():
            mark, self.answered = secrets.token_hex(6), asyncio.Event()
            cells = [[pk, "name", mark, name]]
            self.edit = {"type": "edit", "ref": f"{sent}", "cells": cells, "atomic": False}
            if self.opened.is_set():
                await self.send(**self.edit)
            async with asyncio.timeout(PATIENCE):
                await self.answered.wait()
            name, sent = mark, sent + 1
            await asyncio.sleep(random.uniform(0.5, 1.5))
        self.wrote = pk, name
        return sent


class Site:
    """Many sockets of one server, of which the first edit."""

    def __init__(self, server: Service, keys: list[str], options: argparse.Namespace) -> None:
        self.server, self.options = server, options
        self.url = server.url.replace("http", "ws") + "/ws/sheet/product/"
        self.clients = [Returning(self.url, key) for key in keys]
        self.authors = self.clients[:AUTHORS]
        self.until = asyncio.Event()

    @property
    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    async def run(self) -> None:
        tasks, _costs, seconds = await open_all(self.clients, self.pid, self.options.together)
        print(f"  {len(self.clients)} sockets opened in {seconds:.1f} s", flush=True)
        editing = [
            asyncio.create_task(author.go_on_editing(str(pk), self.until))
            for pk, author in enumerate(self.authors, 1)
        ]
        await asyncio.sleep(self.options.seconds)
        await self.restart()
        await asyncio.sleep(self.options.seconds)
        self.until.set()
        sent = sum(await asyncio.gather(*editing))
        await asyncio.sleep(SETTLING)
        await self.compare(sent)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def restart(self) -> None:
        began = time.monotonic()
        await asyncio.to_thread(self.server.halt)
        ended = time.monotonic() - began
        # In a thread that lives as long as the loop: the process ends with whoever started it.
        command = list(map(str, self.server.process.args))  # type: ignore[union-attr, arg-type]
        await asyncio.to_thread(self.server.start, command, lambda: hears(self.server.port))
        up, spent = time.monotonic() - began, processor_seconds(self.pid)
        async with asyncio.timeout(PATIENCE):
            while any(client.lives < 2 for client in self.clients):
                await asyncio.sleep(0.02)
        each = (processor_seconds(self.pid) - spent) / len(self.clients)
        back = sorted(client.live_at - began for client in self.clients)
        half = statistics.median(back)
        print(
            f"    ended after {ended:.1f} s, up after {up:.1f} s; half are live after {half:.1f} s,"
            f" the last after {back[-1]:.1f} s, {each * 1e3:.1f} ms of processor each", flush=True,
        )  # fmt: skip

    async def compare(self, sent: int) -> None:
        fresh = Returning(self.url, self.clients[0].session)
        reading = asyncio.create_task(fresh.run())
        await fresh.opened.wait()
        reloads = sum(client.reloads - 1 for client in self.clients)
        refused = sum(client.refused for client in self.clients)
        lost = sum(
            fresh.rows[pk][fresh.place] != name for pk, name in (a.wrote for a in self.authors)
        )
        differ = sum(client.rows != fresh.rows for client in self.clients)
        print(
            f"    {reloads} were sent all rows ({reloads / len(self.clients):.1%}); {sent} edits,"
            f" {refused} refused, {lost} lost; {differ} sockets have other rows than a new one",
            flush=True,
        )  # fmt: skip
        reading.cancel()


async def restarted(server: Service, keys: list[str], options: argparse.Namespace) -> None:
    await Site(server, keys, options).run()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="postgres")
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--sockets", type=int, default=1_000)
    parser.add_argument("--together", type=int, default=20)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10, help="of editing before, and after")
    parser.add_argument("--alone", action="store_true", help="read for each who comes back")
    options = parser.parse_args()
    open_many_files()
    database = new_database(options.database, Path(tempfile.mkdtemp()))
    try:
        manage(database, "migrate", "--run-syncdb", "--verbosity=0")
        keys = said(database, "sign_in", options.sockets)
        said(database, "stock", options.rows)
        print(f"{options.database}; load average {os.getloadavg()[0]:.1f}", flush=True)
        site = {"application": WITHOUT, "WITHOUT": "snapshots"} if options.alone else {}
        server = serve(database, options.server, POLL_SECONDS="1.5", **site)
        try:
            asyncio.run(restarted(server, keys, options))
        finally:
            server.stop()
    finally:
        database.drop()


if __name__ == "__main__":
    main()
