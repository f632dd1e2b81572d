"""How many small faults do a folder's tests notice? `python -m tests.mutants feed --sample 60`.

Cosmic Ray makes mutants of the folder's modules, one change each: a comparison turned round, a
number off by one, a loop left at once, an exception not caught. A sample of them is run on copies
of the checkout: first the tests of the module, which notice most in a second or two, then those of
the folder. What no test notices is printed at once, as a difference to read. A mutant that lives
takes a minute or two; so this is a command and not a part of the suite.

Some branches are executed on one kind of database only. `--left FILE` writes down the mutants that
live, and the same command on another database then tries only those: what is noticed on any
database counts as noticed, and no mutant is left out.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from attrs import evolve
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkResult

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("src", "tests", "example_project", "docs", "benchmarks", "pyproject.toml", "README.md")
# Beside the tests of the folder: those of the way that starts or ends in it.
WAY = {
    "edits": [
        "tests/test_round_trip.py", "tests/test_views.py", "tests/sheet/test_hidden_values.py"
    ],
    "feed": ["tests/test_round_trip.py"],
    "log": ["tests/test_round_trip.py", "tests/test_writes.py", "tests/test_triggers.py"],
}  # fmt: skip
# `X | None` in annotations is never evaluated; variables are replaced only where one says by what.
IDLE = re.compile(r"BitOr|RemoveDecorator|VariableReplacer|VariableInserter")
CONFIG = """
[cosmic-ray]
module-path = "src/livesheet/{folder}"
timeout = 1
excluded-modules = ["src/livesheet/{folder}/__init__.py"]
test-command = "not used"
distributor.name = "local"
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", help="log, edits, feed, wire …")
    parser.add_argument("--sample", type=int, default=60, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--left", type=Path, help="a file: which live, to try them elsewhere")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        copies = [copied_to(Path(place) / str(number)) for number in range(wanted.jobs)]
        every = all_of(wanted.folder, copies[0])
        if wanted.left and wanted.left.exists():
            mutants, among = left_of(every, wanted.left)
        else:
            mutants = chosen(every, wanted.sample, wanted.seed)
            among = len(mutants)
        results = tried(mutants, wanted.folder, copies)
    living = [one for one, result in zip(mutants, results, strict=True) if lives(result)]
    if wanted.left:
        wanted.left.write_text(json.dumps({"of": among, "left": [named(one) for one in living]}))
    noticed = among - len(living)
    print(f"{wanted.folder}: {noticed} of {among} noticed, {100 * noticed / among:.0f} %")
    return 0


def copied_to(copy: Path) -> Path:
    copy.mkdir()
    for name in COPIED:
        there = ROOT / name
        if there.is_dir():
            shutil.copytree(there, copy / name, ignore=shutil.ignore_patterns(".cache"))
        else:
            shutil.copy(there, copy / name)
    return copy


def all_of(folder: str, copy: Path) -> list[MutationSpec]:
    (copy / "mutants.toml").write_text(CONFIG.format(folder=folder))
    command = [sys.executable, "-m", "cosmic_ray.cli", "init", "mutants.toml", "mutants.sqlite"]
    subprocess.run(command, cwd=copy, check=True)
    with use_db(str(copy / "mutants.sqlite")) as database:
        mutants = [item.mutations[0] for item in database.work_items]
    return sorted(mutants, key=lambda it: (str(it.module_path), it.operator_name, it.occurrence))


def chosen(mutants: Sequence[MutationSpec], most: int, seed: int) -> list[MutationSpec]:
    useful = [mutant for mutant in mutants if not IDLE.search(mutant.operator_name)]
    sample = useful if not most else random.Random(seed).sample(useful, min(most, len(useful)))
    print(f"{len(sample)} of {len(useful)} mutants", flush=True)
    return sample


def left_of(every: Iterable[MutationSpec], file: Path) -> tuple[list[MutationSpec], int]:
    """What lived in an earlier run, on another database, and how many were tried in it."""
    earlier = json.loads(file.read_text())
    left = [mutant for mutant in every if named(mutant) in earlier["left"]]
    print(f"{len(left)} that live elsewhere, of {earlier['of']} mutants", flush=True)
    return left, int(earlier["of"])


def named(mutant: MutationSpec) -> list[str | int]:
    return [mutant.module_path.name, mutant.operator_name, mutant.occurrence]


def tried(mutants: Sequence[MutationSpec], folder: str, copies: list[Path]) -> list[WorkResult]:
    """Each mutant on a copy that nobody uses at the moment."""
    started = time.monotonic()
    subprocess.run(shlex.split(command_for(folder, "", copies[0])), check=True)
    allowed = 60 + 3 * (time.monotonic() - started)  # a mutant may wait for what never comes
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def try_one(mutant: MutationSpec) -> WorkResult:
        copy = free.get()
        try:
            here = evolve(mutant, module_path=copy / mutant.module_path)
            command = command_for(folder, mutant.module_path.stem, copy)
            result = mutate_and_test([here], command, allowed)
            outcome = result.diff if lives(result) else "noticed"
            print(outcome, mutant.module_path.name, flush=True)
            return result
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(try_one, mutants))


def command_for(folder: str, module: str, copy: Path) -> str:
    own = f"tests/{folder}/test_{module}.py"
    tests = [own] if (copy / own).exists() else []
    name = f"mutants_{copy.parent.name}_{copy.name}".replace("-", "_")
    environment = [f"PYTHONPATH={copy / 'src'}", f"LIVESHEET_TEST_NAME={name}"]
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    tests += [f"tests/{folder}", *WAY.get(folder, [])]
    return shlex.join(["env", f"--chdir={copy}", *environment, *pytest, *tests])


def lives(result: WorkResult) -> bool:
    return result.test_outcome == TestOutcome.SURVIVED


if __name__ == "__main__":
    sys.exit(main())
