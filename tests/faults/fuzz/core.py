"""Mutated frames on connections in this process: the server's own code, without a server."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from tests.faults.fuzz.mutation import Mutation
from tests.faults.fuzz.seeds import Client, Seeds
from tests.faults.fuzz.shadow import Shadow
from tests.faults.fuzz.site import world

ATTACKERS = ("oak-all", "oak-view", "elm-change")
LOOK_FRAMES = 20_000
UNANSWERED = 8
PING_FRAMES = 40
# Of a hundred frames about four go as far as the database, which takes most of the time.
SHARE_OF_WILD = float(os.environ.get("SHARE_OF_WILD", "0.9"))
# What a server says where something went wrong that nobody had thought of.
TROUBLE = ("Something went wrong on the server", '"code":4500', '"code":"failed"')
CANARY = world.CANARY
KIND = re.compile(r'\{"type":"(\w+)"')
LEARNT = ("hello", "rows", "change", "beat")


class Run:
    """``found`` are the faults; ``said`` counts what came back."""

    def __init__(self, frames: int, seed: int) -> None:
        self.left = self.frames = frames
        self.dice = Random(seed)
        self.found: list[str] = []
        self.said: Counter[str] = Counter()
        self.looks = 0

    def fault(self, what: str) -> None:
        if len(self.found) < 50:
            self.found.append(what[:2_000])

    def next(self) -> bool:
        self.left -= 1
        return self.left >= 0 and len(self.found) < 20


class Line:
    """One user at one sheet, opened again whenever it is closed."""

    def __init__(self, run: Run, sheet: str, user: Any, foreign: list[str]) -> None:
        self.run, self.sheet, self.user = run, sheet, user
        self.client = Client(foreign=foreign)
        self.seeds = Seeds(run.dice, self.client)
        self.mutation = Mutation(run.dice, SHARE_OF_WILD)
        self.sent: list[str] = []
        self.since_ping = 0
        self.has_rows = False  # of this connection; or it was refused

    async def attack(self) -> None:
        from livesheet.connection import Connection
        from livesheet.sheet.declaration import find_sheet

        while self.run.left > 0 and len(self.run.found) < 20:
            self.greeting, self.has_rows = ["connect", "open"], False
            scope = {
                "type": "websocket", "path": "/", "headers": [], "query_string": b"",
                "subprotocols": ["livesheet.v1"], "user": self.user,
            }  # fmt: skip
            self.connection = Connection(find_sheet(self.sheet), scope, self.receive, self.send)
            await self.connection.run()
            self.run.said["opened"] += 1

    async def receive(self) -> dict[str, Any]:
        if self.greeting:
            return self._greet(self.greeting.pop(0))
        # Waits as a line does, so that frames are taken up and not only refused for their number.
        while (not self.has_rows or self._is_busy()) and len(self.run.found) < 20:
            await asyncio.sleep(0.004)
        await asyncio.sleep(0)
        if not self.run.next():
            return {"type": "websocket.disconnect", "code": 1000}
        self.since_ping += 1
        if self.since_ping > PING_FRAMES:
            self.since_ping = 0
            return {"type": "websocket.receive", "text": json.dumps(self.seeds.ping())}
        text = self.mutation.text(self.seeds.frame())
        self.sent = [*self.sent[-4:], text.strip()[:500]]
        return {"type": "websocket.receive", "text": text}

    def _is_busy(self) -> bool:
        asking = self.connection._asking
        return asking.unanswered > UNANSWERED or asking.questions > UNANSWERED

    def _greet(self, step: str) -> dict[str, Any]:
        if step == "connect":
            return {"type": "websocket.connect"}
        frame = {"type": "open", "client": f"{self.run.dice.getrandbits(128):032x}"}
        return {"type": "websocket.receive", "text": json.dumps(frame)}

    async def send(self, message: dict[str, Any]) -> None:
        text = message.get("text", "")
        found = KIND.match(text)
        kind = found[1] if found else message["type"]
        self.run.said[kind] += 1
        self.has_rows = self.has_rows or kind in ("rows", "bye")
        for trouble in (*TROUBLE, CANARY):
            if trouble in text:
                self.run.fault(f"{self.user} {self.sheet} was told {text[:600]} after {self.sent}")
        if kind in LEARNT:
            self.client.take(json.loads(text))


@contextmanager
def everything_logged(run: Run) -> Iterator[None]:
    """What is logged as an error, or with a traceback, is a fault."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info or record.levelno >= logging.ERROR:
                run.fault(f"logged: {logging.Formatter().format(record)}")

    handler = Handler(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def play(frames: int, seed: int, users: dict[str, Any]) -> Run:
    """Send so many frames. Returns what was found."""
    run, shadow = Run(frames, seed), Shadow()
    foreign = {sheet: _foreign(sheet) for sheet in world.SHEETS}
    began = time.monotonic()
    with everything_logged(run):
        while run.left > 0 and not run.found:
            part, run.left = run.left, min(run.left, LOOK_FRAMES)
            rest = part - run.left
            asyncio.run(_part(run, users, foreign))
            run.left = rest
            run.looks += 1
            for fault in shadow.faults():
                run.fault(fault)
            done = frames - rest
            pace = done / (time.monotonic() - began)
            print(f"  {done:9,} frames, {pace:6.0f}/s, {dict(run.said)}", flush=True)
            _tidy()
    return run


async def _part(run: Run, users: dict[str, Any], foreign: dict[str, list[str]]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, what: run.fault(f"the loop says {what}"))
    lines = [
        Line(run, sheet, users[name], foreign[sheet])
        for sheet in world.SHEETS
        for name in ATTACKERS
    ]
    async with asyncio.TaskGroup() as tasks:
        for line in lines:
            tasks.create_task(line.attack())


def _foreign(sheet: str) -> list[str]:
    """Keys of rows of other tenants; for each attacker some are."""
    from livesheet.sheet.declaration import find_sheet

    model = find_sheet(sheet).get_model()  # type: ignore[union-attr]
    return [str(pk) for pk in model._base_manager.values_list("pk", flat=True)]


def _tidy() -> None:
    """As a week later: answers are kept for days, and two million of them are much to keep."""
    from livesheet.models import Change, EditRecord

    EditRecord.objects.all().delete()
    newest = Change.objects.order_by("-pk").first()
    if newest is not None:
        Change.objects.filter(pk__lt=newest.pk).delete()
