"""What the widget's own modules make of a view, by `tests/js/arranged.js` under node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader, read_labels, related_columns

SCRIPT = Path(__file__).resolve().parent.parent / "js" / "arranged.js"


def arranged(
    sheet: Sheet, views: list[dict[str, Any]], zone: str = "Europe/Berlin"
) -> list[list[Any]]:
    """For each view the keys of the rows that a browser shows, in their order.

    If they are grouped, each group's values and its number of rows come before its rows.
    """
    rows = RowReader(sheet).chunks(sheet.ordered_rows(), 1_000)
    given = {
        "columns": [column.describe() for column in sheet.columns],
        "labels": {c.name: read_labels(sheet, c, None) for _n, c in related_columns(sheet)},
        "rows": [row for chunk in rows for row in chunk],
        "views": views,
        "zone": zone,
        "me": str(getattr(sheet.user, "pk", None)),
    }
    found = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    keys: list[list[Any]] = json.loads(found.stdout)
    return keys
