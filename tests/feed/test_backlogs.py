"""What a member that is loading is owed, in texts, or in keys if the texts become too large."""

from __future__ import annotations

import pytest

from livesheet.feed import backlogs
from livesheet.feed.backlogs import Backlog, Delivery, add_labels
from livesheet.log.changelog import Position

BEGIN, END = Position("e", 1, "x"), Position("e", 2, "y")


def delivery(text: str = "frame", **by: str) -> Delivery:
    return Delivery([text], END, dict(by), [["socket", "r1"]], {"supplier": {"1": "Nordwood"}})


def test_deliveries_are_kept_in_their_order_with_whom_they_are_of() -> None:
    backlog, first, second = Backlog(BEGIN), delivery(a="ada", b="ada"), delivery(b="bob")
    backlog.add(first)
    backlog.add(second)
    assert backlog.position == BEGIN
    assert backlog.deliveries == [first, second]
    assert backlog.by == {"a": "ada", "b": "bob"}
    assert backlog.refs == [["socket", "r1"], ["socket", "r1"]]


def test_it_decides_the_rows_that_were_delivered_and_those_that_were_not_found() -> None:
    backlog = Backlog(BEGIN)
    assert backlog.decides_nothing
    missing = delivery()
    missing.missing = ["9"]
    backlog.add(missing)
    assert not backlog.decides_nothing
    assert backlog.decides("9")
    assert not backlog.decides("a")
    backlog.add(delivery(a="ada"))
    assert backlog.decides("a")


def test_too_many_texts_are_dropped_and_the_keys_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlogs, "MAX_TEXT_BYTES", 10)
    backlog = Backlog(BEGIN)
    backlog.add(delivery("x" * 10, a="ada"))
    assert backlog.deliveries is not None  # exactly as much as is allowed
    backlog.add(delivery("y", b="bob"))
    assert backlog.deliveries is None
    backlog.add(delivery("", c="cem"))
    assert backlog.deliveries is None
    assert backlog.by.keys() == {"a", "b", "c"}


def test_labels_are_merged_column_by_column_and_the_later_ones_win() -> None:
    labels = {"supplier": {"1": "Nordwood", "2": "Südwerk"}}
    add_labels(labels, {"supplier": {"2": "Südwerk AG"}, "unit": {"kg": "Kilogram"}})
    assert labels == {
        "supplier": {"1": "Nordwood", "2": "Südwerk AG"},
        "unit": {"kg": "Kilogram"},
    }
