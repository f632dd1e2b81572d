"""The log is written in the writer's transaction, put in order after commit, and read gaplessly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import management
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from livesheet import metrics
from livesheet.log import actors, changelog, numbering
from livesheet.log.actors import acting_as
from livesheet.log.changelog import Position
from livesheet.models import Change, Clock, EditRecord
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


def in_another_connection(work: Callable[[], Any]) -> Any:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


def stamp_all() -> None:
    while changelog.stamp("default"):
        pass


def seen_after(seq: int) -> list[str]:
    return [entry.pks[0] for entry in changelog.entries("default", seq)]


# --- writing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["1", "a-1", "o'brien", "{0}", "%s", 'say "x"', "\\", "');--", "ü", "a\nb", "$1", "'"]
)
def test_any_key_is_logged_as_it_is(key: str) -> None:
    Note.objects.create(key=key)
    (change,) = Change.objects.all()
    assert (change.model, change.kind, json.loads(change.pks)) == ("app.note", "add", [key])
    assert abs((timezone.now() - change.at).total_seconds()) < 60
    with acting_as(origin="a task's {job} of 100%"):
        Note.objects.get(key=key).save(update_fields=["text"])
    newest = Change.objects.latest("id")
    assert (newest.origin, newest.fields) == ("a task's {job} of 100%", '["text"]')
    assert json.loads(newest.pks) == [key]


# --- order -----------------------------------------------------------------------------------


class Slow:
    """A transaction on another connection that has written `key`, and commits when told."""

    def __init__(self, key: str) -> None:
        self.written, self.go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=(key,))
        self.thread.start()
        assert self.written.wait(30)

    def _run(self, key: str) -> None:
        try:
            with transaction.atomic():
                Note.objects.create(key=key)
                self.written.set()
                self.go.wait(30)
        finally:
            connections.close_all()

    def commit(self) -> None:
        self.go.set()
        self.thread.join()


def test_a_slow_transaction_is_not_lost_between_two_looks() -> None:
    """A began first and took the lower id; B committed first. The naive reader passes A."""
    slow = Slow("a")
    if connection.vendor == "sqlite":
        # One writer at a time: the second waits, so that the order of ids is that of commits.
        quick = threading.Thread(target=lambda: in_another_connection(lambda: Slow("b").commit()))
        quick.start()
        assert list(Change.objects.all()) == []
        slow.commit()
        quick.join()
        assert seen_after(0) == ["a", "b"]
        return
    in_another_connection(lambda: Note.objects.create(key="b"))
    naive_cursor = Change.objects.latest("id").id
    stamp_all()
    stamped_cursor = changelog.head("default").seq
    assert seen_after(0) == ["b"]

    slow.commit()
    naive = Change.objects.filter(id__gt=naive_cursor)
    assert list(naive) == []  # lost for ever
    stamp_all()
    assert seen_after(stamped_cursor) == ["a"]


def test_numbers_are_gapless_though_writers_roll_back() -> None:
    for n in range(30):
        with transaction.atomic():
            Note.objects.create(key=str(n))
            transaction.set_rollback(n % 3 == 0)
    stamp_all()
    places = [entry.seq for entry in changelog.entries("default", 0)]
    assert len(places) == 20
    if connection.vendor == "sqlite":
        assert places == sorted(places)
    else:
        assert places == list(range(1, 21))
    assert changelog.head("default").seq == places[-1]


def test_stampers_at_once_number_each_change_once() -> None:
    for n in range(40):
        Note.objects.create(key=str(n))
    threads = [threading.Thread(target=in_another_connection, args=(stamp_all,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stamp_all()
    entries = changelog.entries("default", 0)
    assert [entry.pks[0] for entry in entries] == [str(n) for n in range(40)]
    assert len({entry.seq for entry in entries}) == 40
    assert changelog.head("default") == Position(
        changelog.clock("default").epoch, entries[-1].seq, entries[-1].tag
    )


@pytest.mark.skipif(connection.vendor != "mysql", reason="others number by one statement")
def test_a_stamper_whose_numbers_are_taken_steps_back() -> None:
    """Somebody numbers without the lock. What is numbered twice would be lost to some readers."""
    for key in ("a", "b"):
        Note.objects.create(key=key)
    first, _second = Change.objects.order_by("id")
    with pytest.raises((RuntimeError, OperationalError)), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert Change.objects.filter(seq=None).count() == 2
        taken = Change.objects.filter(pk=first.pk)
        assert in_another_connection(lambda: taken.update(seq=5)) == 1
        numbering.by_key("default", 0, 10, ("tag",))
    assert list(Change.objects.order_by("id").values_list("seq", flat=True)) == [5, None]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others number by several")
@pytest.mark.parametrize("threshold", [None, 0, 1])
def test_changes_are_numbered_also_where_statements_are_prepared(
    monkeypatch: pytest.MonkeyPatch, threshold: int | None
) -> None:
    """All of them, those that come again, or none; with values that the server puts in."""
    options = {"server_side_binding": True, "prepare_threshold": threshold}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    connection.close()
    try:
        for key in "abc":
            Note.objects.create(key=key)
            assert changelog.stamp("default") == 1
        assert changelog.head("default").seq == 3 == Change.objects.latest("pk").seq
    finally:
        connection.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others number by several")
def test_a_statement_that_would_leave_a_hole_undoes_itself() -> None:
    """As above: it saw a change without a number, waited for it, and found that it had one."""
    for key in ("a", "b"):
        Note.objects.create(key=key)
    first, before = Change.objects.order_by("id")[0], changelog.head("default")
    results: list[Any] = []
    stamper = threading.Thread(
        target=lambda: results.append(in_another_connection(lambda: changelog.stamp("default")))
    )
    with transaction.atomic():
        Change.objects.filter(pk=first.pk).update(seq=5)
        stamper.start()
        deadline = time.monotonic() + 30
        while not in_another_connection(waits_for_a_lock):
            assert time.monotonic() < deadline
    stamper.join()
    assert isinstance(results[0], RuntimeError)
    assert list(Change.objects.order_by("id").values_list("seq", flat=True)) == [5, None]
    assert changelog.head("default") == before


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE '%%livesheet_change%%')", []
        )  # fmt: skip
        return bool(cursor.fetchone()[0])


def test_a_stamper_does_not_wait_for_ever_for_another() -> None:
    Note.objects.create(key="a")
    if connection.vendor == "sqlite":
        assert changelog.stamp("default") == 0  # nothing to do where ids are in order
        return
    changelog.clock("default")
    with transaction.atomic():
        Clock.objects.select_for_update().get(pk=1)
        error = in_another_connection(lambda: changelog.stamp("default"))
    assert isinstance(error, OperationalError)
    assert changelog.stamp("default") == 1
    assert changelog.stamp("default") == 0


# --- reading ---------------------------------------------------------------------------------


def test_entries_by_place_model_and_number() -> None:
    for key in ("a", "b", "c"):
        Note.objects.create(key=key)
    stamp_all()
    first, second, third = changelog.entries("default", 0)
    assert changelog.entries("default", first.seq, second.seq) == [second]
    assert changelog.entries("default", 0, limit=2) == [first, second]
    assert changelog.entries("default", 0, model="app.product") == []
    assert changelog.entries("default", first.seq, model="app.note") == [second, third]
    assert (second.model, second.kind, second.who) == ("app.note", "add", "")


def test_what_is_not_in_order_yet_can_be_read_too() -> None:
    Note.objects.create(key="a")
    pending = changelog.unstamped("default", model="app.note")
    assert [entry.pks for entry in pending] == [("a",)]
    assert changelog.unstamped("default", model="app.product") == []


def test_a_large_write_is_a_few_rows_and_a_huge_one_is_a_resync() -> None:
    with transaction.atomic():
        changelog.record(Note, range(2_500), "save", using="default")
        changelog.record(Note, range(10_001), "save", using="default")
        changelog.record(Note, [], "save", using="default")
    stamp_all()
    entries = changelog.entries("default", 0)
    assert [(entry.kind, len(entry.pks)) for entry in entries] == [
        ("save", 1_000), ("save", 1_000), ("save", 500), ("resync", 0)
    ]  # fmt: skip


def test_a_position_comes_back_as_it_went() -> None:
    position = Position("9b2e41c07a6f", 1841, "5d0c77aa")
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize("text", ["", None, "a", "a.b.c", "a.1", "a.1.b.c", "a.-1.b", "a.².b"])
def test_what_is_no_position(text: str | None) -> None:
    assert Position.parse(text) is None


def test_a_position_beyond_all_numbers_asks_the_database_nothing_it_cannot_answer() -> None:
    position = Position.parse("e." + "9" * 500 + ".t")
    assert position is not None
    assert changelog.entries("default", position.seq) == []
    assert not changelog.holds("default", position)


# --- is it still the same log ----------------------------------------------------------------


def test_what_a_log_holds() -> None:
    epoch = changelog.clock("default").epoch
    assert changelog.holds("default", Position(epoch, 0, ""))
    Note.objects.create(key="a")
    stamp_all()
    head = changelog.head("default")
    assert changelog.holds("default", head)
    assert not changelog.holds("default", Position("other", head.seq, head.tag))
    assert not changelog.holds("default", Position(epoch, head.seq, "ffffffff"))
    assert not changelog.holds("default", Position(epoch, head.seq + 1, head.tag))
    Clock.objects.update(trimmed_through=head.seq + 1)
    assert not changelog.holds("default", head)
    assert not changelog.holds("default", Position(epoch, 0, ""))


def test_a_flush_begins_another_log() -> None:
    Note.objects.create(key="a")
    stamp_all()
    before = changelog.head("default")
    management.call_command("flush", interactive=False, verbosity=0)
    after = changelog.head("default")
    assert after.epoch != before.epoch
    assert after.seq == 0
    assert not changelog.holds("default", before)
    Note.objects.create(key="b")
    stamp_all()
    assert seen_after(0) == ["b"]


def test_a_log_that_begins_anew_holds_no_former_position() -> None:
    Note.objects.create(key="a")
    changelog.stamp("default")
    before = changelog.head("default")
    assert changelog.holds("default", before)
    changelog.begin_anew("default")
    assert not changelog.holds("default", before)
    after = changelog.head("default")
    assert (after.seq, after.tag) == (before.seq, before.tag)
    assert after.epoch != before.epoch


# --- what cannot be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pks", "no json"), ("pks", '{"a": 1}'), ("pks", '"abc"'), ("pks", "[null]"),
        ("pks", "[[1]]"), ("pks", "[true]"), ("pks", ""), ("pks", "[" * 10_000),
        ("kind", "mystery"), ("kind", ""),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_read_is_passed_over_counted_and_said_once(
    field: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    for key in ("a", "b", "c"):
        Note.objects.create(key=key)
    Change.objects.filter(pks='["b"]').update(**{field: value})
    assert changelog.unstamped("default", model="app.note")[1].pks == ()
    before, start = metrics.unreadable.counts["default"], changelog.head("default")
    if connection.vendor == "sqlite":
        start = Position(start.epoch, 0, "")
    head, entries = changelog.news("default", start, 10)
    assert entries is not None
    assert [entry.pks for entry in entries] == [("a",), (), ("c",)]
    assert (entries[1].model, entries[1].kind) == ("", "")
    kept = Change.objects.get(**{changelog.place("default"): entries[1].seq})
    assert entries[1].tag == kept.tag  # so that a reader may stop there
    assert (head.seq, head.tag) == (entries[2].seq, entries[2].tag)
    for _ in range(3):
        assert list(changelog.each("default", 0, head.seq, ["app.note"]))[1].pks == ()
        assert changelog.entries("default", 0)[1].pks == ()
    said = [record for record in caplog.records if record.__dict__.get("place") == entries[1].seq]
    assert len(said) == metrics.unreadable.counts["default"] - before == 1


def test_keys_that_are_numbers_are_taken_as_texts() -> None:
    """As SQL by hand may write them."""
    assert changelog.keys_of('[1, "2"]') == ("1", "2")


# How many statements it takes to number and read what is new.
MOST = {"sqlite": 1, "postgresql": 2, "mysql": 8}


@pytest.mark.parametrize("expected", [False, True], ids=["by the clock", "rung"])
def test_what_is_numbered_is_handed_on_and_the_clock_read_once(expected: bool) -> None:
    Note.objects.create(key="first")
    head, _entries = changelog.news("default", None, 10)
    for key in ("a", "b"):
        Note.objects.create(key=key)
    with CaptureQueriesContext(connection) as queries:
        after, entries = changelog.news("default", head, 10, expected=expected)
    assert entries is not None
    assert [entry.pks for entry in entries] == [("a",), ("b",)]
    assert [entry.tag for entry in entries][-1] == after.tag
    assert entries == changelog.entries("default", head.seq)
    saved = expected and connection.vendor != "sqlite"  # the look whether there is anything
    assert len(queries) <= MOST[connection.vendor] - saved, [q["sql"] for q in queries]
    assert changelog.news("default", after, 10, expected=expected) == (after, [])


@pytest.mark.parametrize("first", [0, 1])
def test_a_reader_that_takes_few_at_a_time_passes_none_by(first: int) -> None:
    """From the beginning of a log, where nothing stands at its position, and from further on."""
    start, _nothing = changelog.news("default", None, 10)
    keys = [f"k{n}" for n in range(8)]
    for key in keys[:first]:
        Note.objects.create(key=key)
    after, _one = changelog.news("default", start, 10)
    for key in keys[first:]:
        Note.objects.create(key=key)
    seen: list[str] = []
    for _look in range(len(keys)):
        after, entries = changelog.news("default", after, 3)
        assert entries is not None
        assert len(entries) <= 3
        seen += [pk for entry in entries for pk in entry.pks]
        if not entries:
            break
    assert seen == keys[first:]


@pytest.mark.parametrize("key", ["u" * 64, "u" * 65, "u" * 255])
def test_a_long_key_of_a_user_is_logged_whole(key: str) -> None:
    with acting_as(origin="x"), actors.acting(actors.Actor(user=key)):
        Note.objects.create(key="a")
    assert Change.objects.get().actor == key
    record = EditRecord(user=key, client="c" * 32, ref="r", sheet="note", at=timezone.now())
    record.save()
    assert EditRecord.objects.get().user == key


@pytest.mark.parametrize("tag", ["", "~~~~"])
def test_a_place_with_another_tag_starts_anew(tag: str) -> None:
    Note.objects.create(key="a")
    changelog.stamp("default")
    head = changelog.head("default")
    assert changelog.news("default", head, 10) == (head, [])
    other = Position(head.epoch, head.seq, tag)
    assert changelog.news("default", other, 10) == (head, None)
