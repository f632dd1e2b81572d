"""What a client wishes for: sent, sent again, doubled, and remembered until it is settled.

Each wish writes a note that nobody else writes, so that the database can be asked how often it
was carried out.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.oracle.grid import Frame, Grid
from tests.faults.site.personas import CANARIES, RELATIONS, SECRET, Persona, nested

# The widget waits twenty seconds before it asks for a late answer; here nobody has that long.
LATE_SECONDS = 2.0
MOST_CELLS = 20
UNWRITTEN = ("tenant", "verdict", "ratio", "seal")
WORDS = {"edit": "cells", "add": "rows", "delete": "pks"}


@dataclass
class Flight:
    """A frame under way. `open` are the cells or rows that are not settled, by their place."""

    frame: Frame
    results: list[Any] | None = None
    open: dict[int, str | None] = field(default_factory=dict)
    echoed: set[Any] = field(default_factory=set)
    sent_at: float = 0.0
    is_put_off: bool = False  # the server kept no record of it; it would be wished anew


class Wishes:
    """`send` says whether a frame went out. What went wrong is added to `faults`."""

    def __init__(self, persona: Persona, grid: Grid, send: Callable[[Frame], bool]) -> None:
        self.persona, self.grid, self.send = persona, grid, send
        self.client = secrets.token_hex(16)
        self.flights: dict[str, Flight] = {}
        self.answered: dict[str, Flight] = {}
        self.notes: dict[str, bool] = {}  # note → whether it is said to be saved
        self.deleted: set[str] = set()
        self.written: set[str] = set()  # keys of rows that a wish of this client was about
        self.faults: list[str] = []
        self._count = 0

    # --- wishing -----------------------------------------------------------------------------

    def wish(self, name: str, chance: random.Random) -> None:
        if name == "add":
            self._add(chance)
        elif not self.grid.rows:
            return
        elif name == "delete":
            pk = chance.choice(sorted(self.grid.rows))
            self._launch("delete", [[pk, chance.choice([None, self.grid.cursor])]], chance)
        elif name == "repeat":
            self._repeat(chance)
        else:
            self._edit(chance, 1 if name == "edit" else chance.randint(2, MOST_CELLS))

    def _edit(self, chance: random.Random, count: int) -> None:
        pks = chance.sample(sorted(self.grid.rows), min(count, len(self.grid.rows)))
        flying = (flight.frame.get("cells", ()) for flight in self.flights.values())
        taken = {tuple(cell[:2]) for cells in flying for cell in cells}
        cells = [cell for pk in pks if (cell := self._cell(pk, chance)) is not None]
        cells = [cell for cell in cells if tuple(cell[:2]) not in taken]
        if cells:
            self._launch("edit", cells, chance, atomic=chance.random() < 0.3)

    def _cell(self, pk: str, chance: random.Random) -> list[Any] | None:
        names = [name for name in self.grid.columns if name not in UNWRITTEN]
        column = chance.choice([*names, "note", "note"])
        if column in RELATIONS and self.persona.tenant is None:
            return None  # whose they are cannot be told from their keys
        return [pk, column, self._value(pk, column, chance), self.grid.value(pk, column)]

    def _value(self, pk: str, column: str, chance: random.Random) -> Any:
        if column == "stock":
            return chance.randrange(100)
        if column in ("secret", "pin"):
            return f"{SECRET} {chance.randrange(10**6)}"
        if column == "data":
            return nested(chance.choice([0, 2, 20, 60, 120]), chance.choice([1, "a", True, 2**60]))
        if column == "price":
            return f"{chance.randrange(10**6) / 100:.2f}"
        if column in RELATIONS:
            known = sorted(self.grid.labels.get(column, {}))
            if column == "marks":
                return chance.sample(known, min(len(known), chance.randrange(4)))
            return chance.choice([None, *known])
        return self._text(self._tenant_of(pk))

    def _tenant_of(self, pk: str) -> int:
        mine = self.persona.tenant
        return int(self.grid.value(pk, "tenant")) if mine is None else mine

    def _text(self, tenant: int) -> str:
        return f"{CANARIES[tenant]} wish {self.client[:8]} {secrets.token_hex(6)}"

    def _add(self, chance: random.Random) -> None:
        tenant = self.persona.tenant or 0
        rows = [self._row(tenant) for _ in range(chance.choice([1, 1, 1, 5]))]
        self._launch("add", rows, chance, atomic=chance.random() < 0.3)

    def _row(self, tenant: int) -> dict[str, Any]:
        row: dict[str, Any] = {"note": self._text(tenant)}
        if "name" in self.grid.columns:
            row["name"] = self._text(tenant)
        return row

    def _launch(self, kind: str, items: list[Any], chance: random.Random, **more: Any) -> None:
        self._count += 1
        ref = f"{kind[0]}{self._count}"
        flight = Flight({"type": kind, "ref": ref, WORDS[kind]: items, **more})
        flight.open = dict(enumerate(_notes(kind, items)))
        self.flights[ref] = flight
        self.written |= {cell[0] for cell in items if isinstance(cell, list)}
        self._send(flight)
        if chance.random() < 0.2:
            self._send(flight)

    def _repeat(self, chance: random.Random) -> None:
        """Say again what was answered long ago."""
        if known := sorted(ref for ref, one in self.answered.items() if not one.is_put_off):
            self._send(self.answered[chance.choice(known)])

    def _send(self, flight: Flight) -> None:
        if self.send(flight.frame):
            flight.sent_at = time.monotonic()

    def unsure(self) -> Iterator[str]:
        """Notes of which nothing was heard before the page was closed."""
        for flight in self.flights.values():
            if flight.results is None:
                yield from filter(None, flight.open.values())

    # --- hearing -----------------------------------------------------------------------------

    def resume(self) -> None:
        for flight in list(self.flights.values()):
            self._send(flight)

    def nudge(self) -> None:
        for flight in list(self.flights.values()):
            if time.monotonic() - flight.sent_at > LATE_SECONDS:
                self._send(flight)

    def take(self, frame: Frame) -> None:
        if frame["type"] == "reply":
            self._reply(frame)
        elif frame["type"] == "error" and frame.get("ref"):
            self._refused(frame)
        elif frame["type"] == "change":
            self._change(frame)

    def _refused(self, frame: Frame) -> None:
        flight = self.flights.pop(frame["ref"], None)
        for note in (flight.open if flight else {}).values():
            self._note(note, False)

    def _reply(self, frame: Frame) -> None:
        flight = self.flights.get(frame["ref"]) or self.answered.get(frame["ref"])
        if flight is None:
            self.faults.append(f"a reply to a wish that nobody had: {frame}")
            return
        said = [_verdict(result) for result in frame["results"]]
        flight.is_put_off |= any(error["code"] == "retry" for error in frame["errors"])
        if flight.results is None:
            flight.results = said
            self._verdicts(flight, said)
        elif said != flight.results:
            self.faults.append(f"{flight.frame} was answered {flight.results}, then {said}")
        for n, result in enumerate(said):
            if result == "refused" or result == "unchanged" or frame["settled"]:
                flight.open.pop(n, None)
        self._finish(flight)

    def _verdicts(self, flight: Flight, said: list[Any]) -> None:
        for n, result in enumerate(said):
            saved = result not in ("refused", "unchanged")
            self._note(flight.open.get(n), saved)
            if saved and flight.frame["type"] == "delete":
                self.deleted.add(flight.frame["pks"][n][0])

    def _note(self, note: str | None, saved: bool) -> None:
        if note is not None:
            self.notes[note] = saved

    def _change(self, frame: Frame) -> None:
        keys = {*(row[0] for row in frame["rows"]), *frame["gone"]}
        for client, ref, *more in frame["refs"]:
            flight = self.flights.get(ref) if client == self.client else None
            if client == self.client:
                self.written |= {more[0]} if more else set()
            if flight is not None:
                flight.echoed |= {more[1]} if more else keys
                self._finish(flight)

    def _finish(self, flight: Flight) -> None:
        """A cell is settled by its answer and by the change that bears its ref."""
        if flight.results is None:
            return
        for n in list(flight.open):
            item = flight.frame[WORDS[flight.frame["type"]]][n]
            if (n if flight.frame["type"] == "add" else item[0]) in flight.echoed:
                del flight.open[n]
        if not flight.open:
            ref = flight.frame["ref"]
            self.flights.pop(ref, None)
            self.answered[ref] = flight


def _notes(kind: str, items: list[Any]) -> Iterator[str | None]:
    for item in items:
        if kind == "add":
            yield item["note"]
        else:
            yield item[2] if kind == "edit" and item[1] == "note" else None


def _verdict(result: Any) -> Any:
    """As it must be each time; messages may be in other words."""
    if isinstance(result, dict) and "pk" in result:
        return result["pk"]
    return "refused" if isinstance(result, dict) else result
