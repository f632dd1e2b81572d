"""What docs/security.md promises: its tests are there, and the bundled grid's weak parts unused."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src" / "livesheet" / "static" / "livesheet"

# Cell types of Handsontable that bring its validators, moment or HTML with them.
WEAK = re.compile(
    r"""\btype:\s*["'](numeric|date|time|html)["']|(numeric|html|date)Renderer|\bmoment\("""
)


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 15
    missing = [
        f"{path}::{name}"
        for path, name in named
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_no_cell_has_a_type_that_the_bundled_grid_is_weak_in() -> None:
    found = [
        (path.name, match.group())
        for path in sorted(STATIC.glob("*.js"))
        for match in WEAK.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
