"""A page keeps the keys of its rows in little memory, and gives back the very same texts."""

from __future__ import annotations

import sys

import pytest

from livesheet.feed.following import PIECE, Page

NUMBERS = [str(number) for number in range(990, 990 + 3 * PIECE)]


@pytest.mark.parametrize(
    "odd", ["007", "0", "-5", "\u0663", "+1", "A-17", "", str(2**63), "9" * 30, " 7"]
)
def test_every_key_comes_back_as_it_was(odd: str) -> None:
    keys = [*NUMBERS[:1_500], odd, *NUMBERS[1_500:]]
    page = Page(70, keys)
    assert len(page) == len(keys)
    assert page.part(0, len(keys)) == keys
    assert page.part(1_490, 1_510) == keys[1_490:1_510]


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, PIECE), (PIECE - 1, PIECE + 1), (5, 5), (PIECE, 3 * PIECE)]
)
def test_a_part_begins_and_ends_where_it_was_asked_for(start: int, end: int) -> None:
    assert Page(0, NUMBERS).part(start, end) == NUMBERS[start:end]


def test_numbers_take_eight_bytes_each() -> None:
    page = Page(0, NUMBERS)
    assert sum(map(sys.getsizeof, page._pieces)) < 10 * len(NUMBERS)
