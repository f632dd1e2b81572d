"""One run: batches of operations, each followed by a judgement when all is quiet."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.faults.databases import Database
from tests.faults.oracle.client import Client, summed
from tests.faults.oracle.house import House, Worker, WorkerError
from tests.faults.oracle.judge import Truth, faults_of, view_faults
from tests.faults.oracle.script import Op, Script
from tests.faults.oracle.windowed import Looker
from tests.faults.site.personas import Persona

QUIET_SECONDS = 60.0
LOOK_SECONDS = 0.2
# So many clients have a user of their own; the others are second tabs.
PEOPLE = 150


@dataclass
class Report:
    """What a run has found. `batch` is where its first fault was seen."""

    faults: list[str] = field(default_factory=list)
    batch: int = -1
    seconds: float = 0.0
    counts: dict[str, Any] = field(default_factory=dict)
    logs: str = ""

    @property
    def ok(self) -> bool:
        return not self.faults


def run(script: Script, database: Database, *, verbose: bool = False) -> Report:
    """Play the script on a database that has its tables and no rows."""
    return asyncio.run(_Run(script, database, verbose).play())


class _Run:
    def __init__(self, script: Script, database: Database, verbose: bool) -> None:
        self.script, self.verbose = script, verbose
        more = {"SABOTAGE": script.sabotage} if script.sabotage else {}
        if script.keep:
            more["KEEP_CHANGES"] = str(script.keep)
        self.database, self.more = database, more
        self.house = House(database, **more)
        self.truth, self.report = Truth(), Report()
        self.clients: list[Client] = []
        self.writes: Counter[str] = Counter()

    async def play(self) -> Report:
        began = time.monotonic()
        self.worker = await Worker.start(self.database, **self.more)
        try:
            await self._begin()
            for number, batch in enumerate(self.script.batches):
                self.report.batch = number
                await self._batch(number, batch)
                if self.report.faults:
                    break
        finally:
            await asyncio.gather(*(client.end() for client in self.clients))
            await self.worker.stop()
            self.report.logs = await asyncio.to_thread(self.house.stop)
        self.report.seconds = time.monotonic() - began
        self.report.counts = {**summed(self.clients), "writes": dict(self.writes)}
        return self.report

    async def _begin(self) -> None:
        people = min(PEOPLE, max(1, self.script.clients * 3 // 4))
        if self.script.by_triggers:  # before anybody asks which tables have them
            await self.worker.ask("capture_by_triggers")
        cookies, _none = await asyncio.gather(
            self.worker.ask("prepare", people=people), asyncio.to_thread(self.house.start)
        )
        for number in range(self.script.clients):
            who = Persona(number % people)
            kind = Looker if number // 2 % 2 else Client
            self.clients.append(kind(number, who, cookies[who.username], self.house))

    # --- a batch -----------------------------------------------------------------------------

    async def _batch(self, number: int, batch: list[Op]) -> None:
        began = time.monotonic()
        restart = asyncio.create_task(self._restart(self.script.restart_after(number)))
        await asyncio.gather(*(self._do(op, began) for op in batch))
        await restart
        await self._quiet()
        await self._judge()
        if self.verbose:
            print(f"  batch {number}: {time.monotonic() - began:.1f} s", flush=True)

    async def _restart(self, way: str) -> None:
        await asyncio.sleep(0.3)  # in the middle of it
        await self.house.restart(way)

    async def _do(self, op: Op, began: float) -> None:
        await asyncio.sleep(max(0.0, began + op["at"] - time.monotonic()))
        if op["kind"] == "write":
            await self._write(op)
            return
        client = self.clients[op["client"] % len(self.clients)]
        if op["kind"] == "accident":
            client.happens(op["name"], random.Random(op["seed"]))
        elif op["kind"] == "look":
            if isinstance(client, Looker):
                client.look(op["name"], random.Random(op["seed"]))
        elif client.is_whole:
            client.wishes.wish(op["name"], random.Random(op["seed"]))

    async def _write(self, op: Op) -> None:
        try:
            await self.worker.ask("write", op=op)
            self.writes["done"] += 1
        except WorkerError as error:
            self.writes["failed"] += 1
            self.writes[f"{op['name']}: {error.args[0][:80]}"] += 1

    # --- quiescence --------------------------------------------------------------------------

    async def _quiet(self) -> None:
        """Wait until everybody is back, every wish settled, and every cursor at the log's head."""
        for client in self.clients:
            client.comes_back()
        whose = [c.persona.number for c in self.clients]
        seconds = QUIET_SECONDS + len(self.clients)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            restless = [client for client in self.clients if not client.is_settled]
            if not restless:
                heads = await self.worker.ask("heads", whose=whose)
                pairs = zip(self.clients, heads, strict=True)
                restless = [client for client, head in pairs if client.beaten != head]
                if not restless:
                    return
            for client in restless:
                client.ping()
            await asyncio.sleep(LOOK_SECONDS)
        self.report.faults.append(f"not quiet after {seconds} s")
        restless = [client for client in self.clients if not client.is_settled]
        self.report.faults += [_why_not(client) for client in restless or self.clients]

    async def _judge(self) -> None:
        found = await asyncio.gather(
            self.worker.ask("rows"), self.worker.ask("labels"),
            self.worker.ask("traces", after=self.truth.last),
        )  # fmt: skip
        self.truth.now(*found)
        for client in self.clients:
            if client.is_whole:
                self.report.faults += faults_of(client, self.truth)
        if not self.report.faults:
            await self._audit()

    async def _audit(self) -> None:
        """Let those who show windows look at something else, while nothing is written."""
        chance = random.Random(self.script.seed + self.report.batch)
        lookers = [client for client in self.clients if isinstance(client, Looker)]
        await asyncio.gather(*(client.audit(chance) for client in lookers))
        for client in lookers:
            self.report.faults += faults_of(client, self.truth)
            self.report.faults += view_faults(client, self.truth)


def _why_not(client: Client) -> str:
    if not client.is_whole:
        return f"{client} is not whole; closed with {client.closed_with}"
    waiting = [flight.frame for flight in client.wishes.flights.values()]
    return f"{client} is at {client.beaten}, and waits for {str(waiting)[:600]}"
