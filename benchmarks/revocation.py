"""How long after a right has ended does the last frame come, and is an edit refused?

    python -m tests.services postgres mariadb -- python benchmarks/revocation.py
        [postgres|mariadb|sqlite] [--rounds 5] [-k EVENT]

Runs ``tests/test_revocation.py``, in which somebody writes thirty times a second meanwhile, and
prints the median and the worst of each event, as soon as it has been measured so often. Seconds
from the moment in which the statement that ended the right has returned; of an edit, from when it
was sent after that to the socket's end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
EVERY_SECONDS = 0.5


def measured(database: str, rounds: int, events: str) -> int:
    """The status of the test run."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "table"
        lines.touch()
        environment = {
            "LIVESHEET_TEST_DATABASE": database,
            "LIVESHEET_ROUNDS": str(rounds),
            "LIVESHEET_TABLE": str(lines),
        }
        command = [sys.executable, "-m", "pytest", "-q", "tests/test_revocation.py", "-k", events]
        with lines.open(encoding="utf-8") as table, (Path(folder) / "said").open("w+") as said:
            run = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | environment, stdout=said, stderr=said
            )
            show_meanwhile(run, table, rounds)
            if run.returncode:
                said.seek(0)
                print(said.read())
    return run.returncode


def show_meanwhile(run: subprocess.Popen[bytes], table: TextIO, rounds: int) -> None:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    while True:
        is_over = run.poll() is not None
        for line in map(json.loads, table):
            for what in sorted(line.keys() - {"event"}):
                seconds = found[line["event"], what]
                seconds.append(line[what])
                if len(seconds) == rounds:
                    show(line["event"], what, seconds)
        if is_over:
            return
        time.sleep(EVERY_SECONDS)


def show(event: str, what: str, seconds: list[float]) -> None:
    times = f"{median(seconds):8.2f}{max(seconds):8.2f}"
    print(f"{event:44}{what.replace('_', ' '):12}{times}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", nargs="?", default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-k", dest="events", default="")
    given = parser.parse_args()
    print(f"{'event':44}{'until':12}{'median':>8}{'worst':>8}", flush=True)
    return measured(given.database, given.rounds, given.events)


if __name__ == "__main__":
    sys.exit(main())
