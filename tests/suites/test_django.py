"""Django's own tests of what writes, with all their models live."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.suites.running import ROOT, compared
from tests.suites.sdists import fetched

SUITES = [
    "basic",
    "bulk_create",
    "delete",
    "model_inheritance",
    "proxy_models",
    "signals",
    "transactions",
    "update",
]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_django(database: str, sources: Path, services: None) -> None:
    folder = fetched("django", sources) / "tests"
    command = ["runtests.py", "--settings=tests.suites.settings", "--parallel=1", *SUITES]
    more = {failure.split()[0] for failure in compared(command, folder, database)}
    assert more <= explained()


def explained() -> set[str]:
    """Those that the documentation gives a reason for."""
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    return set(re.findall(r"^- `(test_\w+)`", text, re.MULTILINE))
