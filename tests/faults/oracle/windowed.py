"""A client that shows windows of its sheet: it scrolls, sorts, filters, searches and comes back."""

from __future__ import annotations

import asyncio
import random
import time
from itertools import count
from typing import Any

from tests.faults.oracle.client import Client
from tests.faults.oracle.grid import Frame, Grid
from tests.faults.oracle.views import Looked, some_view

MOST_WAITING = 20
SCREEN = 30
_audits = count()
AUDIT_SECONDS = 60.0


class WindowGrid(Grid):
    """Holds what it was sent of one page of one order. `asked` are the page's rows by number."""

    def __init__(self) -> None:
        super().__init__()
        self.order = 0
        self.known: Frame = {}
        self.leave_page({"from": 0, "to": 0, "rows": 0, "place": 0})

    def leave_page(self, page: Frame) -> None:
        self.page = page
        self.rows.clear()
        self.asked: dict[int, str] = {}
        self.left: set[str] = set()
        self.strange: set[str] = set()

    def opening(self, client: str) -> Frame:
        return {
            "type": "open", "client": client, "cursor": None, "have": None,
            "digest": self.hello.get("digest"), "windowed": True,
        }  # fmt: skip

    def take(self, frame: Frame) -> bool:
        kind = frame["type"]
        if kind == "rows":
            self.leave_page({"from": 0, "to": 0, "rows": 0, "place": 0})
        if kind == "order":
            self.order, self.known = frame["order"], frame
        elif kind == "page" and frame["order"] == self.order:
            self.leave_page(frame)
        elif kind == "part" and frame["order"] == self.order:
            self._part(frame)
        else:
            return super().take(frame)
        return False

    def _part(self, frame: Frame) -> None:
        keys = frame["keys"]
        self.asked.update(enumerate(keys, frame["from"]))
        self.rows.update((row[0], row) for row in frame["rows"])
        self.left |= set(keys) - self.rows.keys()
        self.left -= {row[0] for row in frame["rows"]}
        self.strange -= set(keys)

    def _change(self, frame: Frame) -> None:
        self.strange |= {row[0] for row in frame["rows"]} - set(self.asked.values())
        super()._change(frame)
        self.left |= set(frame["gone"])

    @property
    def is_known(self) -> bool:
        return bool(self.known) and not self.known["building"]


class Looker(Client):
    grid: WindowGrid

    def _begin(self) -> None:
        super()._begin()
        self.looked, self.waiting = Looked(), {}

    def _new_grid(self) -> Grid:
        return WindowGrid()

    # --- asking ------------------------------------------------------------------------------

    def look(self, name: str, chance: random.Random) -> None:
        if not self.is_whole or not self.grid.known or len(self.waiting) > MOST_WAITING:
            return
        if name == "cancel":
            self._write({"type": "cancel"})
        elif name in ("scroll", "fling"):
            for _ in range(1 if name == "scroll" else 5):
                self._scroll(chance)
        elif name in ("enter", "find"):
            place = chance.randrange(self.grid.known["count"] * 5 // 4 + 1)
            self._enter(place, None if name == "enter" else self._some_key(chance))
        else:
            looked = self.looked if name == "again" else some_view(chance, self.grid)
            self.arrange(looked, self._some_key(chance) if chance.random() < 0.3 else None)

    def _some_key(self, chance: random.Random) -> str | None:
        return chance.choice(sorted(self.grid.rows)) if self.grid.rows else None

    def arrange(self, looked: Looked, near: str | None = None) -> None:
        self.looked = looked
        self._ask("arrange", view=looked.view, search=looked.search, near=near, rows=SCREEN)

    def _enter(self, place: int, near: str | None = None) -> None:
        self._ask("enter", order=self.grid.order, place=place, near=near, rows=SCREEN)

    def _scroll(self, chance: random.Random) -> None:
        if rows := self.grid.page["rows"]:
            start = chance.randrange(rows)
            self._window(start, start + chance.randint(1, 2 * SCREEN))

    def _window(self, start: int, end: int) -> None:
        self._ask("window", order=self.grid.order, **{"from": start, "to": end})

    def _ask(self, kind: str, **words: Any) -> None:
        self.asked_in_all = getattr(self, "asked_in_all", 0) + 1
        frame = {"type": kind, "ref": f"w{self.asked_in_all}", **words}
        if self._write(frame):
            self.waiting[frame["ref"]] = frame

    # --- hearing -----------------------------------------------------------------------------

    def _merge(self, frame: Frame) -> None:
        kind, ref = frame["type"], frame.get("ref")
        if kind == "hello":
            self.waiting.clear()
        if kind == "error" and ref in self.waiting:
            self._refused(frame, self.waiting.pop(ref))
            return
        top = self.grid.asked.get(min(self.grid.asked, default=0))
        super()._merge(frame)
        if kind == "rows" and frame["done"]:
            self.arrange(self.looked, top)
        elif kind == "part" or (kind == "page" and not frame["rows"]):
            self.waiting.pop(ref, None)

    def _refused(self, frame: Frame, request: Frame) -> None:
        arranging = any(one["type"] == "arrange" for one in self.waiting.values())
        if frame["code"] == "no_order" and not arranging:
            self.arrange(self.looked)
        elif frame["code"] == "failed" and self._at in self.house.ending:
            self._cut(True)
        elif frame["code"] not in ("no_order", "superseded"):
            self.faults.append(f"{self} asked {request} and got {frame}")

    @property
    def is_settled(self) -> bool:
        return super().is_settled and not self.waiting and self.grid.is_known

    # --- when all is quiet -------------------------------------------------------------------

    async def audit(self, chance: random.Random) -> None:
        """Arrange anew, as nobody else does, and ask for the whole of some page."""
        own = f"{next(_audits):b}".translate({48: " ", 49: "\t"})
        search = self.looked.search.strip() + own
        self.arrange(Looked(self.looked.sorts, self.looked.filters, search))
        await self._settles()
        self._enter(chance.randrange(self.grid.known["count"] + 1))
        await self._settles()
        rows, most = self.grid.page["rows"], self.grid.hello["limits"]["window"]
        for start in range(0, rows, most):
            self._window(start, min(rows, start + most))
        await self._settles()

    async def _settles(self) -> None:
        deadline = time.monotonic() + AUDIT_SECONDS
        while not self.is_settled:
            if time.monotonic() > deadline:
                self.faults.append(f"{self} still waits for {self.waiting}, {self.grid.known}")
                return
            await asyncio.sleep(0.02)
