"""A set of primary keys in little memory behaves as a set of texts."""

from __future__ import annotations

import random
import sys

import pytest

from livesheet.feed.pksets import MERGE_AT, PkSet


def test_it_behaves_as_a_set_of_texts() -> None:
    chance = random.Random(7)
    texts = ["A-17", "", "-", "007", "+1", "1.5", "٣", str(2**63), str(-(2**63) - 1), "9" * 30]
    universe = [*map(str, range(-50, 5_000)), str(2**63 - 1), str(-(2**63)), *texts]
    ours, theirs = PkSet(), set[str]()
    for _ in range(60):
        some = chance.sample(universe, 300)
        ours.update(some)
        theirs.update(some)
        for pk in chance.sample(universe, 40):
            ours.discard(pk)
            theirs.discard(pk)
    assert len(ours) == len(theirs) > MERGE_AT
    assert {pk for pk in universe if pk in ours} == theirs


def test_a_number_written_otherwise_is_another_key() -> None:
    pks = PkSet(["7"])
    assert "7" in pks
    assert [pk for pk in ("07", "+7", "7 ", "7.0", "٧") if pk in pks] == []


@pytest.mark.parametrize("start", [0, -100_000, 2**63 - 100_000, -(10**17)])
def test_a_hundred_thousand_rows_cost_less_than_three_megabytes(start: int) -> None:
    pks = PkSet(map(str, range(start, start + 100_000)))
    assert len(pks) == 100_000
    held = [getattr(pks, name) for name in vars(pks)]
    assert sum(map(sys.getsizeof, held)) < 3_000_000


def test_marks_stay_with_their_keys() -> None:
    pks = PkSet(["A-17"])
    for number in range(3_000):
        pks.mark(str(number), number * 7 - 5)
    pks.update(["5", "B"])
    pks.mark("6", -(2**63))
    pks.discard("7")
    assert [pks.mark_of(pk) for pk in ("5", "6", "7", "A-17", "B", "2999")] == [
        30, -(2**63), None, 0, 0, 2999 * 7 - 5,
    ]  # fmt: skip
    assert set(pks) == {*map(str, range(3_000)), "A-17", "B"} - {"7"}


def test_many_that_are_blended_at_once_are_as_one_by_one() -> None:
    chance = random.Random(7)
    some = [str(chance.randrange(-50, 400)) for _ in range(300)]
    for keys in (list(map(str, range(1, 300))), [*map(str, range(300, 1, -1))], ["x", *some], some):
        at_once, singly = PkSet(), PkSet()
        for mark in (5, 5, 6):
            for part in (keys[:150], keys[:150], keys[100:]):
                at_once.blend_all([(key, mark if key > "2" else 9) for key in part])
                for key in part:
                    singly.blend(key, mark if key > "2" else 9)
        assert {k: at_once.mark_of(k) for k in at_once} == {k: singly.mark_of(k) for k in singly}
        assert list(at_once._numbers) == sorted(at_once._numbers)
