"""Ranges as texts, and back to what Django's fields read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from livesheet.exceptions import LiveSheetError
from livesheet.wire import ranges


@dataclass
class Range:
    """As the drivers of PostgreSQL have it."""

    lower: Any = None
    upper: Any = None
    bounds: str = "[)"
    isempty: bool = False

    @property
    def lower_inc(self) -> bool:
        return self.bounds[0] == "["

    @property
    def upper_inc(self) -> bool:
        return self.bounds[1] == "]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (Range(1, 10), "[1,10)"),
        (Range(None, 10, "(]"), "(,10]"),
        (Range(0, None), "[0,)"),
        (Range(isempty=True), "empty"),
    ],
)
def test_as_a_text(value: Any, text: str | None) -> None:
    assert ranges.to_wire(value, str) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("[1,10)", {"lower": "1", "upper": "10", "bounds": "[)"}),
        (" ( , 2026-01-01 ] ", {"lower": None, "upper": "2026-01-01", "bounds": "(]"}),
        ("Empty", {"empty": True}),
    ],
)
def test_as_a_field_reads_it(text: str, read: dict[str, Any]) -> None:
    assert json.loads(ranges.of_wire(text)) == read


@pytest.mark.parametrize("text", ["", "1-10", "[1;10)", "[1,10"])
def test_what_is_no_range_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(LiveSheetError, match=r"such as \[1,10\)"):
        ranges.of_wire(text)


def test_what_is_no_text_is_left_to_the_serializer() -> None:
    assert ranges.of_wire(None) is None
    assert ranges.of_wire([1, 2]) == [1, 2]
