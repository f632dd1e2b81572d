"""What has survived the garbage collector is left out of its next looks, and not for ever."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from livesheet.feed import garbage
from livesheet.feed.garbage import Sparing, is_wanted


class Knot:
    """Only the collector finds out that nobody needs it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def sparing(settings: Any) -> Iterator[Sparing]:
    settings.LIVESHEET = {"SPARE_GARBAGE": True}
    found = Sparing()
    found.begin()
    yield found
    found.end()


def test_a_look_leaves_out_what_was_there_already(sparing: Sparing) -> None:
    loaded = gc.get_freeze_count()
    assert loaded > 50_000  # Django, the tests and all that they have imported
    assert len(gc.get_objects()) < loaded / 10
    kept = [[n] for n in range(30_000)]
    gc.collect()
    assert len(gc.get_objects()) < len(kept) / 10  # as open sockets are, after one look


def test_a_look_does_not_count_what_it_leaves_out(
    sparing: Sparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.collect()
    counted: list[int] = []

    def count() -> int:
        counted.append(1)
        return 0

    monkeypatch.setattr("gc.get_freeze_count", count)
    for _look in range(3):
        gc.collect()
    assert not counted  # it would walk through all of it, and the loop would stand still


def test_what_nobody_needs_any_more_is_found_all_the_same(sparing: Sparing) -> None:
    fresh = weakref.ref(Knot())
    gc.collect()
    assert fresh() is None


def test_what_was_left_out_is_looked_at_again_when_there_is_much_more(
    sparing: Sparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    knot = Knot()
    gc.collect()
    left, knot = weakref.ref(knot), Knot()
    gc.collect()
    assert left() is not None  # it was held at the time, and is found later
    kept = [[n] for n in range(sys.getallocatedblocks())]
    for _look in range(2):
        gc.collect()
    assert left() is None
    assert len(gc.get_objects()) < len(kept) / 10  # and what is left is left out again


def test_or_when_an_hour_has_passed(sparing: Sparing, monkeypatch: pytest.MonkeyPatch) -> None:
    knot = Knot()
    gc.collect()
    left, knot = weakref.ref(knot), Knot()
    monkeypatch.setattr(garbage, "WHOLE_SECONDS", 0.0)
    for _look in range(2):
        gc.collect()
    assert left() is None


def test_what_belongs_to_open_sockets_is_left_out_soon_and_is_no_growth(sparing: Sparing) -> None:
    knot = Knot()
    gc.collect()
    left, knot = weakref.ref(knot), Knot()
    loaded = sys.getallocatedblocks()
    kept: list[list[list[int]]] = []
    while len(kept) * garbage.OF_A_SOCKET < loaded:
        kept.append([[n] for n in range(garbage.OF_A_SOCKET // 3 - 10)])  # three blocks each
        sparing.entered()
    assert len(gc.get_objects()) < 3 * garbage.SOCKETS * garbage.OF_A_SOCKET
    for _look in range(2):
        gc.collect()
    assert left() is not None  # nothing was looked at again
    for _socket in kept:
        sparing.left()  # but its objects are still there
    for _look in range(2):
        gc.collect()
    assert left() is None


def test_with_the_last_feed_everything_is_as_before(sparing: Sparing) -> None:
    sparing.begin()
    sparing.end()
    assert gc.get_freeze_count() > 50_000
    sparing.end()
    assert gc.get_freeze_count() == 0
    assert sparing._looked not in gc.callbacks
    sparing.begin()


# Since 3.14 Python examines a part of what is new at a time.
only_at_once = pytest.mark.skipif(
    gc.get_threshold() not in garbage.BY_DEFAULT, reason="this Python looks by parts"
)


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


@only_at_once
def test_new_objects_are_looked_at_when_their_work_is_over(sparing: Sparing) -> None:
    gc.collect()
    work = [[n] for n in range(garbage.AFTER_WORK * 3)]  # Python would have looked three times
    assert gc.get_count()[0] > garbage.AFTER_WORK * 3
    knot = weakref.ref(Knot())
    sparing.worked()
    assert knot() is None
    assert gc.get_count()[0] < garbage.AFTER_WORK < len(work)
    few = weakref.ref(Knot())
    sparing.worked()
    assert few() is not None  # not worth a look


@only_at_once
def test_and_at_the_latest_when_there_are_many(sparing: Sparing) -> None:
    knot = weakref.ref(Knot())
    kept = [[n] for n in range(garbage.AT_WORK + 1_000)]
    assert knot() is None
    assert len(kept) > garbage.AT_WORK


@only_at_once
def test_thresholds_are_python_s_again_with_the_last_feed(
    sparing: Sparing, thresholds: tuple[int, int, int]
) -> None:
    assert gc.get_threshold() == (garbage.AT_WORK, *thresholds[1:])
    sparing.end()
    assert gc.get_threshold() in garbage.BY_DEFAULT
    sparing.begin()


@pytest.mark.usefixtures("thresholds")
def test_a_project_s_own_thresholds_stay(sparing: Sparing) -> None:
    sparing.end()
    gc.set_threshold(5_000, 20, 20)
    sparing.begin()
    assert gc.get_threshold() == (5_000, 20, 20)
    work, knot = [[n] for n in range(garbage.AFTER_WORK + 100)], weakref.ref(Knot())
    sparing.worked()
    assert knot() is not None  # nothing is looked at besides
    sparing.end()
    assert gc.get_threshold() == (5_000, 20, 20)
    assert work
    sparing.begin()


def test_by_itself_only_where_nobody_else_cares_for_it(settings: Any) -> None:
    settings.LIVESHEET, settings.DEBUG = {}, False
    gc.unfreeze()
    assert is_wanted()
    settings.DEBUG = True
    assert not is_wanted()
    settings.DEBUG = False
    gc.disable()
    try:
        assert not is_wanted()
    finally:
        gc.enable()
    gc.freeze()
    try:
        assert not is_wanted()  # the project has
        settings.LIVESHEET = {"SPARE_GARBAGE": True}
        assert is_wanted()
    finally:
        gc.unfreeze()
