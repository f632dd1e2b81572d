"""How long after a right has ended does the last frame come, and is an edit refused?

    python -m tests.services postgres mariadb -- python benchmarks/revocation.py
        [postgres|mariadb|sqlite] [--rounds 5] [-k EVENT]

Runs ``tests/test_revocation.py``, in which somebody writes thirty times a second meanwhile, and
prints the median and the worst of each event. Seconds from the moment in which the statement that
ended the right has returned; of an edit, from when it was sent after that to the socket's end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
WHAT = ("last_frame", "closed", "refused")

Table = dict[str, dict[str, list[float]]]


def measured(database: str, rounds: int, events: str) -> tuple[int, Table]:
    """The status of the test run, and the seconds by event and by what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "table"
        lines.touch()
        environment = {
            "LIVESHEET_TEST_DATABASE": database,
            "LIVESHEET_ROUNDS": str(rounds),
            "LIVESHEET_TABLE": str(lines),
        }
        command = [sys.executable, "-m", "pytest", "-q", "tests/test_revocation.py", "-k", events]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | environment)
        table: Table = defaultdict(lambda: defaultdict(list))
        for line in map(json.loads, lines.read_text(encoding="utf-8").splitlines()):
            for what in line.keys() - {"event"}:
                table[line["event"]][what].append(line[what])
    return done.returncode, table


def show(table: Table) -> None:
    print(f"\n{'event':44}" + "".join(f"{what.replace('_', ' '):>16}" for what in WHAT))
    for event, found in table.items():
        cells = (f"{median(s):.2f}, {max(s):.2f}" if (s := found.get(w)) else "" for w in WHAT)
        print(f"{event:44}" + "".join(f"{cell:>16}" for cell in cells))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", nargs="?", default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-k", dest="events", default="")
    given = parser.parse_args()
    status, table = measured(given.database, given.rounds, given.events)
    show(table)
    return status


if __name__ == "__main__":
    sys.exit(main())
