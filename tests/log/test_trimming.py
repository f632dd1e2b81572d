"""The log stays short, and a reader who slept too long knows it."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from livesheet.log import changelog, trimming
from livesheet.log.changelog import Position
from livesheet.log.trimming import forget, tidy, trim, trim_records
from livesheet.models import Change, Clock, EditRecord
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def positions() -> list[Position]:
    """Where the log was after each of ten changes."""
    found = []
    for n in range(10):
        Note.objects.create(key=str(n))
        changelog.stamp("default")
        found.append(changelog.head("default"))
    return found


def held(positions: list[Position]) -> list[bool]:
    return [changelog.holds("default", position) for position in positions]


def test_a_young_and_short_log_is_left_alone(positions: list[Position]) -> None:
    assert trim("default") == 0
    assert held(positions) == [True] * 10


def test_a_look_that_finds_nothing_to_trim_takes_no_lock(positions: list[Position]) -> None:
    assert not trimming._is_due("default")
    for keep, is_due in ((10, False), (9, True), (3, True)):
        with override_settings(LIVESHEET={"KEEP_CHANGES": keep}):
            assert trimming._is_due("default") is is_due
    hours = trimming.SLACK_HOURS
    column = "id" if connection.vendor == "sqlite" else "seq"
    oldest = Change.objects.filter(**{column: positions[0].seq})
    for age, is_due in ((hours - 1, False), (hours + 1, True)):
        oldest.update(at=timezone.now() - timedelta(days=7, hours=age))
        assert trimming._is_due("default") is is_due


def test_by_count(positions: list[Position]) -> None:
    with override_settings(LIVESHEET={"KEEP_CHANGES": 3}):
        assert trim("default") == 7
        assert trim("default") == 0
    assert Change.objects.count() == 3
    assert held(positions) == [False] * 7 + [True] * 3
    assert Clock.objects.get().trimmed_through == positions[6].seq


@pytest.mark.parametrize(("seconds", "left"), [(600.0, 3), (-600.0, 8)])
def test_one_look_trims_for_so_long(
    positions: list[Position], monkeypatch: pytest.MonkeyPatch, seconds: float, left: int
) -> None:
    monkeypatch.setattr(trimming, "DELETED_AT_ONCE", 2)
    monkeypatch.setattr(trimming, "TRIM_SECONDS", seconds)
    with override_settings(LIVESHEET={"KEEP_CHANGES": 3}):
        assert tidy("default") is (left > 3)  # whether there is more to do
    assert Change.objects.count() == left


def test_by_age(positions: list[Position]) -> None:
    old = timezone.now() - timedelta(days=8)
    column = "id" if connection.vendor == "sqlite" else "seq"
    Change.objects.filter(**{f"{column}__lte": positions[3].seq}).update(at=old)
    assert trim("default") == 4
    assert held(positions) == [False] * 4 + [True] * 6


def test_the_newest_change_always_stays(positions: list[Position]) -> None:
    Change.objects.update(at=timezone.now() - timedelta(days=800))
    with override_settings(LIVESHEET={"KEEP_CHANGES": 0}):
        assert trim("default") == 9
        assert trim("default") == 0
    assert changelog.head("default") == positions[-1]
    assert held(positions) == [False] * 9 + [True]


def test_what_is_not_in_order_yet_is_not_trimmed(positions: list[Position]) -> None:
    Note.objects.create(key="unstamped")
    Change.objects.update(at=timezone.now() - timedelta(days=8))
    trim("default")
    changelog.stamp("default")
    assert [entry.pks for entry in changelog.entries("default", positions[-1].seq)] == [
        ("unstamped",)
    ]


def test_an_empty_log() -> None:
    assert trim("default") == 0


def test_an_empty_log_begins_before_its_first_change() -> None:
    assert trimming._first("default", "id") == 0
    assert trimming._through_by_age("default", "id") == 0
    assert not trimming._is_due("default")


def test_a_look_ends_when_its_time_is_over(
    positions: list[Position], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks at the clock once at its beginning, and after each transaction."""
    clock = iter([100.0, 100.5, 102.0])
    monkeypatch.setattr(trimming, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(trimming, "DELETED_AT_ONCE", 2)
    with override_settings(LIVESHEET={"KEEP_CHANGES": 3}):
        assert tidy("default")
    monkeypatch.undo()
    assert Change.objects.count() == 6


def test_answers_that_nobody_may_ask_for_again_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day later than nobody may send them again, as clocks differ."""
    monkeypatch.setattr(trimming, "DELETED_AT_ONCE", 2)
    now = timezone.now()
    for n, days in enumerate((0, 7.9, 8.1, 9, 10)):
        EditRecord.objects.create(
            user="1", client="c", ref=str(n), sheet="note?", at=now - timedelta(days=days)
        )
    assert trim_records("default") == 3
    assert sorted(EditRecord.objects.values_list("ref", flat=True)) == ["0", "1"]
    assert trim_records("default") == 0


# --- without a socket ------------------------------------------------------------------------

SAVES = 20_000


def save_many(count: int) -> None:
    """The log as so many saves leave it, and the rows that they wrote."""
    Note.objects.bulk_create([Note(key=f"n{n}") for n in range(200)], ignore_conflicts=True)
    at = timezone.now()
    Change.objects.bulk_create(
        (
            Change(model="app.note", kind="save", pks=f'["n{n % 200}"]', tag=f"{n:08x}", at=at)
            for n in range(count)
        ),
        batch_size=1_000,
    )


async def test_the_first_page_after_a_busy_week_opens_at_once(ann: Any) -> None:
    await sync_to_async(save_many)(SAVES)
    async with LiveSheetCommunicator("note", ann, timeout=30) as sheet:
        assert len(sheet.rows) == 200
        await Note.objects.acreate(key="after")
        await sheet.until(lambda: "after" in sheet.rows)
    waiting = 0 if connection.vendor == "sqlite" else await Change.objects.filter(seq=None).acount()
    assert waiting == 0


def test_what_nobody_numbered_is_numbered_and_trimmed_without_a_socket() -> None:
    save_many(SAVES)
    with override_settings(LIVESHEET={"KEEP_CHANGES": 1_000}):
        while tidy("default"):
            pass
        tidy("default")
    assert 1_000 <= Change.objects.count() <= 1_000 * 1.05
    assert Change.objects.order_by("id").last() is not None
    head = changelog.head("default")
    assert changelog.holds("default", head)
    entries = changelog.entries("default", head.seq - 100)
    assert [entry.seq for entry in entries] == list(range(head.seq - 99, head.seq + 1))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite numbers nothing")
def test_beyond_the_bound_what_nobody_numbered_is_forgotten_with_its_epoch() -> None:
    Note.objects.create(key="first")
    changelog.stamp("default")
    before = changelog.head("default")
    for n in range(5):
        Note.objects.create(key=str(n))
    with override_settings(LIVESHEET={"KEEP_CHANGES": 3}):
        assert forget("default") == 2
        assert forget("default") == 0
    assert changelog.clock("default").epoch != before.epoch
    assert not changelog.holds("default", before)
    changelog.stamp("default")
    assert [entry.pks for entry in changelog.entries("default", before.seq)] == [
        ("2",), ("3",), ("4",)
    ]  # fmt: skip


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite numbers nothing")
def test_the_newest_is_never_forgotten_and_the_others_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trimming, "FORGOTTEN_AT_ONCE", 3)
    changelog.clock("default")
    for n in range(5):
        Note.objects.create(key=str(n))
    with override_settings(LIVESHEET={"KEEP_CHANGES": 0}):
        assert [forget("default") for _again in range(3)] == [3, 1, 0]
    assert Change.objects.get().pks == '["4"]'


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no clock to lock")
def test_tidying_waits_for_nobody_who_numbers() -> None:
    Note.objects.create(key="a")
    with held_elsewhere(changelog.clock("default")):
        began = time.monotonic()
        assert changelog.stamp("default", waits=False) == 0
        assert time.monotonic() - began < 0.9  # who waits does so for a second
    assert changelog.stamp("default", waits=False) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="its planner goes by old statistics")
def test_numbering_is_quick_where_statistics_know_of_nothing_to_number() -> None:
    """Nearly always all is numbered. Joined by "has no number", each row would read all of them."""
    save_many(100)
    changelog.stamp("default")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE livesheet_change")
        save_many(SAVES)
        cursor.execute("SET statement_timeout = '5s'")
        try:
            assert changelog.stamp("default", SAVES) == SAVES
        finally:
            cursor.execute("SET statement_timeout = 0")
