"""The table of stops in `docs/how-an-edit-travels.md`, for tests that follow an edit along it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parents[1] / "docs" / "how-an-edit-travels.md"
STOP = re.compile(r"^\|[^|]*\| `(?P<file>[\w/]+\.(?:py|js))` \| `(?P<name>[\w.#]+)` \|", re.M)


class Stop(NamedTuple):
    """A file below the package, or below the widget's folder, and a function or method in it."""

    file: str
    name: str


def stops(suffix: str) -> list[Stop]:
    """Those in the files with this suffix, in the order of the table."""
    found = [Stop(*match.groups()) for match in STOP.finditer(PAGE.read_text(encoding="utf-8"))]
    return [stop for stop in found if stop.file.endswith(suffix)]
