"""Say in a few lines what a run of tox did: each environment, the tests it ran, what was missed,
what took longest.

`python .ci/summary.py RESULTS.json XML_FOLDER`; exits 1 if anything failed. The last line counts
the tests of all environments, and each failed environment that is not made of tests.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_LINES = 25
SLOWEST = 10


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count(path: Path) -> Count:
    """The tests that one pytest run wrote down; none where it wrote nothing."""
    if not path.exists():
        return Count()
    total = Count()
    for suite in ET.parse(path).getroot().iter("testsuite"):
        number = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        failed = number["failures"] + number["errors"]
        passed = number["tests"] - failed - number["skipped"]
        total += Count(passed, failed, number["skipped"])
    return total


def failed_tests(path: Path) -> list[str]:
    """Each failed test, and the end of what it said: the one place where all runs' are together."""
    if not path.exists():
        return []
    found = []
    for case in ET.parse(path).getroot().iter("testcase"):
        for what in [*case.findall("failure"), *case.findall("error")]:
            said = (what.text or what.get("message") or "").strip().splitlines()[-MOST_LINES:]
            name = f"{case.get('classname')}::{case.get('name')}"
            found.append("\n    ".join([f"{path.stem}: {name}", *said]))
    return found


def tried_again(path: Path) -> list[str]:
    """The tests that passed only when they were tried again: pytest writes down every run."""
    if not path.exists():
        return []
    runs: Counter[str] = Counter()
    failed: set[str] = set()
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f"{path.stem}: {case.get('classname')}::{case.get('name')}"
        runs[name] += 1
        if case.findall("failure") or case.findall("error"):
            failed.add(name)
    return [name for name in runs if runs[name] > 1 and name not in failed]


def slowest(folder: Path) -> list[str]:
    """The tests that took longest, setups included, those of whole modules too."""
    cases = [
        (float(case.get("time", 0)), f"{path.stem}: {case.get('classname')}::{case.get('name')}")
        for path in folder.glob("*.xml")
        for case in ET.parse(path).getroot().iter("testcase")
    ]
    return [f"{seconds:6.0f} s   {name}" for seconds, name in sorted(cases)[: -SLOWEST - 1 : -1]]


def main(results: Path, folder: Path) -> int:
    if not results.exists():
        print("\nNothing ran.\n\n0 passed, 1 failed")
        return 1
    everything: dict[str, Any] = json.loads(results.read_text())["testenvs"]
    # `.pkg`, which builds the wheel, is an environment too, but not one with an outcome. One of
    # which nothing is told was not asked for; what broke before it could begin, tox's status says.
    environments = {name: found for name, found in everything.items() if name[0] != "." and found}
    total = Count()
    failures: list[str] = []
    stories: list[str] = []
    missed: list[str] = []
    again: list[str] = []
    print()
    for name, report in environments.items():
        outcome = report.get("result", {})
        well = bool(outcome.get("success"))
        tests = count(folder / f"{name}.xml")
        if not well:
            tests.failed = max(tests.failed, 1)
            failures.append(name)
        if outcome.get("skipped"):
            missed.append(name)
        total += tests
        stories += failed_tests(folder / f"{name}.xml")
        again += tried_again(folder / f"{name}.xml")
        state = "FAILED" if not well else "MISSED" if outcome.get("skipped") else "ok"
        print(f"{state:8}{name:22}{outcome.get('duration', 0):7.0f} s   {tests}")
    print("\nLongest:", *slowest(folder), sep="\n")
    print()
    for story in stories:
        print(story, end="\n\n")
    if again:
        print("PASSED ONLY WHEN TRIED AGAIN:", *again, sep="\n    ", end="\n\n")
    if missed:
        print(f"NOT TESTED, for want of the interpreter: {', '.join(missed)}")
    fine = f"All {len(environments) - len(missed)} environments passed."
    print(f"Failed: {', '.join(failures)}" if failures else fine)
    print()
    print(total)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
