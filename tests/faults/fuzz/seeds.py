"""Frames to begin with: the examples of the protocol, and what a well-behaved client would send."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

EXAMPLES = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[2] / "frames").glob("client.*.json"))
]
FOREIGN_COLUMNS = ("owner", "slug", "secret", "pk", "id", "stock", "email", "__class__", "")
TYPED = ("12.50", True, None, 7, "2026-05-04", "piece", [], {"$text": "oak-supplier-1"}, "new text")


@dataclass
class Client:
    """What one client knows: its sheet's columns, rows that it sees and rows that it does not."""

    columns: list[str] = field(default_factory=list)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    cursor: str | None = None
    refs: int = 0

    def take(self, frame: dict[str, Any]) -> None:
        """A ``hello``, ``rows``, ``change`` or ``beat`` of the server."""
        self.cursor = frame.get("cursor") or self.cursor
        if frame["type"] == "hello":
            self.columns = [column["name"] for column in frame["columns"]]
        for row in frame.get("rows", ()):
            self.rows[row[0]] = row
        for pk in frame.get("gone", ()):
            self.rows.pop(pk, None)

    def ref(self) -> str:
        self.refs += 1
        return f"r{self.refs}"


class Seeds:
    """Valid frames of one client, of each type."""

    def __init__(self, dice: Random, client: Client) -> None:
        self.dice, self.client = dice, client
        self.kinds: list[Callable[[], dict[str, Any]]] = [
            self.edit, self.edit, self.edit, self.add, self.delete, self.ask, self.ask, self.at,
            self.ping, self.example,
        ]  # fmt: skip

    def frame(self) -> dict[str, Any]:
        return self.dice.choice(self.kinds)()

    def example(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(json.dumps(self.dice.choice(EXAMPLES)))
        return {**frame, "ref": self.client.ref()} if "ref" in frame else frame

    def pk(self) -> str:
        if self.dice.random() < 0.2 and self.client.foreign:
            return self.dice.choice(self.client.foreign)
        return self.dice.choice(list(self.client.rows) or ["1"])

    def column(self) -> str:
        if self.dice.random() < 0.05 or not self.client.columns:
            return self.dice.choice(FOREIGN_COLUMNS)
        return self.dice.choice(self.client.columns)

    def edit(self) -> dict[str, Any]:
        cells = [self._cell() for _n in range(self.dice.choice((1, 1, 1, 2, 5)))]
        atomic = self.dice.random() < 0.3
        return {"type": "edit", "ref": self.client.ref(), "cells": cells, "atomic": atomic}

    def _cell(self) -> list[Any]:
        pk, column = self.pk(), self.column()
        row, base = self.client.rows.get(pk), None
        if row is not None and column in self.client.columns:
            base = row[1 + self.client.columns.index(column)]
        value = self.dice.choice((base, self.dice.choice(TYPED)))
        return [pk, column, value, base]

    def add(self) -> dict[str, Any]:
        names = self.dice.sample(self.client.columns, min(2, len(self.client.columns)))
        row = {name: self.dice.choice(TYPED) for name in names}
        if "key" in self.client.columns:
            row["key"] = f"oak.{self.dice.randrange(10**6)}"
        elif "name" in self.client.columns:
            row["name"] = "a new one"
        return {"type": "add", "ref": self.client.ref(), "rows": [row], "atomic": False}

    def delete(self) -> dict[str, Any]:
        cursor = self.dice.choice((None, self.client.cursor))
        own = len(self.client.rows) > 8  # some must be left to be edited
        pk = self.pk() if own else self.dice.choice(self.client.foreign or ["1"])
        return {"type": "delete", "ref": self.client.ref(), "pks": [[pk, cursor]]}

    def ask(self) -> dict[str, Any]:
        about, query = self.dice.choice([
            ("history", {"pk": self.pk(), "column": None}),
            ("options", {"column": self.column(), "text": self.dice.choice(("", "oak", "ash"))}),
            ("recent", {"seconds": 600}),
            ("addresses", {"pk": self.pk()}),
            ("layout", {}),
            ("views", {}),
            ("view", {"id": "1"}),
            ("save_view", {"name": "Stock", "layout": {"hidden": ["name"]}, "shared": True}),
            ("delete_view", {"id": "1"}),
            ("keep_layout", {"layout": {"columns": [{"name": "name", "width": 100}]}}),
        ])  # fmt: skip
        return {"type": "ask", "ref": self.client.ref(), "about": about, "query": query}

    def at(self) -> dict[str, Any]:
        return {"type": "at", "pk": self.pk(), "column": self.column(), "editing": True}

    def ping(self) -> dict[str, Any]:
        return {"type": "ping", "cursor": self.client.cursor}
