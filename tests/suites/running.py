"""Running a suite twice: without livesheet, and with every model of it live."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
FAILED = re.compile(r"^(?:FAIL|ERROR): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    ran: int
    failed: frozenset[str]
    output: str


def run(command: Sequence[str], folder: Path, database: str, *, live: bool, theirs: str) -> Run:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "LIVESHEET_TEST_DATABASE": database,
        "SUITE_SETTINGS": theirs,
        "SUITE_LIVE": "1" if live else "",
        "DJANGO_SETTINGS_MODULE": "tests.suites.settings",
    }
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    found = RAN.search(done.stderr)
    assert found, done.stdout[-2_000:] + done.stderr[-8_000:]
    return Run(int(found[1]), frozenset(FAILED.findall(done.stderr)), done.stderr)


def compared(command: Sequence[str], folder: Path, database: str, theirs: str = "") -> set[str]:
    """The tests that fail with livesheet and not without."""
    without = run(command, folder, database, live=False, theirs=theirs)
    with_us = run(command, folder, database, live=True, theirs=theirs)
    print(
        f"\n{folder.name} on {database}: without livesheet {without.ran} ran,"
        f" {len(without.failed)} failed; with it {with_us.ran} ran, {len(with_us.failed)} failed"
    )
    assert with_us.ran == without.ran
    more = with_us.failed - without.failed
    if more:
        print(with_us.output[-20_000:])
    return set(more)
