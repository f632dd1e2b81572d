"""How many small faults do a folder's tests notice? `python -m tests.mutants feed --sample 60`.

Cosmic Ray makes mutants of the folder's modules, one change each: a comparison turned round, a
number off by one, a loop left at once, an exception not caught. A sample of them is run, each with
the tests of the folder, on a copy of the checkout; what no test noticed is printed at the end, as a
difference to read. Half a minute for a mutant that lives, less for one that dies; so this is a
command and not a part of the suite.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("src", "tests", "example_project", "docs", "benchmarks", "pyproject.toml", "README.md")
# Beside the tests of the folder: those of the whole way, which a change in it must not break.
WAY = ("tests/test_round_trip.py", "tests/test_writes.py", "tests/test_revocation.py")
# `X | None` in annotations is never evaluated; variables are replaced only where one says by what.
IDLE = re.compile(r"BitOr|RemoveDecorator|VariableReplacer|VariableInserter")
CONFIG = """
[cosmic-ray]
module-path = "src/livesheet/{folder}"
timeout = {timeout}
excluded-modules = ["src/livesheet/{folder}/__init__.py"]
test-command = "{python} -m pytest -q -x -p no:cacheprovider {tests}"
distributor.name = "local"
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", help="log, edits, feed, wire …")
    parser.add_argument("--sample", type=int, default=60, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--timeout", type=int, default=180, help="seconds for the tests")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        copy = Path(place)
        for name in COPIED:
            there = ROOT / name
            if there.is_dir():
                shutil.copytree(there, copy / name, ignore=shutil.ignore_patterns(".cache"))
            else:
                shutil.copy(there, copy / name)
        tests = " ".join(("tests/" + wanted.folder, *WAY))
        config = CONFIG.format(
            folder=wanted.folder, timeout=wanted.timeout, python=sys.executable, tests=tests
        )
        (copy / "mutants.toml").write_text(config)
        run(copy, "baseline", "mutants.toml")  # the tests pass where nothing is changed
        run(copy, "init", "mutants.toml", "mutants.sqlite")
        with use_db(str(copy / "mutants.sqlite")) as database:
            choose(database, wanted.sample, random.Random(wanted.seed))
        run(copy, "exec", "mutants.toml", "mutants.sqlite")
        with use_db(str(copy / "mutants.sqlite")) as database:
            return report(wanted.folder, [result for _job, result in database.completed_work_items])


def run(copy: Path, *command: str) -> None:
    environment = {"PYTHONPATH": str(copy / "src"), "LIVESHEET_TEST_NAME": f"mutants_{copy.name}"}
    arguments = [sys.executable, "-m", "cosmic_ray.cli", *command]
    subprocess.run(arguments, cwd=copy, check=True, env={**os.environ, **environment})


def choose(database: WorkDB, most: int, chance: random.Random) -> None:
    """Leave a sample to be run; the others count as skipped."""
    items = sorted(database.work_items, key=lambda item: place_of(item.mutations[0]))
    useful = [item for item in items if not IDLE.search(item.mutations[0].operator_name)]
    chosen = useful if not most else chance.sample(useful, min(most, len(useful)))
    left = {item.job_id for item in chosen}
    for item in items:
        if item.job_id not in left:
            database.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))
    print(f"{len(left)} of {len(useful)} mutants", flush=True)


def place_of(mutation: MutationSpec) -> tuple[str, str, int]:
    return str(mutation.module_path), mutation.operator_name, mutation.occurrence


def report(folder: str, results: Iterable[WorkResult]) -> int:
    ran = [result for result in results if result.worker_outcome != WorkerOutcome.SKIPPED]
    outcomes = Counter(result.test_outcome for result in ran)
    for result in ran:
        if result.test_outcome == TestOutcome.SURVIVED:
            print(result.diff, end="\n\n")
    killed = len(ran) - outcomes[TestOutcome.SURVIVED]
    print(f"{folder}: {killed} of {len(ran)} noticed, {100 * killed / len(ran):.0f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
