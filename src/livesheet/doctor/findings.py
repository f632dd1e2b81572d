"""What the doctor reports: a finding says what was seen, why it matters, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FINE, WARNING, FAILING = LEVELS = ("fine", "warning", "failing")


@dataclass(frozen=True, slots=True)
class Finding:
    """``id`` is stable and stands in docs/doctor.md. A fine one needs no ``why`` and no ``fix``."""

    level: str
    id: str
    saw: str
    why: str = ""
    fix: str = ""


Findings = Iterator[Finding]


def fine(id: str, saw: str) -> Finding:
    return Finding(FINE, id, saw)


def warning(id: str, saw: str, why: str, fix: str) -> Finding:
    return Finding(WARNING, id, saw, why, fix)


def failing(id: str, saw: str, why: str, fix: str) -> Finding:
    return Finding(FAILING, id, saw, why, fix)


def worst(findings: list[Finding]) -> str:
    return max((finding.level for finding in findings), key=LEVELS.index, default=FINE)
