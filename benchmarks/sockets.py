"""What do a socket, an edit, a delivery and an audience cost one server process?

    python -m tests.services postgres -- python benchmarks/sockets.py [--server uvicorn|daphne]

Costs are processor time of the server, which a busy machine disturbs less than it does seconds.
From small runs a model is made, cost = idle · sockets + edits · (edit + deliveries + audiences),
and larger runs show how well it tells theirs. Each edit is of another cell, from one socket of
each run; every other socket is sent it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from tests.faults.databases import Database, new_database  # noqa: E402
from tests.faults.processes import Process, manage, serve  # noqa: E402
from tests.services import Service  # noqa: E402

ROWS = 1_000
PING_SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")

NAMES: dict[str, str] = {}  # what the runs have renamed so far


@dataclass
class Run:
    """``audiences`` is 1 where all sockets share frames."""

    sockets: int
    audiences: int
    edits: float = 0.0  # a second
    idle: float = 0.0  # processor seconds a second
    busy: float = 0.0
    latency: float = 0.0  # median seconds from sending an edit to its arrival elsewhere
    memory: float = 0.0  # bytes for each socket


class Client:
    def __init__(self, url: str, sent: dict[str, float]) -> None:
        self.url, self.sent = url, sent
        self.took: list[float] = []
        self.received = 0
        self.opened, self.answered = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.typing import Subprotocol

        async with connect(
            self.url, subprotocols=[Subprotocol("livesheet.v1")], compression=None, max_size=None,
            open_timeout=60,
        ) as self.line:  # fmt: skip
            await self.send(
                type="open", client=secrets.token_hex(16), cursor=None, digest=None, have=None
            )
            pinging = asyncio.create_task(self.ping())
            try:
                async for text in self.line:
                    self.take(str(text))
            finally:
                pinging.cancel()

    async def ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self.send(type="ping")

    async def send(self, **frame: Any) -> None:
        await self.line.send(json.dumps(frame))

    def take(self, text: str) -> None:
        if text.startswith('{"type":"change"'):
            self.received += 1
            for name in [name for name in self.sent if f'"{name}"' in text]:
                self.took.append(time.monotonic() - self.sent[name])
        elif text.startswith('{"type":"reply"'):
            self.answered.set()
        elif '"done":true' in text:
            self.opened.set()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(server: Service, run: Run, seconds: float) -> None:
    assert server.process is not None
    pid, sent = server.process.pid, dict[str, float]()
    address = server.url.replace("http", "ws") + "/ws/sheet/open-shelf/?shelf="
    clients = [Client(f"{address}{n % run.audiences}", sent) for n in range(run.sockets)]
    before, tasks = memory(pid), []
    for client in clients:
        tasks.append(asyncio.create_task(client.run()))
        await asyncio.sleep(0.01)
    await asyncio.gather(*(client.opened.wait() for client in clients))
    run.memory = (memory(pid) - before) / run.sockets
    await asyncio.sleep(2)
    began, spent = time.monotonic(), processor_seconds(pid)
    await asyncio.sleep(seconds)
    run.idle = (processor_seconds(pid) - spent) / (time.monotonic() - began)
    await edit(clients, sent, seconds, run, pid)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def edit(
    clients: list[Client], sent: dict[str, float], seconds: float, run: Run, pid: int
) -> None:
    began, spent, n = time.monotonic(), processor_seconds(pid), 0
    while time.monotonic() - began < seconds:
        pk, name = str(1 + n % ROWS), secrets.token_hex(6)
        client = clients[n % len(clients)]
        client.answered.clear()
        sent.clear()
        sent[name] = time.monotonic()
        cells = [[pk, "name", name, NAMES.get(pk, f"Part {pk}")]]
        await client.send(type="edit", ref=f"{n}", cells=cells, atomic=False)
        await client.answered.wait()
        NAMES[pk], n = name, n + 1
        # All are to have it before the next: each edit is a frame of its own.
        async with asyncio.timeout(60):
            while min(other.received for other in clients) < n:
                await asyncio.sleep(0.002)
    passed = time.monotonic() - began
    run.busy, run.edits = (processor_seconds(pid) - spent) / passed, n / passed
    run.latency = statistics.median(took for client in clients for took in client.took)


def solve(small: Run, large: Run, split: Run) -> dict[str, float]:
    """The costs of one of each, in processor seconds, from three runs."""
    costs = {"idle socket, a second": (large.idle - small.idle) / (large.sockets - small.sockets)}
    each = {id(run): (run.busy - run.idle) / run.edits for run in (small, large, split)}
    delivery = (each[id(large)] - each[id(small)]) / (large.sockets - small.sockets)
    costs["delivery"] = delivery
    costs["edit, with its read"] = each[id(small)] - delivery * small.sockets
    further = split.audiences - 1
    costs["further audience"] = (each[id(split)] - costs["edit, with its read"]
                                 - delivery * split.sockets) / further  # fmt: skip
    return costs


def foretold(costs: dict[str, float], run: Run) -> float:
    """Processor seconds of one edit."""
    further = costs["further audience"] * (run.audiences - 1)
    return costs["edit, with its read"] + costs["delivery"] * run.sockets + further


def one_run(options: argparse.Namespace, database: Database, sockets: int, audiences: int) -> Run:
    server = serve(database, options.server, POLL_SECONDS="1.5")
    run = Run(sockets, audiences)
    try:
        asyncio.run(measure(server, run, options.seconds))
    finally:
        server.stop()
    each = (run.busy - run.idle) / run.edits
    print(
        f"  {sockets:5} sockets, {audiences:4} audiences: idle {run.idle:6.2%} of a core,"
        f" {run.edits:5.1f} edits/s, {each * 1e3:7.2f} ms an edit,"
        f" p50 {run.latency * 1e3:5.0f} ms, {run.memory / 1024:5.0f} KB a socket", flush=True,
    )  # fmt: skip
    return run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="postgres")
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    database = new_database(options.database, Path(tempfile.mkdtemp()))
    try:
        manage(database, "migrate", "--run-syncdb", "--verbosity=0")
        filler = Process(database, "fill", ROWS)
        filler.hear()
        filler.stop()
        print(f"{options.database}, {options.server}; load average {os.getloadavg()[0]:.1f}")

        def of(sockets: int, audiences: int) -> Run:
            return one_run(options, database, sockets, audiences)

        costs = solve(of(50, 1), of(200, 1), of(50, 25))
        for name, cost in costs.items():
            print(f"  {name:24} {cost * 1e6:8.1f} µs")
        for run in (of(400, 1), of(100, 50)):
            told, was = foretold(costs, run), (run.busy - run.idle) / run.edits
            print(f"  foretold {told * 1e3:.2f} ms an edit, was {was * 1e3:.2f}: {told / was:.2f}")
    finally:
        database.drop()


if __name__ == "__main__":
    main()
