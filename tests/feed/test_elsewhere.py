"""Whom other processes have told of, and whether they still have the same people."""

from __future__ import annotations

import time

from livesheet.feed.elsewhere import Elsewhere, Roll
from livesheet.feed.rooms import Room


def test_two_who_have_the_same_people_come_to_the_same() -> None:
    one, other = Roll(), Roll()
    for key in ("a", "b", "c", "a"):
        one.add(key)
    for key in ("c", "x", "b", "a"):
        other.add(key)
    assert one.total != other.total
    other.discard("x")
    other.discard("x")
    assert one.total == other.total
    one.discard("a")
    other.discard("b")
    assert one.total != other.total


def test_a_process_speaks_for_its_own_people_only() -> None:
    elsewhere, room, roll = Elsewhere(), Room("note []", lambda people: None), Roll()
    for key in ("a", "b"):
        elsewhere.note(key, room, "one")
        roll.add(key)
    elsewhere.note("c", room, "other")
    since = time.monotonic()
    assert sorted(elsewhere.silent(since)) == ["a", "b", "c"]
    assert not elsewhere.confirm("other", roll.total)
    assert not elsewhere.confirm("unknown", roll.total)
    assert not elsewhere.confirm("one", None)
    assert elsewhere.confirm("one", roll.total)
    assert elsewhere.silent(since) == ["c"]
    assert elsewhere.pop("a") is room
    assert elsewhere.pop("a") is None
    assert not elsewhere.confirm("one", roll.total)
