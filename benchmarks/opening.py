"""What does it take to open many sockets on one sheet, each with a user who is signed in?

    python -m tests.services postgres -- python benchmarks/opening.py --sockets 300 1000
    … benchmarks/opening.py --sockets 300 --against /path/to/another/src --rounds 3

Sockets open `--together` at a time. Then one of them edits ten times a second, and it is measured
when the others have it. With `--against` the package of another folder is measured in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from benchmarks.harness.machine import (  # noqa: E402
    memory,
    open_many_files,
    processor_seconds,
)
from tests.faults.databases import Database, new_database  # noqa: E402
from tests.faults.processes import Process, manage, serve  # noqa: E402
from tests.services import Service  # noqa: E402

PATIENCE = 120.0
TENTHS = 10
PING_SECONDS, PING_FRAMES = 20.0, 64


class Client:
    """`marks` has for each text that is being looked for when it was sent."""

    def __init__(self, url: str, session: str, marks: dict[str, float]) -> None:
        self.url, self.session, self.marks = url, session, marks
        self.frames: Counter[str] = Counter()
        self.took: dict[str, float] = {}
        self.last = ""  # the frame that has the cursor
        self.opened, self.answered = asyncio.Event(), asyncio.Event()
        self.closed_with: int | None = None

    async def run(self) -> None:
        headers = {"Cookie": f"sessionid={self.session}"}
        async with connect(
            self.url, subprotocols=[Subprotocol("livesheet.v1")], compression=None, max_size=None,
            open_timeout=60, additional_headers=headers, ping_interval=None,
        ) as self.line:  # fmt: skip
            await self.open()
            pinging = asyncio.create_task(self.ping_by_the_clock())
            try:
                async for text in self.line:
                    self.take(str(text))
            except ConnectionClosed:
                pass
            finally:
                pinging.cancel()
            self.closed_with = self.line.close_code

    async def stay(self) -> None:
        """As long as it can."""
        await self.run()

    async def open(self) -> None:
        await self.send(
            type="open", client=secrets.token_hex(16), cursor=None, digest=None, have=None
        )

    async def send(self, **frame: Any) -> None:
        await self.line.send(json.dumps(frame))

    async def ping_by_the_clock(self) -> None:
        await asyncio.sleep(random.uniform(0, PING_SECONDS))
        while True:
            self.ping()
            await asyncio.sleep(PING_SECONDS)

    def ping(self) -> None:
        """Acknowledge, as the widget does: every 64 frames, and every 20 seconds."""
        cursor = json.loads(self.last)["cursor"] if self.last else None
        asyncio.get_running_loop().create_task(self.send(type="ping", cursor=cursor))

    def take(self, text: str) -> None:
        kind = text[9 : text.index('"', 9)]
        self.frames[kind] += 1
        if kind == "change":
            if self.frames[kind] % PING_FRAMES == 0:
                self.ping()
            for mark, sent in self.marks.items():
                if mark in text:
                    self.took[mark] = time.monotonic() - sent
            self.last = text
        elif kind == "rows" and '"done":true' in text:
            self.last = text
            self.opened.set()
        elif kind == "reply":
            self.answered.set()


async def measure(server: Service, keys: list[str], options: argparse.Namespace) -> None:
    assert server.process is not None
    pid, marks = server.process.pid, dict[str, float]()
    url = server.url.replace("http", "ws") + "/ws/sheet/product/"
    first = Client(url, keys.pop(), marks)  # what a process does once, is done for nobody here
    warm = asyncio.create_task(first.run())
    await first.opened.wait()
    clients = [Client(url, key, marks) for key in keys]
    before = memory(pid)
    tasks, costs, seconds = await open_all(clients, pid, options.together)
    spent = statistics.mean(costs)
    print(
        f"  {len(clients)} sockets opened in {seconds:.1f} s, {spent * 1e3:.1f} ms of processor"
        f" each; the first tenth {costs[0] * 1e3:.1f},"
        f" the last {costs[-1] * 1e3:.1f} ms; {(memory(pid) - before) / len(clients) / 1024:.0f}"
        f" KB each", flush=True,
    )  # fmt: skip
    frames: Counter[str] = Counter()
    for client in clients:
        frames.update(client.frames)
    said = ", ".join(f"{n / len(clients):.1f} {kind}" for kind, n in sorted(frames.items()))
    print(f"    frames to each: {said}; closed: {closed(clients)}", flush=True)
    await asyncio.sleep(3)
    if options.idle:
        await idle(clients, pid, options.idle)
    if options.seconds:
        await edit(clients, marks, pid, options)
    for task in [warm, *tasks]:
        task.cancel()
    await asyncio.gather(warm, *tasks, return_exceptions=True)


def closed(clients: list[Client]) -> str:
    found = Counter(c.closed_with for c in clients if c.closed_with is not None)
    return ", ".join(f"{n} with {code}" for code, n in found.items()) or "none"


async def open_all(
    clients: Sequence[Client], pid: int, together: int
) -> tuple[list[asyncio.Task[None]], list[float], float]:
    """Tasks of all, what a socket of each tenth cost in processor seconds, and how long it took."""
    tasks: list[asyncio.Task[None]] = []
    gate = asyncio.Semaphore(together)
    at: list[float] = [processor_seconds(pid)]
    done, began, tenth = 0, time.monotonic(), max(1, len(clients) // TENTHS)

    async def opening(client: Client) -> None:
        nonlocal done
        async with gate:
            tasks.append(asyncio.create_task(client.stay()))
            async with asyncio.timeout(PATIENCE):
                await client.opened.wait()
        done += 1
        if done % tenth == 0:
            at.append(processor_seconds(pid))

    failed = await asyncio.gather(*map(opening, clients), return_exceptions=True)
    if troubles := [error for error in failed if error is not None]:
        print(f"    {len(troubles)} did not open: {troubles[0]!r}")
    seconds = time.monotonic() - began
    costs = [(b - a) / tenth for a, b in itertools.pairwise(at)]
    return tasks, costs, seconds


async def idle(clients: list[Client], pid: int, seconds: float) -> None:
    began, spent = time.monotonic(), processor_seconds(pid)
    await asyncio.sleep(seconds)
    share = (processor_seconds(pid) - spent) / (time.monotonic() - began)
    print(f"    idle: {share:.1%} of a core; closed: {closed(clients)}", flush=True)


async def edit(
    clients: list[Client], marks: dict[str, float], pid: int, options: argparse.Namespace
) -> None:
    """Ten a second, each of another cell, whether or not the others have had the last one."""
    author, sent, names = clients[0], list[str](), dict[str, str]()
    began, spent = time.monotonic(), processor_seconds(pid)
    while time.monotonic() - began < options.seconds:
        n, mark = len(sent), secrets.token_hex(6)
        marks[mark] = time.monotonic()
        sent.append(mark)
        pk = str(1 + n % options.rows)
        cells = [[pk, "name", mark, names.get(pk, f"Product {pk}")]]
        names[pk] = mark
        await author.send(type="edit", ref=f"{n}", cells=cells, atomic=False)
        await asyncio.sleep(max(0, began + (n + 1) / options.rate - time.monotonic()))
    passed = time.monotonic() - began
    busy = (processor_seconds(pid) - spent) / passed
    await asyncio.sleep(3)
    each = [client.took[mark] for client in clients for mark in sent if mark in client.took]
    lasts = [max(c.took.get(mark, PATIENCE) for c in clients) for mark in sent]
    missing = len(clients) * len(sent) - len(each)
    ms = [f"{value * 1e3:.0f}" for value in (statistics.median(each), statistics.median(lasts))]
    print(
        f"    {len(sent) / passed:.1f} edits/s: p50 {ms[0]} ms, the last of all {ms[1]} ms"
        f" (median of edits), {busy:.0%} of a core, {missing} missing; closed: {closed(clients)}",
        flush=True,
    )  # fmt: skip


def one_round(database: Database, keys: list[str], options: argparse.Namespace, src: str) -> None:
    more = {"PYTHONPATH": os.pathsep.join([src, str(Path(__file__).resolve().parent.parent)])}
    server = serve(database, options.server, POLL_SECONDS="1.5", **(more if src else {}))
    try:
        print(f"{src or 'here'}; load average {os.getloadavg()[0]:.1f}", flush=True)
        asyncio.run(measure(server, keys, options))
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="postgres")
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--sockets", type=int, nargs="+", default=[300])
    parser.add_argument("--together", type=int, default=20)
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10, help="of editing")
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--idle", type=float, default=0, help="seconds of doing nothing")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--against", help="the src folder of another checkout")
    options = parser.parse_args()
    open_many_files()
    folder = Path(tempfile.mkdtemp())
    for count in options.sockets:
        for _ in range(options.rounds):
            for src in ("", *filter(None, [options.against])):
                database = new_database(options.database, folder)
                try:
                    manage(database, "migrate", "--run-syncdb", "--verbosity=0")
                    keys = said(database, "sign_in", count + 1)
                    said(database, "stock", options.rows)
                    one_round(database, keys, options, src)
                finally:
                    database.drop()


def said(database: Database, *words: Any) -> Any:
    role = Process(database, *words)
    word = role.hear()
    role.stop()
    return word


if __name__ == "__main__":
    main()
