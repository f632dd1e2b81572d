"""A process that writes keeps the log in order by itself, and ends when it wants to."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from django.db import connection

from livesheet.log import housekeeping

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
