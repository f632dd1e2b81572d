"""A process that writes keeps the log in order by itself, and ends when it wants to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from django.db import OperationalError, connection

from livesheet.log import housekeeping
from livesheet.scopes import Place

WRITER = """
import os, sys, threading, time
import django
from django.conf import settings
from tests import settings as ours
ours.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
ours.LIVESHEET = {"KEEP_CHANGES": 5}
django.setup()
from livesheet.log import housekeeping
from livesheet.models import Change
from tests.app.models import Note
housekeeping.SOON_SECONDS = float(sys.argv[1])
for n in range(20):
    Note.objects.create(key=f"{os.getpid()}-{n}")
assert any(thread.name == "livesheet-housekeeping" for thread in threading.enumerate())
deadline = time.monotonic() + float(sys.argv[2])
while time.monotonic() < deadline and Change.objects.count() > 6:
    time.sleep(0.05)
print(Change.objects.count(), time.time())
"""


def write(soon: float, patience: float) -> tuple[int, float]:
    """How many changes are left, and how many seconds the process took to end after that."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(soon), str(patience)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    ended = time.time()
    assert done.returncode == 0, done.stderr
    count, said = done.stdout.split()
    return int(count), ended - float(said)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_writes_numbers_and_trims_with_no_sheet_open() -> None:
    count, _seconds = write(0.1, 60)
    assert count <= 6


@pytest.mark.django_db(transaction=True)
def test_a_short_script_waits_for_no_tidying() -> None:
    count, seconds = write(60, 0)
    assert count == 20
    assert seconds < 10  # of which the interpreter's own end is the most


def test_it_rests_while_tests_run() -> None:
    housekeeping.written("default")
    assert housekeeping._keeper is None


# --- the thread's parts by themselves --------------------------------------------------------


class Keeper:
    """Remembers what it was told, and tidies nothing."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, str], Place] = {}
        self.pushed: list[tuple[str, str]] = []

    def push(self, using: str, place: Place) -> None:
        self.waiting[using, place.key] = place
        self.pushed.append((using, place.key))


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    made = Keeper()
    monkeypatch.setattr(housekeeping, "_keeper", made)
    monkeypatch.setattr(housekeeping, "is_resting", lambda: False)
    return made


def test_each_log_is_told_of_once_until_it_has_been_looked_at(keeper: Keeper) -> None:
    for using in ("default", "archive", "default"):
        housekeeping.written(using)
    assert keeper.pushed == [("default", ""), ("archive", "")]
    del keeper.waiting["default", ""]
    housekeeping.written("default")
    assert keeper.pushed[2:] == [("default", "")]


def test_a_tenant_who_is_unknown_is_left_to_its_sockets(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping.scopes, "of_the_writer", lambda: None)
    housekeeping.written("default")
    assert keeper.pushed == []


def test_a_process_that_ends_starts_no_thread(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ending() -> Keeper:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    monkeypatch.setattr(housekeeping, "_running", ending)
    housekeeping.written("default")
    assert keeper.pushed == []


def test_a_log_is_tidied_in_its_place_until_there_is_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    there: list[str] = []
    looks = iter([True, True, False])

    @contextmanager
    def enter() -> Iterator[None]:
        there.append("in")
        yield
        there.append("out")

    def tidy(using: str) -> bool:
        there.append(using)
        return next(looks)

    monkeypatch.setattr(housekeeping.trimming, "tidy", tidy)
    monkeypatch.setattr(housekeeping.trimming, "REST_SECONDS", 0)
    housekeeping._tidy("default", Place("shop", enter))
    assert there == ["in", "default", "out"] * 3
    assert caplog.records == []


def test_a_log_that_cannot_be_tidied_is_reported_with_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(using: str) -> bool:
        raise OperationalError("gone away")

    monkeypatch.setattr(housekeeping.trimming, "tidy", broken)
    housekeeping._tidy("archive", Place("shop", nullcontext))
    (record,) = caplog.records
    facts = (record.levelname, *(vars(record)[name] for name in ("event", "database", "place")))
    assert facts == ("WARNING", "log.untidy", "archive", "shop")
    assert "gone away" in record.getMessage()


@pytest.mark.parametrize(("words", "is_news"), [("database is locked", False), ("gone away", True)])
def test_a_long_write_on_sqlite_is_no_news(
    words: str, is_news: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is looked at again when it is over: it rings."""

    def held(using: str) -> bool:
        raise OperationalError(words)

    monkeypatch.setattr(housekeeping.trimming, "_number_some", held)
    housekeeping._tidy("archive", Place("shop", nullcontext))
    assert bool(caplog.records) is is_news


def test_a_child_process_begins_with_a_keeper_of_its_own(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "_making", housekeeping._making)
    lock = housekeeping._making
    assert housekeeping._running() is keeper
    housekeeping._forked()
    assert housekeeping._keeper is None
    assert housekeeping._making is not lock
