"""What a sheet learns from the entries of the log that were read together."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from livesheet.log.batches import Batch
from livesheet.log.changelog import Entry, Position


def entry(
    seq: int, model: str, kind: str = "save", pks: tuple[str, ...] = (), **more: Any
) -> Entry:
    facts = {"actor": "", "origin": "", "client": "", "ref": "", "index": None, "tag": f"t{seq}"}
    fresh = f"{model} ".strip()  # a text of its own, as one that was read from the database
    return Entry(seq, fresh, kind, pks, **{**facts, **more})


def batch(*entries: Entry, related: set[str] | None = None) -> Batch:
    made = Batch(Position("epoch", 0, ""))
    for one in entries:
        made.add(one, "app.part", related or set())
    return made


def test_rows_are_merged_and_the_newest_author_is_told() -> None:
    made = batch(
        entry(1, "app.part", pks=("1", "2"), actor="7"),
        entry(2, "app.part", "add", pks=("2",), actor="8", origin="task"),
        entry(3, "app.tag", pks=("3",)),
    )
    assert made.by == {"1": "7", "2": ["8", "task"]}
    assert made.position == Position("epoch", 3, "t3")
    assert (made.related, made.refs, made.resync) == ({}, [], False)


def test_rows_of_related_models_are_gathered_by_model() -> None:
    made = batch(
        entry(1, "app.tag", pks=("1",)),
        entry(2, "app.tag", pks=("2",)),
        entry(3, "app.part", pks=("4",)),
        related={"app.tag", "app.part"},  # it may refer to itself
    )
    assert made.related == {"app.tag": {"1", "2"}, "app.part": {"4"}}
    assert made.by == {"4": ""}


@pytest.mark.parametrize(
    ("model", "kind", "resync"),
    [
        ("app.part", "resync", True),
        ("app.tag", "resync", True),
        ("app.note", "resync", False),
        ("app.part", "save", False),
        ("app.tag", "save", False),
    ],
)
def test_only_what_concerns_the_sheet_makes_it_be_read_anew(
    model: str, kind: str, resync: bool
) -> None:
    made = batch(entry(1, model, kind), related={"app.tag"})
    assert made.resync is resync


def test_a_batch_is_empty_until_it_says_something() -> None:
    assert batch(entry(1, "app.note", pks=("1",))).is_empty
    assert not batch(entry(1, "app.part", pks=("1",))).is_empty
    assert not batch(entry(1, "app.tag", pks=("1",)), related={"app.tag"}).is_empty
    assert not batch(entry(1, "app.part", "resync")).is_empty


def test_refs_are_told_of_rows_that_are_shown_and_to_their_author() -> None:
    mine = {"actor": "7", "client": "c", "ref": "r"}
    made = batch(
        entry(1, "app.part", pks=("1", "2"), **mine),
        entry(2, "app.part", "add", pks=("3",), **{**mine, "ref": "s", "index": 0}),
        entry(3, "app.part", pks=("4",), actor="8", client="c", ref="t"),
        entry(4, "app.part", pks=("5",), actor="8", client="d"),  # by no request
    )
    assert made.refs_of({"1", "2"}, set()) == [["c", "r"]]
    assert made.refs_of({"3"}, set()) == [["c", "s", "3", 0]]
    # A client's id may be claimed by anybody, so it counts with its user alone.
    assert made.refs_of(set(), {("8", "c")}) == [["c", "t"]]
    assert made.refs_of(set(), {("7", "c")}) == [["c", "r"], ["c", "s", "3", 0]]
    assert made.refs_of({"5"}, {("9", "c")}) == []


@pytest.mark.parametrize("fact", [Position("e", 1, "t"), entry(1, "app.part")])
def test_what_was_read_does_not_change(fact: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        fact.seq = 2
    assert not hasattr(fact, "__dict__")  # which would be most of what it takes
    assert len({fact, fact}) == 1
