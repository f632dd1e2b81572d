"""A leak: something that was told to a user who may not know it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAKS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Leak:
    """``door`` is a frame's type, the question that was answered, a method of REST, or the log."""

    to: str
    of: str
    canary: str
    door: str
    told: str

    def __str__(self) -> str:
        return f"{self.to} was told {self.canary!r} of {self.of} by {self.door}: {self.told}"


class Lines(logging.Handler):
    """All that is logged, with tracebacks and the facts beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{logging.Formatter().format(record)} {vars(record)}")


def keys_sent(frames: Sequence[Mapping[str, Any]]) -> set[str]:
    """Of the rows that a client was sent."""
    return {row[0] for f in frames if f["type"] in ("rows", "change", "part") for row in f["rows"]}


def keys_named(frame: Mapping[str, Any], has_claimed: bool) -> set[str]:
    """Keys of rows that a frame names without their values.

    To whom claims to have had rows it is said that they are gone, whoever's they are.
    """
    result = frame.get("result") or {}
    named = [] if has_claimed else [*frame.get("gone", ())]
    named += [*frame.get("by", ()), *result.get("pks", ()), *frame.get("keys", ())]
    named += [row[0] for row in result.get("rows", ())]
    named += [ref[2] for ref in frame.get("refs", ()) if len(ref) > 2]
    return {*named, *(person.get("pk") for person in frame.get("here", ()))}


def report(leaks: Sequence[Leak]) -> str:
    """The first leak of each door and reader, and how many there were."""
    first = {(leak.to, leak.of, leak.door): leak for leak in reversed(leaks)}
    shown = list(map(str, reversed(first.values())))[:LEAKS_SHOWN]
    return "\n".join([f"{len(leaks)} leaks:", *shown])
