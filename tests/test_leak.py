"""Which keys a client was sent or told, and what the report of leaks says."""

from __future__ import annotations

import logging

from livesheet.leak import LEAKS_SHOWN, Leak, Lines, keys_named, keys_sent, report


def test_rows_are_sent_by_snapshots_changes_and_parts() -> None:
    frames = [
        {"type": "rows", "rows": [["1", "Bolt"]]},
        {"type": "change", "rows": [["2", "Nut"]], "gone": ["3"]},
        {"type": "part", "rows": [["4", "Saw"]]},
        {"type": "pong"},
    ]
    assert keys_sent(frames) == {"1", "2", "4"}


def test_a_frame_names_rows_without_their_values_in_many_ways() -> None:
    assert keys_named({"type": "change", "by": {"1": "ada"}, "gone": ["2"]}, False) == {"1", "2"}
    assert keys_named({"type": "change", "refs": [["c", "r", "3"], ["c", "r"]]}, False) == {"3"}
    assert keys_named({"type": "reply", "result": {"pks": ["4"], "rows": [["5"]]}}, False) == {
        "4", "5",
    }  # fmt: skip
    assert keys_named({"type": "page", "keys": ["6"]}, False) == {"6"}
    assert keys_named({"type": "presence", "here": [{"pk": "7"}]}, False) == {"7"}
    assert keys_named({"type": "reply", "result": None}, False) == set()


def test_who_claims_to_have_rows_is_told_that_they_are_gone() -> None:
    assert keys_named({"type": "change", "gone": ["2"]}, True) == set()


def test_logged_lines_have_their_message_traceback_and_facts() -> None:
    lines, logger = Lines(), logging.Logger("of this test")
    logger.addHandler(lines)
    try:
        raise ValueError("inside")
    except ValueError:
        logger.exception("outside %s", "here", extra={"event": "a.b"})
    assert len(lines.lines) == 1
    assert all(text in lines.lines[0] for text in ("outside here", "inside", "'a.b'"))


def test_a_report_counts_all_and_shows_the_first_of_each_door() -> None:
    def leak(told: str, door: str = "rows") -> Leak:
        return Leak(to="bob", of="ada", canary="secret", door=door, told=told)

    text = report([leak("first"), leak("second"), leak("elsewhere", "log")])
    assert text.splitlines() == [
        "3 leaks:",
        "bob was told 'secret' of ada by rows: first",
        "bob was told 'secret' of ada by log: elsewhere",
    ]


def test_a_report_of_very_many_stays_short() -> None:
    many = [Leak("bob", "ada", "secret", f"door {n}", "") for n in range(LEAKS_SHOWN + 5)]
    assert len(report(many).splitlines()) == 1 + LEAKS_SHOWN
