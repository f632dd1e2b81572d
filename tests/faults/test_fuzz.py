"""The fuzzer's short forms; `python -m tests.faults.fuzz --frames 2000000` and its kin are long."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.faults.processes import ROOT

PATIENCE = 240


def fuzz(*words: str, faults: bool = False, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzz", *words],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == faults, f"{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
    return said


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_no_frame_is_too_much_for_the_server(database: str) -> None:
    # Few frames, so more of them whole: each kind of answer must have been given.
    said = fuzz("--frames", "1500", "--database", database, SHARE_OF_WILD="0.5")
    assert "'reply'" in said
    assert "'error'" in said


def test_a_sheet_without_a_bound_is_noticed() -> None:
    said = fuzz("--frames", "1500", UNBOUND="1", SHARE_OF_WILD="0.5", faults=True)
    assert "a row of ash was written" in said or "was told" in said


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_no_bytes_on_a_line_are_too_much_either(server: str) -> None:
    assert "another's edits meanwhile" in fuzz("--sockets", "300", "--server", server)


def test_no_request_is_too_much_for_rest() -> None:
    assert "'404'" in fuzz("--requests", "400")


def test_rest_keeps_to_what_a_document_of_it_says() -> None:
    """By schemathesis: lawful requests and unlawful ones; each answer has a known shape."""
    said = fuzz("--cases", "1", "--seed", "1")
    assert "'200'" in said
    assert "'400'" in said
