"""Somebody who edits a cell twenty times a second, and how long each edit took to be saved."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from statistics import median, quantiles

from tests.faults.fuzz.raw import TEXT, Raw, frame

EVERY_SECONDS = 0.05
PATIENCE = 60
A_TENTH = 0.1


@dataclass
class Times:
    """Seconds of each edit, by when it was sent."""

    edits: list[tuple[float, float]] = field(default_factory=list)

    def quantile(self, n: int) -> float:
        took = [seconds for _at, seconds in self.edits]
        return quantiles(took, n=100)[n - 1] if len(took) > 1 else max(took, default=0.0)

    def by_second(self) -> list[float]:
        """The median of each second."""
        found: dict[int, list[float]] = {}
        for at, seconds in self.edits:
            found.setdefault(int(at), []).append(seconds)
        return [median(took) for took in found.values()]

    def worst_second(self) -> float:
        return max(self.by_second(), default=0.0)

    def slower_than(self, peace: Times) -> str:
        """In how many seconds edits took a tenth longer than in the worst second of peace."""
        every, most = self.by_second(), peace.worst_second() * (1 + A_TENTH)
        slow = sum(seconds > most for seconds in every)
        return f"{slow} of {len(every)} seconds slower by a tenth than the worst of peace"

    def __str__(self) -> str:
        p50, p99 = self.quantile(50) * 1e3, self.quantile(99) * 1e3
        worst = self.worst_second() * 1e3
        return (
            f"p50 {p50:4.0f} ms, p99 {p99:4.0f} ms, worst second {worst:4.0f} ms"
            f" ({len(self.edits)} edits)"
        )


class Bystander(Raw):
    """Edits the ``name`` of row ``pk``, from ``start`` until ``stop``."""

    def __init__(self, port: int, path: str, session: str, pk: str) -> None:
        super().__init__(port, path, session)
        self.pk = pk
        self.times = Times()
        self.value: str | None = None
        self.loaded, self.answered = asyncio.Event(), asyncio.Event()
        self.cursor: str | None = None
        self.was_saved = False
        self.is_enough = False
        self.refused: list[str] = []
        self.last: list[bytes] = []

    async def heard(self, opcode: int, data: bytes) -> None:
        self.last = [*self.last[-5:], data[:300]]
        if opcode != TEXT:
            return
        got = json.loads(data)
        self.cursor = got.get("cursor") or self.cursor
        if got["type"] == "rows":
            for row in got["rows"]:
                if row[0] == self.pk:
                    self.value = row[1]
            if got["done"]:
                self.loaded.set()
        elif got["type"] == "reply":
            self.was_saved = got["ok"]
            if {error["code"] for error in got["errors"]} - {"retry"}:
                self.refused.append(data.decode()[:300])
            self.answered.set()

    async def begin(self) -> None:
        await self._say(type="open", client=secrets.token_hex(16))
        async with asyncio.timeout(PATIENCE):
            await self.loaded.wait()

    async def edit(self, seconds: float | None = None) -> Times:
        """For so long, or until it is enough. Returns how long the edits took."""
        times = self.times = Times()
        began, n = time.monotonic(), 0
        while time.monotonic() - began < seconds if seconds else not self.is_enough:
            n += 1
            await self._one(f"{began}.{n}", times)
            await asyncio.sleep(EVERY_SECONDS)
        return times

    async def _one(self, ref: str, times: Times) -> None:
        value = f"ash-{secrets.token_hex(5)}"
        self.answered.clear()
        at = time.monotonic()
        await self._say(
            type="edit", ref=ref, cells=[[self.pk, "name", value, self.value]], atomic=False
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await self.answered.wait()
        except TimeoutError:
            said = b"\n".join(self.last).decode("utf-8", "replace")
            raise AssertionError(f"No answer to {ref}; {self.code}, said:\n{said}") from None
        times.edits.append((at, time.monotonic() - at))
        self.value = value if self.was_saved else self.value
        await self._say(type="ping", cursor=self.cursor)

    async def _say(self, **fields: object) -> None:
        await self.send(frame(json.dumps(fields).encode()))
