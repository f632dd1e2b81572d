"""What clients of windows sort, filter and search by, and which rows that should leave."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.faults.oracle.grid import Grid
from tests.faults.site.personas import RELATIONS, SECRET

# Sorted by these, rows have places that can be told without asking a database; what texts and
# labels are sorted by is compared with the widget elsewhere.
EXACT = {"stock": int, "price": Decimal, "tenant": int}
SORTED = ("stock", "price", "tenant", "name", "note", "maker", "ware", "ratio", "seal")
# Texts of wishes and parts of random numbers; and what nothing that is shown holds.
NEEDLES = ("wish", "ab", "c", "d4", "zq", "qz ")
SEARCHES = ("", "", "", "wish", SECRET[:8])
# Where labels may hold the former, too.
BLIND_SEARCHES = ("", "", "", SECRET[:8])

Row = list[Any]


@dataclass
class Looked:
    """A view as it was asked for. `search` may have spaces behind it, for an order of its own."""

    sorts: list[dict[str, Any]] = field(default_factory=list)
    filters: list[dict[str, Any]] = field(default_factory=list)
    search: str = ""

    @property
    def view(self) -> dict[str, Any]:
        return {"sorts": self.sorts, "filters": self.filters}

    @property
    def is_exact(self) -> bool:
        return all(sort["column"] in EXACT for sort in self.sorts)

    def rows(self, rows: dict[str, Row], columns: tuple[str, ...]) -> list[str]:
        """The keys that it shows of these rows; in order where that is known."""
        cells = {pk: dict(zip(columns, row[1:], strict=True)) for pk, row in rows.items()}
        shown = [pk for pk, row in cells.items() if self._holds(row)]
        if not self.is_exact or not all(pk.isdecimal() for pk in shown):
            return shown
        shown.sort(key=int)
        for sort in reversed(self.sorts):
            name = sort["column"]
            at, kind = 1 + columns.index(name), EXACT[name]
            shown.sort(key=lambda pk: kind(rows[pk][at]), reverse=sort["descending"])
        return shown

    def _holds(self, row: dict[str, Any]) -> bool:
        text = self.search.strip()
        if text and not any(text in str(row[n]).lower() for n in ("name", "note") if n in row):
            return False
        entries = (entry.get("any", [entry]) for entry in self.filters)
        return all(any(_holds(one, row[one["column"]]) for one in entry) for entry in entries)


def _holds(condition: dict[str, Any], value: Any) -> bool:
    return HOLDS[condition["kind"]](value, condition)


def _said(value: Any) -> str:
    return str(value or "").lower()


def _among(value: Any, condition: dict[str, Any]) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(str(one) in condition["values"] for one in values if one is not None) or (
        "" in condition["values"] and value in (None, "", [])
    )


HOLDS: dict[str, Callable[[Any, dict[str, Any]], bool]] = {
    "contains": lambda value, asked: asked["text"] in _said(value),
    "lacks": lambda value, asked: asked["text"] not in _said(value),
    "starts": lambda value, asked: _said(value).startswith(asked["text"]),
    "lt": lambda value, asked: Decimal(value) < Decimal(asked["text"]),
    "gte": lambda value, asked: Decimal(value) >= Decimal(asked["text"]),
    "range": lambda value, asked: int(asked["from"]) <= int(value) <= int(asked["to"]),
    "empty": lambda value, _asked: value in (None, "", []),
    "filled": lambda value, _asked: value not in (None, "", []),
    "in": _among,
    "out": lambda value, asked: not _among(value, asked),
}


# --- chosen by chance ------------------------------------------------------------------------


def some_view(chance: random.Random, grid: Grid) -> Looked:
    """Of the columns that a client sees, with the labels that it knows."""
    if "secret" in grid.columns:  # what that sheet shows is computed, and compared by nothing
        return Looked()
    names = [name for name in SORTED if name in grid.columns]
    sorts = [
        {"column": name, "descending": chance.random() < 0.5}
        for name in chance.sample(names, min(len(names), chance.choice([0, 1, 1, 2])))
    ]
    entries = [_entry(chance, grid) for _ in range(chance.choice([0, 0, 1, 1, 2]))]
    searches = BLIND_SEARCHES if "ware" in grid.columns else SEARCHES
    return Looked(sorts, [entry for entry in entries if entry], chance.choice(searches))


def _entry(chance: random.Random, grid: Grid) -> dict[str, Any]:
    if chance.random() < 0.25:
        return {"any": [_condition(chance, grid), _condition(chance, grid)]}
    return _condition(chance, grid)


def _condition(chance: random.Random, grid: Grid) -> dict[str, Any]:
    known = ("stock", "price", "name", "note", *RELATIONS)
    name = chance.choice([name for name in known if name in grid.columns])
    return {"column": name, **_asked(chance, name, grid)}


def _asked(chance: random.Random, name: str, grid: Grid) -> dict[str, Any]:
    if name in ("stock", "price"):
        low = chance.randrange(90)
        if name == "stock" and chance.random() < 0.4:
            return {"kind": "range", "from": str(low), "to": str(low + 20)}
        return {"kind": chance.choice(["lt", "gte"]), "text": str(low)}
    if chance.random() < 0.2:
        return {"kind": chance.choice(["empty", "filled"])}
    if name in RELATIONS:
        keys = sorted(grid.labels.get(name, {}))
        some = chance.sample(keys, min(len(keys), chance.randint(1, 4)))
        return {"kind": chance.choice(["in", "out"]), "values": [*some, ""][-4:]}
    return {"kind": chance.choice(["contains", "lacks", "starts"]), "text": chance.choice(NEEDLES)}
