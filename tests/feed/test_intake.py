"""What audiences note of the log: in step with kin once for all, and the same as by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livesheet.feed import intake, kin
from livesheet.feed.intake import Intake
from livesheet.feed.kin import Kin
from livesheet.log.batches import Batch
from livesheet.log.changelog import Entry, Position
from livesheet.tables import Change

LABEL, RELATED = "shop.product", "shop.supplier"


def at(seq: int) -> Position:
    return Position("epoch", seq, "tag")


def entry(seq: int, *pks: str, model: str = LABEL, kind: str = Change.Kind.SAVE) -> Entry:
    return Entry(seq, model, kind, pks, "ada", "", "client", f"ref{seq}", None, "tag")


def of(together: Kin | None) -> Intake:
    return Intake(LABEL, frozenset([RELATED]), at(0), together)


def kinship() -> Kin:
    nobody: Any = None
    return Kin("en", nobody)


def noted(intakes: list[Intake], seq: int, *pks: str, **named: Any) -> None:
    entries = [entry(seq, *pks, **named)]
    for one in intakes:
        one.note(entries, at(seq))


def test_what_all_are_told_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[Entry] = []
    add = Batch.add
    monkeypatch.setattr(Batch, "add", lambda *given: added.append(given[1]) or add(*given))  # type: ignore[func-returns-value]
    together = kinship()
    intakes = [of(together) for _ in range(5)]
    noted(intakes, 1, "1")
    noted(intakes, 2, "2", "3")
    batches = {id(batch): batch for batch in (one.next() for one in intakes)}
    (batch,) = batches.values()
    assert list(batch.by) == ["1", "2", "3"]
    assert batch.position == at(2)
    assert len(added) == 2


def test_who_has_rows_of_its_own_to_read_keeps_them_to_itself() -> None:
    together = kinship()
    first, second = intakes = [of(together), of(together)]
    noted(intakes, 1, "1")
    second.add(["7"], {})
    noted(intakes, 2, "2")
    assert list(first.next().by) == ["1", "2"]
    assert not first
    own = [second.next(), second.next()]
    assert "7" not in own[0].by
    assert {"7", "2"} <= own[1].by.keys()


def test_nothing_is_added_to_what_one_of_them_begins_to_read() -> None:
    together = kinship()
    first, second = intakes = [of(together), of(together)]
    noted(intakes, 1, "1")
    being_read = first.next()
    noted(intakes, 2, "2")
    assert list(being_read.by) == ["1"]
    assert list(first.next().by) == ["2"]
    assert [list(second.next().by) for _ in range(2)] == [["1"], ["2"]]


def test_nor_if_the_others_are_told_first() -> None:
    together = kinship()
    _first, second = intakes = [of(together), of(together)]
    noted(intakes, 1, "1")
    being_read = second.next()
    noted(intakes, 2, "2")
    assert list(being_read.by) == ["1"]


def test_who_is_told_after_the_kin_have_begun_to_read_is_not_told_twice() -> None:
    """The feed tells some, others have a turn, and then it tells the rest."""
    together = kinship()
    first, second = intakes = [of(together), of(together)]
    noted(intakes, 1, "1")
    second.add(["7"], {})
    entries = [entry(2, "2")]
    assert first.note(entries, at(2))
    assert second.next().position == at(2)
    assert not second.note(entries, at(2))
    assert second.next().position == at(2), "it would go back"
    assert not second


def test_related_objects_and_too_much_are_noted_by_each_alone() -> None:
    together = kinship()
    intakes = [of(together), of(together)]
    for told in (
        {"model": RELATED}, {"kind": Change.Kind.RESYNC, "model": RELATED},
        {"kind": Change.Kind.RESYNC},
    ):  # fmt: skip
        noted(intakes, intakes[0].seen.seq + 1, "1", **told)
        assert not any(one.next().is_common for one in intakes)
    noted(intakes, 9, *map(str, range(kin.MOST_COMMON + 1)))
    assert not any(one.next().is_common for one in intakes)
    noted(intakes, 10, "1")
    assert all(one.next().is_common for one in intakes)


def test_after_another_log_they_are_in_step_again() -> None:
    together = kinship()
    intakes = [of(together), of(together)]
    noted(intakes, 1, "1")
    for one in intakes:
        one.clear(at(5))
    noted(intakes, 6, "6")
    batches = [one.next() for one in intakes]
    assert batches[0] is batches[1]
    assert list(batches[0].by) == ["6"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("told"), st.lists(st.sampled_from("123456"), min_size=1, max_size=3)),
        st.tuples(st.just("other"), st.just(["9"])),
        st.tuples(st.just("related"), st.lists(st.sampled_from("ab"), min_size=1, max_size=1)),
        st.tuples(st.just("read"), st.lists(st.integers(0, 2), min_size=1, max_size=3)),
        st.tuples(st.just("own"), st.lists(st.integers(0, 2), min_size=1, max_size=1)),
        st.tuples(st.just("half"), st.lists(st.integers(0, 2), min_size=1, max_size=2)),
    ),
    max_size=30,
)


@given(STEPS)
def test_whatever_happens_each_reads_all_that_it_was_told(steps: list[tuple[str, Any]]) -> None:
    """Each row after its change, and positions never go back."""
    together = kinship()
    intakes = [of(together) for _ in range(3)]
    wanted: list[set[str]] = [set() for _ in intakes]
    positions, seq = [0] * len(intakes), 0

    def read(n: int) -> None:
        batch = intakes[n].next()
        wanted[n] -= batch.by.keys()
        wanted[n] -= {pk for pks in batch.related.values() for pk in pks}
        assert batch.position.seq >= positions[n]
        positions[n] = batch.position.seq

    for step, what in steps:
        if step == "read":
            for n in what:
                if intakes[n]:
                    read(n)
        elif step == "own":
            intakes[what[0]].add(["own"], {})
            wanted[what[0]].add("own")
        else:
            seq += 1
            model = {"other": "shop.order", "related": RELATED}.get(step, LABEL)
            pks = what if step != "half" else ["h"]
            entries = [entry(seq, *pks, model=model)]
            for n, one in enumerate(intakes):
                if model != "shop.order":
                    wanted[n] |= {*pks}
                if step == "half" and n in what and one:
                    read(n)  # between the others
                one.note(entries, at(seq))
    for n, one in enumerate(intakes):
        while one:
            read(n)
    assert wanted == [set()] * len(intakes)


def test_what_follows_a_slow_read_has_fewer_rows() -> None:
    one = of(None)
    one.took(intake.READ_SECONDS * 2)
    rows = [str(n) for n in range(intake.ROWS_PER_SLOW_BATCH)]
    noted([one], 1, *rows)
    noted([one], 2, "next")
    assert [len(one.next().by), len(one.next().by)] == [len(rows), 1]
