"""Sheets of large tables: which sorts, filters and searches would read the whole table."""

from __future__ import annotations

from contextlib import suppress

from livesheet.doctor.findings import Finding, Findings, warning
from livesheet.orders import indexes
from livesheet.sheet.declaration import Sheet, all_sheets
from livesheet.sheet.specimen import specimen


def findings() -> Findings:
    for kind in all_sheets():
        found: list[Finding] = []
        with suppress(Exception):  # a hook asks for a real user, or there is no such table yet
            sheet = specimen(kind)
            if indexes.is_large(sheet) and (lines := list(indexes.missing_indexes(sheet))):
                found.append(_finding(sheet, lines))
        yield from found


def _finding(sheet: Sheet, lines: list[str]) -> Finding:
    model, ways = sheet.get_model(), len(lines)
    return warning(
        "database.no-index",
        f"{model._meta.label} has more than {indexes.LARGE:,} rows, and no index for {ways} of"
        f" the ways in which the sheet {sheet.get_name()!r} can be sorted, filtered or searched.",
        "The database then reads all rows, each time that somebody asks for one of them.",
        f"Add to the Meta.indexes of {model.__name__} those that people use: {', '.join(lines)}."
        " See docs/finding.md, “Large tables”.",
    )
