"""A bulk_update of all rows while fifty sockets edit: who has it when, and what do edits wait?

    python -m tests.services postgres -- python benchmarks/bulk.py [postgres|mariadb|sqlite]
        [--rows 50000] [--sockets 50] [--batch 1000] [--server uvicorn|daphne] [--same-rows]

The sockets edit rows that the bulk_update leaves alone; with `--same-rows` those that it writes,
whose locks it holds until it commits. Clients count what comes in and do not parse it: they run
on the same processors as server and database.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from tests.faults.databases import Database, new_database  # noqa: E402
from tests.faults.processes import Process, manage, serve  # noqa: E402
from tests.services import Service  # noqa: E402

NEW = 7
QUIET_SECONDS = 5.0
EDIT_EVERY = 2.0


@dataclass
class Bench:
    """What all sockets share."""

    rows: int
    converged: list[float] = field(default_factory=list)
    edits: list[tuple[float, float, bool]] = field(default_factory=list)  # began, took, saved


class Socket:
    """Edits its own row all the time, and counts the new values among those that it is sent."""

    def __init__(self, bench: Bench, server: Service, row: int) -> None:
        self.bench = bench
        self.url = server.url.replace("http", "ws") + "/ws/sheet/open-part/"
        self.row = str(row)
        self.name = f"Part {row}"
        self.new = 0
        self.done = False
        self.opened = asyncio.Event()
        self.replies: dict[str, asyncio.Future[bool]] = {}

    async def run(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.typing import Subprotocol

        async with connect(
            self.url, subprotocols=[Subprotocol("livesheet.v1")], compression=None, max_size=None
        ) as self.line:
            await self.send(
                type="open", client=secrets.token_hex(16), cursor=None, digest=None, have=None
            )
            async for text in self.line:
                self.take(str(text))

    async def send(self, **frame: Any) -> None:
        await self.line.send(json.dumps(frame))

    def take(self, text: str) -> None:
        if text.startswith('{"type":"reply"'):
            reply = json.loads(text)
            self.replies.pop(reply["ref"]).set_result(reply["ok"])
        elif text.startswith(('{"type":"rows"', '{"type":"change"')):
            self.new = 0 if '"reset":true' in text else self.new
            self.new += text.count(f",{NEW}]")
            self.opened.set()
            if self.new >= self.bench.rows and not self.done:
                self.done = True
                self.bench.converged.append(time.monotonic())

    async def edit(self) -> None:
        await self.opened.wait()
        n = 0
        while True:
            await asyncio.sleep(EDIT_EVERY * random.uniform(0.5, 1.5))
            n, began = n + 1, time.monotonic()
            answer = self.replies[str(n)] = asyncio.get_running_loop().create_future()
            name = f"edit {n}"
            await self.send(
                type="edit", ref=str(n), cells=[[self.row, "name", name, self.name]], atomic=False
            )
            saved = await answer
            self.name = name if saved else self.name
            self.bench.edits.append((began, time.monotonic() - began, saved))


async def measure(options: argparse.Namespace, database: Database, server: Service) -> None:
    bench = Bench(options.rows)
    first = 1 if options.same_rows else options.rows + 1
    sockets = [Socket(bench, server, first + n) for n in range(options.sockets)]
    tasks = [asyncio.create_task(work) for s in sockets for work in (s.run(), s.edit())]
    await asyncio.gather(*(socket.opened.wait() for socket in sockets))
    writer = Process(database, "bulk", 1, options.rows, NEW, options.batch)
    try:
        await asyncio.to_thread(writer.hear)
        await asyncio.sleep(QUIET_SECONDS)
        began = time.monotonic()
        bulk = await asyncio.to_thread(writer.tell, "go")
        committed = time.monotonic()
        while len(bench.converged) < len(sockets):
            await asyncio.sleep(0.01)
        until = max(bench.converged)
        await asyncio.sleep(2)
    finally:
        writer.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    times = [moment - committed for moment in bench.converged]
    print(f"{options.database}, {options.server}: load average {os.getloadavg()[0]:.1f}")
    print(f"  bulk_update of {options.rows:,} rows in batches of {options.batch}: {bulk:.1f} s")
    print(f"  converged after its commit: first {min(times):.1f} s, last {max(times):.1f} s")
    phases = {
        "before": (began - QUIET_SECONDS, began), "during bulk_update": (began, committed),
        "until converged": (committed, until), "after": (until, until + 9),
    }  # fmt: skip
    for name, (since, end) in phases.items():
        taken = sorted(t for at, t, _ok in bench.edits if since <= at < end)
        if len(taken) > 1:
            median, p99 = statistics.median(taken), taken[int(len(taken) * 0.99)]
            refused = sum(not ok for at, _t, ok in bench.edits if since <= at < end)
            print(
                f"  edits {name:20} {len(taken):4}: median {median * 1000:5.0f} ms, "
                f"p99 {p99 * 1000:5.0f} ms, longest {taken[-1] * 1000:5.0f} ms, refused {refused}"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("database", nargs="?", default="postgres")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--sockets", type=int, default=50)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--same-rows", action="store_true")
    options = parser.parse_args()
    database = new_database(options.database, Path(tempfile.mkdtemp()))
    try:
        manage(database, "migrate", "--run-syncdb", "--verbosity=0")
        filler = Process(database, "fill", options.rows + options.sockets)
        filler.hear()
        filler.stop()
        server = serve(database, options.server)
        try:
            asyncio.run(measure(options, database, server))
        finally:
            server.stop()
    finally:
        database.drop()


if __name__ == "__main__":
    main()
