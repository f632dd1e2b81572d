"""How a real server treats a client that is fast, and one that is too fast.

    python -m tests.faults.pace uvicorn|daphne

Prints as JSON: of one that waits for each reply and of one that does not, how many answers they
got, in how many seconds, and what they were closed with.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from tests.faults.attacks import Line, Place, first_of
from tests.faults.fuzz.__main__ import SETTINGS, site
from tests.faults.fuzz.raw import TEXT
from tests.faults.processes import serve

RATE = 10
AT_ONCE = 4 * RATE
POLITE, FLOOD = 200, AT_ONCE + 2 * RATE
PATIENCE = 60


class Counting(Line):
    """Counts what it is answered."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.answers = 0
        self.all_answered = asyncio.Event()

    async def heard(self, opcode: int, data: bytes) -> None:
        await super().heard(opcode, data)
        if opcode == TEXT and json.loads(data)["type"] in ("beat", "answer"):
            self.answers += 1
            self.replied.set()
            if self.answers == FLOOD:
                self.all_answered.set()


async def polite(line: Counting) -> None:
    for n in range(POLITE):
        line.replied.clear()
        await line.say(type="ask", ref=f"q{n}", about="layout")
        await first_of(line.replied, line.closed)


async def flood(line: Counting) -> None:
    for _n in range(FLOOD):
        await line.say(type="ping")
    await first_of(line.all_answered, line.closed)


async def treated(place: Place, behave: Any) -> dict[str, Any]:
    async with Counting(place.port, "/ws/sheet/notes/", place.session) as line:
        await line.opened()
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            await behave(line)
        seconds = time.monotonic() - began
        return {"answers": line.answers, "seconds": seconds, "code": line.code}


async def both(place: Place) -> dict[str, Any]:
    return {behave.__name__: await treated(place, behave) for behave in (polite, flood)}


def main(kind: str) -> None:
    with site("sqlite") as database:
        from tests.faults.fuzz.site import world

        session = world.session_of(world.make()["oak-all"])
        server = serve(database, kind, DJANGO_SETTINGS_MODULE=SETTINGS, FRAMES_PER_SECOND=str(RATE))
        try:
            place = Place(server.port, session, [], [])
            print(json.dumps(asyncio.run(both(place))))
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
