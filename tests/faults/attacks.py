"""While one user does what a sheet is weak against, how long do another's edits take?

    python -m tests.faults.attacks [--server uvicorn|daphne] [--attack NAME] [--seconds 15]

For each attack and server it prints the bystander's times before and meanwhile, and what the server
process held more at its most. What a server needs for lawful clients is no attack: before,
some have opened each sheet, and made requests as large as may be. The servers run with the options
and the environment that docs/deploying.md gives, but for `inflated by default`, which is uvicorn as
it comes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from tests.browser.servers import COMMANDS
from tests.faults.databases import Database
from tests.faults.fuzz.__main__ import SETTINGS, site
from tests.faults.fuzz.bystander import Bystander, Times
from tests.faults.fuzz.lines import log_faults, memory
from tests.faults.fuzz.raw import TEXT, Raw, deflated, frame
from tests.faults.processes import ROOT, environment
from tests.services import Service
from tests.services.processes import hears, new_service

LIMIT = "131072"
OPTIONS = {
    "uvicorn": ["--ws-max-size", LIMIT, "--ws-per-message-deflate", "false"],
    "daphne": ["--websocket-max-message-size", LIMIT, "--websocket-max-frame-size", LIMIT],
}
ALLOCATION = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": LIMIT}
MOST_SECONDS, MOST_BYTES = 0.5, 20_000_000
WARM_SECONDS = 10
ROWS, RELATED, SAMPLES = 30_000, 990, 500


@dataclass
class Place:
    """Where to attack, and as whom."""

    port: int
    session: str
    goods: list[str]
    kinds: list[str]

    def line(self, sheet: str, deflate: bool = False) -> Line:
        return Line(self.port, f"/ws/sheet/{sheet}/", self.session, deflate)


class Line(Raw):
    """Reads no frame closer than it must."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.refs = 0
        self.loaded = asyncio.Event()
        self.replied = asyncio.Event()

    async def heard(self, opcode: int, data: bytes) -> None:
        if opcode == TEXT and (b'"done":true' in data[-400:] or data.startswith(b'{"type":"bye"')):
            self.loaded.set()
        if data.startswith((b'{"type":"reply"', b'{"type":"error"')):
            self.replied.set()

    async def open(self) -> None:
        await self.say(type="open", client=secrets.token_hex(16))

    async def opened(self) -> None:
        await self.open()
        await first_of(self.loaded, self.closed)

    async def say(self, **fields: Any) -> bool:
        return await self.send(frame(json.dumps(fields).encode()))

    async def edit(self, cells: list[Any]) -> bool:
        self.refs += 1
        return await self.say(type="edit", ref=f"x{self.refs}", cells=cells)


async def first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


# --- the attacks, each of which goes on until it is cancelled --------------------------------


async def names(place: Place) -> None:
    """Five hundred texts that no related object is called, in each frame."""
    while True:
        async with place.line("goods") as line:
            await line.opened()
            while not line.closed.is_set():
                cells = [
                    [pk, "supplier", {"$text": f"no such {secrets.token_hex(4)}"}, None]
                    for pk in place.goods[:500]
                ]
                line.replied.clear()
                await line.edit(cells)
                await first_of(line.replied, line.closed)


async def parts(place: Place) -> None:
    """A many-to-many of five thousand names."""
    text = ", ".join(f"no {n:04}" for n in range(5_000))
    while True:
        async with place.line("goods") as line:
            await line.opened()
            while not line.closed.is_set():
                line.replied.clear()
                await line.edit([[place.goods[0], "tags", {"$text": text}, []]])
                await first_of(line.replied, line.closed)


async def conflicts(place: Place) -> None:
    """Large cells with wrong bases, on lines of which nothing is read."""
    while True:
        async with AsyncExitStack() as lines:
            mine = [await lines.enter_async_context(place.line("kinds")) for _n in range(4)]
            for line in mine:
                await line.opened()
                line.pause()
            await asyncio.gather(*(stale(place, line) for line in mine))


async def stale(place: Place, line: Line) -> None:
    for _n in range(400):
        cells = [[pk, "text", "mine", "no base"] for pk in place.kinds[:500]]
        if not await in_time(line.edit(cells)):
            return
        await asyncio.sleep(0.02)


