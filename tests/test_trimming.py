"""The log stays short, and a reader who slept too long knows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from livesheet import changelog
from livesheet.changelog import Position
from livesheet.models import Change, Clock, EditRecord
from livesheet.trimming import trim, trim_records
from tests.app.models import Note

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


def test_by_count(positions: list[Position]) -> None:
    with override_settings(LIVESHEET={"KEEP_CHANGES": 3}):
        assert trim("default") == 7
        assert trim("default") == 0
    assert Change.objects.count() == 3
    assert held(positions) == [False] * 7 + [True] * 3
    assert Clock.objects.get().trimmed_through == positions[6].seq


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


def test_answers_that_nobody_may_ask_for_again_are_forgotten() -> None:
    now = timezone.now()
    for days in (0, 7, 9):
        EditRecord.objects.create(
            user="1", client="c", ref=str(days), sheet="note?", at=now - timedelta(days=days)
        )
    assert trim_records("default") == 1
    assert sorted(EditRecord.objects.values_list("ref", flat=True)) == ["0", "7"]
