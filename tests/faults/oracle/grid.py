"""What a client shows: the widget's own rules for the server's frames, and no more."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

# What the frame takes besides.
OPEN_BYTES = 256

Frame = dict[str, Any]


@lru_cache(maxsize=32)
def parsed(text: str) -> Frame:
    """The frame, to be looked at only: an audience's clients are sent the same text."""
    frame: Frame = json.loads(text)
    return frame


class Grid:
    """As `incoming.js` and `rows.js` have it. `rows` are by key, each column → value."""

    def __init__(self) -> None:
        self.hello: Frame = {}
        self.columns: list[str] = []
        self.rows: dict[str, list[Any]] = {}
        self.labels: dict[str, dict[str, str]] = {}
        self.cursor: str | None = None
        self.resets = 0
        self._snapshot: set[str] | None = None

    # --- in ----------------------------------------------------------------------------------

    def take(self, frame: Frame) -> bool:
        """Take in a frame. Returns whether the copy is whole with it."""
        kind = frame["type"]
        if kind == "hello":
            self._hello(frame)
        elif kind == "labels":
            self.labels.setdefault(frame["column"], {}).update(frame["labels"])
        elif kind == "rows":
            return self._rows(frame)
        elif kind == "change":
            self._change(frame)
            return True
        return False

    def _hello(self, frame: Frame) -> None:
        names = [column["name"] for column in frame["columns"]]
        if self.hello and names != self.columns:
            self.rows.clear()
        self.hello, self.columns = frame, names

    def _rows(self, frame: Frame) -> bool:
        if frame["reset"] or self._snapshot is None:
            self._snapshot, self.cursor = set(), None
            self.resets += 1
        self.rows.update((row[0], row) for row in frame["rows"])
        self._snapshot.update(row[0] for row in frame["rows"])
        if frame["done"]:
            self.rows = {pk: row for pk, row in self.rows.items() if pk in self._snapshot}
            self._snapshot, self.cursor = None, frame["cursor"]
        return bool(frame["done"])

    def _change(self, frame: Frame) -> None:
        self.cursor = frame["cursor"]
        self.rows.update((row[0], row) for row in frame["rows"])
        for pk in frame["gone"]:
            self.rows.pop(pk, None)

    def restart(self) -> None:
        """A new line: a snapshot that was cut off will not go on."""
        self._snapshot = None

    # --- out ---------------------------------------------------------------------------------

    def opening(self, client: str) -> Frame:
        have = None if self.cursor is None else self._have()
        return {
            "type": "open", "client": client, "have": have, "digest": self.hello.get("digest"),
            "cursor": None if have is None else self.cursor,
        }  # fmt: skip

    def _have(self) -> list[Any] | None:
        if len(self.rows) > self.hello["limits"]["have"]:
            return None
        numbers = sorted(int(pk) for pk in self.rows if pk.isdecimal() and len(pk) < 16)
        runs: list[list[Any]] = []
        for number in numbers:
            if runs and number == int(runs[-1][0]) + runs[-1][1]:
                runs[-1][1] += 1
            else:
                runs.append([str(number), 1])
        have = [*runs, *(pk for pk in self.rows if not (pk.isdecimal() and len(pk) < 16))]
        fits = len(json.dumps(have)) + OPEN_BYTES <= self.hello["limits"]["frame_bytes"]
        return have if fits else None

    def value(self, pk: str, column: str) -> Any:
        return self.rows[pk][1 + self.columns.index(column)]


def named(frame: Frame) -> set[str]:
    """Every key that a frame tells of."""
    if frame["type"] == "part":
        return set(frame["keys"])
    if frame["type"] not in ("rows", "change"):
        return set()
    keys = {row[0] for row in frame["rows"]}
    if frame["type"] == "change":
        keys |= {*frame["gone"], *frame["by"], *(ref[2] for ref in frame["refs"] if len(ref) > 2)}
    return keys