async def questions(place: Place) -> None:
    """Answers that nobody reads."""
    while True:
        async with place.line("goods") as line:
            await line.opened()
            line.pause()
            for n in range(400):
                query = {"column": "supplier", "text": "oak"}
                if not await in_time(
                    line.say(type="ask", ref=f"q{n}", about="options", query=query)
                ):
                    break
                await asyncio.sleep(0.02)


async def in_time(sending: Awaitable[bool]) -> bool:
    """Whether it could be sent: a server that does not read ends that at some time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            return await sending
    return False


async def inflated(place: Place) -> None:
    """Fifteen megabytes of spaces in as many thousand bytes; where nothing is inflated, plainly."""
    bomb = deflated(b" " * 15_000_000)
    while True:
        async with place.line("goods", deflate=True) as line:
            await line.opened()
            for _n in range(200):
                if not await in_time(
                    line.send(bomb if line.compresses else frame(b" " * 1_000_000))
                ):
                    break
                await asyncio.sleep(0)
        await asyncio.sleep(0.2)  # a browser would wait half a minute


async def moves(place: Place) -> None:
    """Four hundred moves of a cursor at once, seen by twenty others."""
    async with AsyncExitStack() as lines:
        mine = [await lines.enter_async_context(place.line("notes")) for _n in range(20)]
        for line in mine:
            await line.opened()
        while True:
            async with place.line("notes") as line:
                await line.opened()
                for n in range(400):
                    await line.say(type="at", pk=f"oak.{n % 20}", column="text", editing=n % 2 == 0)
                await asyncio.sleep(1)


async def snapshots(place: Place) -> None:
    """Sixty sockets that open thirty thousand rows."""
    while True:
        async with AsyncExitStack() as lines:
            mine = [await lines.enter_async_context(place.line("goods")) for _n in range(60)]
            await asyncio.gather(*(line.opened() for line in mine))


async def reconnects(place: Place) -> None:
    """Come and go as fast as the server takes it."""

    async def one() -> None:
        while True:
            async with place.line("notes") as line:
                await line.opened()

    await asyncio.gather(*(one() for _n in range(4)))


ATTACKS: dict[str, Callable[[Place], Awaitable[None]]] = {
    "names": names,
    "parts": parts,
    "conflicts": conflicts,
    "questions": questions,
    "inflated": inflated,
    "inflated by default": inflated,
    "moves": moves,
    "snapshots": snapshots,
    "reconnects": reconnects,
}


# --- one run ---------------------------------------------------------------------------------


@dataclass
class Result:
    before: Times
    meanwhile: Times
    more_bytes: int
    still_more_bytes: int

    @property
    def is_fine(self) -> bool:
        return self.meanwhile.quantile(99) <= MOST_SECONDS and self.more_bytes <= MOST_BYTES

    def __str__(self) -> str:
        more, after = self.more_bytes / 1e6, self.still_more_bytes / 1e6
        verdict = "" if self.is_fine else "   MISSED"
        return (
            f"{more:+6.1f} MB (after: {after:+.1f}){verdict}\n"
            f"    before    {self.before}\n    meanwhile {self.meanwhile}"
            f", {self.meanwhile.slower_than(self.before)}"
        )


def serve(database: Database, kind: str, options: list[str]) -> Service:
    server = new_service(kind, "http://127.0.0.1:{port}")
    variables = environment(database, DJANGO_SETTINGS_MODULE=SETTINGS, **ALLOCATION)
    words = [f"{name}={value}" for name, value in variables.items()]
    command = [*COMMANDS[kind]("tests.asgi:application", server.port), *options]
    server.start(
        ["env", "-C", ROOT, *words, sys.executable, "-m", *command], lambda: hears(server.port)
    )
    return server


async def measure(
    server: Service, attack: Callable[[Place], Awaitable[None]], place: Place,
    bystander: tuple[str, str], seconds: float,
) -> Result:  # fmt: skip
    assert server.process is not None
    pid, session = server.process.pid, bystander[0]
    await warmed(place)
    async with Bystander(server.port, "/ws/sheet/goods/", session, bystander[1]) as other:
        await other.begin()
        before, held = await other.edit(seconds / 2), memory(pid)
        attacking = asyncio.ensure_future(attack(place))
        watching = asyncio.create_task(most_held(pid))
        meanwhile = await other.edit(seconds)
        for task in (attacking, watching):
            task.cancel()
        most = (await asyncio.gather(watching, attacking, return_exceptions=True))[0]
        assert isinstance(most, int)
        assert attacking.cancelled(), attacking.exception()
        assert not other.refused, other.refused
    return Result(before, meanwhile, most - held, memory(pid) - held)


async def warmed(place: Place) -> None:
    """Lawful clients come and go, with requests as large as may be: each thread that the server may
    have reads and writes once, and has its connection, its page cache and its memory."""
    for _turn in range(2):
        for sheet in ("goods", "kinds", "notes"):
            async with AsyncExitStack() as lines:
                mine = [await lines.enter_async_context(place.line(sheet)) for _n in range(4)]
                await asyncio.gather(*(line.opened() for line in mine))
                if sheet == "kinds":
                    await asyncio.gather(*(answered(place, line) for line in mine))


async def answered(place: Place, line: Line) -> None:
    """Edits that miss their base, one after the other, each answer of which is taken in.

    On daphne they soon stay without an answer, since what was sent is not acknowledged.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(WARM_SECONDS):
            for _n in range(5):
                line.replied.clear()
                await line.edit([[pk, "text", "mine", "no base"] for pk in place.kinds[:500]])
                await first_of(line.replied, line.closed)


