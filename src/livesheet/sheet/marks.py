"""Numbers that stand for what rows contain, so that two readings can be compared in little memory.

They mean something within one process only.
"""

from __future__ import annotations

from collections.abc import Sequence

from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import Row
from livesheet.wire.values import dumps


def mark_of(row: Row, files: Sequence[int] = ()) -> int:
    """A number that stands for the values of the row within this process.

    ``files`` are the places of files, which are compared by name, because addresses may be signed.
    """
    if files:
        row = [
            cell["name"] if n in files and isinstance(cell, dict) else cell
            for n, cell in enumerate(row)
        ]
    return mark_of_text(dumps(row))


def mark_of_text(text: str) -> int:
    """``mark_of`` a row without files that is ``text`` in JSON."""
    mark = hash(text)
    return mark if mark not in (0, 1) else 2  # these two mean something else


def places_of_files(sheet: Sheet) -> tuple[int, ...]:
    return tuple(n for n, column in enumerate(sheet.columns, 1) if column.type == "file")
