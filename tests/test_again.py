"""A test that is tried again finds nothing of its first try."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TESTS = """
import pytest

@pytest.fixture(scope="session")
def original(): return ["made once"]

@pytest.fixture(scope="module", autouse=True)
def _arranged():
    print("arranged")
    yield
    print("put away")

@pytest.fixture(scope="module")
def database(original):
    made = original.copy()
    yield made
    print("dropped with", made[1:])

@pytest.fixture(scope="module", params=["daphne"])
def site(request, database):
    print("served")
    yield database
    print("ended")

def test_before(site):
    site.append("before")

def test_that_is_late_once(site):
    site.append("tried")
    assert site == ["made once", "tried"]

def test_after(site):
    site.append("after")
"""


def test_another_try_has_a_site_of_its_own(tmp_path: Path) -> None:
    """Those who depend on one another end in their order, and begin in it."""
    (tmp_path / "test_tried.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    plugins = ("tests.again", "no:cacheprovider", "no:django", "no:asyncio")
    command = [sys.executable, "-m", "pytest", "-qs", "--reruns=2", f"--rootdir={tmp_path}"]
    done = subprocess.run(
        [*command, *(word for name in plugins for word in ("-p", name)), tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed, 1 rerun" in done.stdout, done.stdout + done.stderr
    lines = [line.lstrip(".R") for line in done.stdout.splitlines()]
    told = [line for line in lines if line.split(" ")[0] in SAID]
    assert told == [
        "arranged",
        "served",
        "ended",
        "dropped with ['before', 'tried']",
        "served",
        "ended",
        "dropped with ['tried', 'after']",
        "put away",
    ]


SAID = {"arranged", "served", "ended", "dropped", "put"}