async def most_held(pid: int) -> int:
    most = 0
    with suppress(asyncio.CancelledError):
        while True:
            most = max(most, memory(pid))
            await asyncio.sleep(0.05)
    return most


def fill(tenant: str, rows: int) -> None:
    """Much to look through, much to load, much to give back."""
    from tests.app.models import Product, Sample, Supplier

    Supplier.objects.bulk_create(Supplier(name=f"{tenant}-many-{n}") for n in range(RELATED))
    Product.objects.bulk_create(
        (Product(name=f"{tenant} {n}", owner=tenant) for n in range(rows)), batch_size=2_000
    )
    Sample.objects.bulk_create(
        Sample(slug=tenant, text="large " * 1_700, email="a@b.example") for n in range(SAMPLES)
    )


def attack_with(options: argparse.Namespace, server_kind: str, name: str) -> Result:
    with site(options.database) as database:
        from tests.app.models import Product, Sample
        from tests.faults.fuzz.site import world

        users = world.make()
        fill("oak", ROWS if name == "snapshots" else SAMPLES)
        row = Product.objects.filter(owner="ash").values_list("pk", flat=True)[0]
        goods = [str(pk) for pk in Product.objects.filter(owner="oak").values_list("pk", flat=True)]
        kinds = [str(s.pk) for s in Sample.objects.filter(slug="oak").exclude(text="").only("pk")]
        given = [] if name == "inflated by default" else OPTIONS[server_kind]
        server = serve(database, server_kind, given)
        try:
            place = Place(server.port, world.session_of(users["oak-all"]), goods, kinds)
            other = (world.session_of(users["ash-all"]), str(row))
            result = asyncio.run(measure(server, ATTACKS[name], place, other, options.seconds))
            assert not (faults := log_faults(server)), faults
            return result
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgres", "mariadb"])
    parser.add_argument("--server", choices=list(OPTIONS))
    parser.add_argument("--attack", choices=list(ATTACKS))
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    print(f"{options.database}; load average {os.getloadavg()[0]:.1f}", flush=True)
    servers = [options.server] if options.server else list(OPTIONS)
    attacks = [options.attack] if options.attack else list(ATTACKS)
    if len(servers) * len(attacks) > 1:
        missed = [one_by_one(options, server, name) for server in servers for name in attacks]
        sys.exit(any(missed))
    [server], [name] = servers, attacks
    began = time.monotonic()
    result = attack_with(options, server, name)
    print(f"{server}, {name}: {result} [{time.monotonic() - began:.0f} s]", flush=True)
    sys.exit(not result.is_fine)


def one_by_one(options: argparse.Namespace, server: str, name: str) -> int:
    """In a process of its own: Django knows one database in its life."""
    words = ["--database", options.database, "--seconds", str(options.seconds)]
    command = [sys.executable, "-m", "tests.faults.attacks", "--server", server, "--attack", name]
    return subprocess.run([*command, *words], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    main()
