"""What a request's results say of what was refused."""

from __future__ import annotations

from livesheet.edits.outcome import Outcome


def test_without_a_refusal_all_is_well() -> None:
    assert Outcome(["saved"]).ok


def test_a_cell_points_to_its_error() -> None:
    outcome = Outcome(["saved", "", "saved", ""])
    outcome.refuse(1, {"code": "invalid"})
    outcome.refuse(3, {"code": "denied"})
    assert outcome.results == ["saved", {"error": 0}, "saved", {"error": 1}]
    assert outcome.errors == [{"code": "invalid"}, {"code": "denied"}]
    assert not outcome.ok


def test_a_new_row_points_to_the_errors_of_its_columns() -> None:
    outcome = Outcome(["", ""])
    outcome.refuse(0, {"code": "denied"})
    outcome.refuse(1, {"code": "invalid", "column": "a"}, {"code": "invalid", "column": "b"})
    assert outcome.results == [{"error": 0}, {"errors": [1, 2]}]
