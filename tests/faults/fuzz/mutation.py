"""Frames that no client would send, made of those that one would."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**99, 1e308, -0.0, 1e-320,
    0.1, "", " ", "0", "-1", "null", "NaN", "1e999", "\0", "a\0b", "\u2028", "\u202e", "\ufeff",
    "e\u0301", "👩‍👩‍👧", "ß" * 50, "x" * 101, "x" * 5_000, "9" * 400, "0.0000001", "%s",
    "' OR 1=1 --", "../../etc/passwd", "<script>alert(1)</script>", "=cmd()", "[1,10)",
    "9999-99-99", "0000-00-00", "10000-01-01T00:00:00Z", "24:60:60", "P99999999999D", "::1",
    "http://[", "é@é",
    [], {}, [[]], [None], {"": None}, {"$text": ""}, {"$text": "oak-tag-1, oak-tag-2, \""},
    {"$text": "{"}, {"$text": "[" * 200}, {"$text": None}, {"$text": "1" * 200}, ["1"] * 50,
    {"__class__": "x"}, {"pk": 1}, ["1", "1"], [1, 2], [[1, 10_000]], [["1", 2**63]],
)  # fmt: skip
RAW = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 101, "9" * 5_000, "1" + "0" * 99,
    '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', "0.1e-400", "01", "+1", ".5", "0x10", "'x'",
    "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40, "[" * 3_000, "undefined", "tru", "\\", "",
)  # fmt: skip
KINDS = ("open", "edit", "add", "delete", "at", "ping", "ask", "hello", "reply", "bye", "", "edti")

Frame = dict[str, Any]


class Mutation:
    """``text(frame)`` is the frame, changed in one to three ways, as it goes over the line."""

    def __init__(self, dice: Random, share_of_wild: float = 0.7) -> None:
        self.dice, self.share_of_wild = dice, share_of_wild
        self.of_frames: list[Callable[[Frame], None]] = [
            self.replace, self.replace, self.replace, self.remove, self.rename, self.repeat,
            self.nest, self.retype, self.swap,
        ]  # fmt: skip
        self.of_texts: list[Callable[[str], str]] = [
            self.raw, self.raw, self.duplicate_key, self.flip, self.insert, self.cut, self.double,
            self.splice, self.pad,
        ]  # fmt: skip
        self.former = "{}"

    def text(self, frame: Frame) -> str:
        # Most are damaged in both ways, which the decoder sees; the others go deeper.
        wildly, by_text = self.dice.random() < self.share_of_wild, self.dice.random() < 0.5
        if wildly or not by_text:
            for _n in range(self.dice.choice((0, 1, 1, 2, 3))):
                self.dice.choice(self.of_frames)(frame)
        text = json.dumps(frame, ensure_ascii=self.dice.random() < 0.5)
        if wildly or by_text:
            text = self.dice.choice(self.of_texts)(text)
        self.former = text[:5_000]
        return text

    # --- by structure ------------------------------------------------------------------------

    def place(self, frame: Frame) -> tuple[Any, Any]:
        """A list or an object somewhere inside, and a place in it."""
        at: Any = frame
        while True:
            keys: Any = list(at) if isinstance(at, dict) else range(len(at))
            if not keys:
                frame["type"] = ""
                return frame, "type"
            key = self.dice.choice(keys)
            inner = at[key]
            if not isinstance(inner, dict | list) or not inner or self.dice.random() < 0.25:
                return at, key
            at = inner

    def replace(self, frame: Frame) -> None:
        at, key = self.place(frame)
        at[key] = deepcopy(self.dice.choice(STRANGE))

    def remove(self, frame: Frame) -> None:
        at, key = self.place(frame)
        del at[key]

    def rename(self, frame: Frame) -> None:
        at, key = self.place(frame)
        if isinstance(at, dict):
            at[str(self.dice.choice(STRANGE))[:200]] = at.pop(key)

    def repeat(self, frame: Frame) -> None:
        at, key = self.place(frame)
        if isinstance(at, list):
            at.extend([at[key]] * self.dice.choice((1, 1, 2, 2, 30, 520)))

    def nest(self, frame: Frame) -> None:
        at, key = self.place(frame)
        for _n in range(self.dice.choice((1, 2, 11, 12, 31, 32, 33, 120))):
            at[key] = [at[key]] if self.dice.random() < 0.5 else {"a": at[key]}

    def retype(self, frame: Frame) -> None:
        frame["type"] = self.dice.choice(KINDS)

    def swap(self, frame: Frame) -> None:
        (a, one), (b, other) = self.place(frame), self.place(frame)
        a[one], b[other] = deepcopy(b[other]), deepcopy(a[one])

    # --- by character ------------------------------------------------------------------------

    def at(self, text: str) -> int:
        return self.dice.randrange(len(text) + 1)

    def raw(self, text: str) -> str:
        """Something that is no JSON, or hardly, in the place of a value."""
        colon = text.find(":", self.at(text))
        end = text.find(",", colon)
        raw = self.dice.choice(RAW)
        return text[: colon + 1] + raw + (text[end:] if end > 0 else "}")

    def duplicate_key(self, text: str) -> str:
        key = self.dice.choice(("type", "ref", "cells", "pks", "rows", "query", "client"))
        value = json.dumps(self.dice.choice(STRANGE))
        return f'{{"{key}":{value},{text[1:-1]},"{key}":{value}}}'

    def flip(self, text: str) -> str:
        n = self.at(text)
        return text[:n] + self.dice.choice('\0",:[\\]}\x7f\u2028') + text[n + 1 :]

    def insert(self, text: str) -> str:
        n = self.at(text)
        return text[:n] + self.dice.choice(RAW) + text[n:]

    def cut(self, text: str) -> str:
        return text[: self.at(text)]

    def double(self, text: str) -> str:
        first, last = sorted((self.at(text), self.at(text)))
        return text[:last] + text[first:]

    def splice(self, text: str) -> str:
        return text[: self.at(text)] + self.former[self.at(self.former) :]

    def pad(self, text: str) -> str:
        return self.dice.choice((" ", "\n", "\t")) * self.dice.choice((1, 500, 66_000)) + text
