"""Cutting a script down to what still fails: batches first, then operations, by halves.

What processes do at the same time comes out another way each time, so what did not fail is played
twice before it is believed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults.oracle.play import play
from tests.faults.oracle.run import Report
from tests.faults.oracle.script import Script

TRIES = 2


def shrink(script: Script, report: Report, seconds: float) -> Path:
    """Print the shortest script that was found in that time, and where it is kept."""
    deadline = time.monotonic() + seconds

    def fails(batches: list[Any]) -> bool:
        if time.monotonic() > deadline:
            return False
        candidate = replace(script, batches=batches)
        return any(not play(candidate, shown=1).ok for _ in range(TRIES))

    batches = cut(script.batches[: report.batch + 1], fails)
    ops = cut(
        [(n, op) for n, batch in enumerate(batches) for op in batch],
        lambda kept: fails(_joined(kept, len(batches))),
    )
    short = replace(script, batches=_joined(ops, len(batches)))
    kept = Path(tempfile.mkdtemp(prefix="oracle-")) / "script.json"
    short.save(kept)
    print(f"\n{len(ops)} operations are left of it: python -m tests.faults.oracle --script {kept}")
    for n, op in ops:
        print(f"  batch {n}: {op}")
    return kept


def _joined(ops: list[tuple[int, Any]], batches: int) -> list[list[Any]]:
    return [[op for at, op in ops if at == n] for n in range(batches)]


def cut(items: list[Any], fails: Callable[[list[Any]], bool]) -> list[Any]:
    """Leave out pieces, half as large each round, as long as the rest still fails."""
    size = len(items) // 2
    while size:
        start = 0
        while start < len(items):
            rest = items[:start] + items[start + size :]
            if rest and fails(rest):
                items = rest
            else:
                start += size
        size //= 2
    return items
