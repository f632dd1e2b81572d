"""A paste of 5,000 cells: when is it saved and seen by a colleague, whose edits wait how long?

    python -m tests.services postgres -- python benchmarks/pastes.py
    … benchmarks/pastes.py --against /path/to/another/src --rounds 5

A person pastes 1,000 rows in frames of 500 cells, as the widget sends them, and a colleague edits
rows beyond these, again as soon as answered. Once into a sheet whose rows can be written together,
once into one whose model has a `save()` of its own. With `--against` the package of another folder
is measured in turns.
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
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from benchmarks.opening import processor_seconds, said  # noqa: E402
from tests.faults.databases import Database, new_database  # noqa: E402
from tests.faults.processes import manage, serve  # noqa: E402
from tests.services import Service  # noqa: E402

ROWS, IN_A_FRAME, MORE = 1_000, 100, 50
SHEETS = {"together": "pasted", "row by row": "pasted-saved"}
PATIENCE = 60


class Person:
    """Has the sheet open, and counts the rows with `mark` that changes bring."""

    def __init__(self, url: str, session: str) -> None:
        self.url, self.session = url, session
        self.mark, self.seen, self.wanted = "?", 0, 0
        self.opened, self.complete = asyncio.Event(), asyncio.Event()
        self.replies: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def run(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.typing import Subprotocol

        async with connect(
            self.url, subprotocols=[Subprotocol("livesheet.v1")], compression=None, max_size=None,
            additional_headers={"Cookie": f"sessionid={self.session}"},
        ) as self.line:  # fmt: skip
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
            self.replies.pop(reply["ref"]).set_result(reply)
        elif text.startswith('{"type":"rows"'):
            self.opened.set()
        elif text.startswith('{"type":"change"'):
            self.seen += text.count(self.mark)
            if self.wanted and self.seen >= self.wanted:
                self.complete.set()

    async def edit(self, cells: list[Any]) -> dict[str, Any]:
        ref = secrets.token_hex(8)
        answer = self.replies[ref] = asyncio.get_running_loop().create_future()
        await self.send(type="edit", ref=ref, cells=cells, atomic=False)
        reply = await asyncio.wait_for(answer, PATIENCE)
        assert reply["ok"], reply["errors"][:2]
        return reply


async def one_at_a_time(person: Person, times: list[float]) -> None:
    """Edits of rows that nobody pastes into."""
    held = dict.fromkeys(range(ROWS + 1, ROWS + MORE + 1), 0)
    while True:
        for pk, stock in held.items():
            began = time.monotonic()
            await person.edit([[str(pk), "stock", stock + 1, stock]])
            held[pk] = stock + 1
            times.append(time.monotonic() - began)
            await asyncio.sleep(0.05)


def frames(mark: str) -> list[list[Any]]:
    return [
        [
            [str(pk), name, value, old]
            for pk in range(first, first + IN_A_FRAME)
            for name, value, old in (
                ("name", f"{mark} {pk}", f"Product {pk}"), ("code", f"C-{pk}", ""),
                ("price", f"{pk}.25", "0.00"), ("stock", pk, 0), ("weight", pk + 0.5, 0),
            )
        ]
        for first in range(1, ROWS + 1, IN_A_FRAME)
    ]  # fmt: skip


async def measure(server: Service, sheet: str, keys: list[str]) -> dict[str, float]:
    assert server.process is not None
    pid, url = server.process.pid, f"{server.url.replace('http', 'ws')}/ws/sheet/{sheet}/"
    paster, colleague = (Person(url, key) for key in keys)
    tasks = [asyncio.create_task(person.run()) for person in (paster, colleague)]
    times: list[float] = []
    try:
        for person in (paster, colleague):
            await asyncio.wait_for(person.opened.wait(), PATIENCE)
        tasks.append(asyncio.create_task(one_at_a_time(colleague, times)))
        await asyncio.sleep(1.5)
        colleague.mark, colleague.wanted = secrets.token_hex(6), ROWS
        quiet, spent, began = len(times), processor_seconds(pid), time.monotonic()
        await asyncio.gather(*map(paster.edit, frames(colleague.mark)))
        saved = time.monotonic() - began
        await asyncio.wait_for(colleague.complete.wait(), PATIENCE)
        seen = time.monotonic() - began
        busy = processor_seconds(pid) - spent
        return {
            "saved, s": saved, "seen, s": seen, "processor for a row, ms": busy / ROWS * 1e3,
            "edit before, ms": statistics.median(times[:quiet]) * 1e3,
            "edit meanwhile, ms": statistics.median(times[quiet:] or [0]) * 1e3,
            "longest meanwhile, ms": max(times[quiet:] or [0]) * 1e3,
        }  # fmt: skip
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def one_round(database: Database, sheet: str, options: argparse.Namespace, src: str) -> Any:
    root = str(Path(__file__).resolve().parent.parent)
    more = {"PYTHONPATH": os.pathsep.join([src, root])} if src else {}
    manage(database, "migrate", "--run-syncdb", "--verbosity=0")
    keys = said(database, "sign_in", 2)
    said(database, "pallets", ROWS + MORE)
    server = serve(database, options.server, POLL_SECONDS="1.5", **more)
    try:
        return asyncio.run(measure(server, sheet, keys))
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="postgres")
    parser.add_argument("--server", default="uvicorn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", help="the src folder of another checkout")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    for how, sheet in SHEETS.items():
        found: dict[str, list[dict[str, float]]] = {}
        for n in range(options.rounds):
            sources = ["", *filter(None, [options.against])]
            for src in sources if n % 2 == 0 else sources[::-1]:
                database = new_database(options.database, folder)
                try:
                    found.setdefault(src, []).append(one_round(database, sheet, options, src))
                finally:
                    database.drop()
        print(f"{options.database}, {how}; load average {os.getloadavg()[0]:.1f}")
        for src, rounds in found.items():
            figures = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
            text = ", ".join(f"{name}: {value:.2f}" for name, value in figures.items())
            print(f"  {src or 'here'}: {text}", flush=True)


if __name__ == "__main__":
    main()
