"""Find in a large sheet: the next rows of a view that contain a text, and how many there are.

The database finds what a search finds. The rows are read from a place on, in the order of the view
or backwards, so that a text that occurs often is found without a look at all rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from livesheet.orders.keysets import Keyset, Place
from livesheet.orders.view import bad, read_text
from livesheet.orders.viewquery import ViewQuery
from livesheet.questions.pieces import read_rows
from livesheet.questions.summaries import view_of
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import as_keys, used_labels
from livesheet.wire.protocol import MAX_WINDOW

# The number beyond which rows are not counted.
MOST_COUNTED = 1_000


def find(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"view", "search", "text", "from", "back", "rows"}`` → the next rows, their labels, and
    whether there are more.

    ``from`` is the key of the row after which the search begins, or before which it does with
    ``back``. If that row is null or not in the view, it begins at the end of the view.
    """
    most = query.get("rows", MAX_WINDOW)
    if type(most) is not int or not 0 < most <= MAX_WINDOW:
        raise bad(f"Expected `rows` to be a number from 1 to {MAX_WINDOW}; got {most!r:.80}.")
    search, is_back = _Search(sheet, query), query.get("back") is True
    found = search.keys(query.get("from"), is_back=is_back, most=most + 1)
    rows = read_rows(sheet, found[:most])
    return {
        "rows": rows,
        "labels": used_labels(sheet, rows, {}),
        "more": len(found) > most,
    }


def found(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"view", "search", "text", "at"}`` → the number of rows, and how many of them come up to
    and including the row with the key ``at``; each null if it is above a thousand.
    """
    search = _Search(sheet, query)
    place = search.place(query.get("at"))
    return {"count": search.count(), "at": None if place is None else search.count(place)}


class _Search:
    def __init__(self, sheet: Sheet, query: Mapping[str, Any]) -> None:
        text = read_text(query.get("text")).strip()
        if not text:
            raise bad("Expected `text` to contain what is searched for.")
        viewquery = ViewQuery(sheet)
        self._condition = viewquery.containing(text)
        self._keyset = Keyset(viewquery.rows(view_of(query)))

    def place(self, pk: Any) -> Place | None:
        return None if pk is None else self._keyset.place_of_key(read_text(pk))

    def keys(self, pk: Any, *, is_back: bool, most: int) -> list[str]:
        place = self.place(pk)
        ends = (None, place) if is_back else (place, None)
        rows = self._keyset.between(*ends).filter(self._condition)
        if is_back:
            rows = rows.reverse()
        if is_back and place is not None:  # a stretch includes its last row
            rows = rows.exclude(pk__in=as_keys(rows.model._meta.pk, [str(pk)]))
        return [str(row[0]) for row in self._keyset.read(rows, "pk")[:most]]

    def count(self, until: Place | None = None) -> int | None:
        rows = self._keyset.between(None, until).filter(self._condition).order_by()
        count = len(self._keyset.read(rows, "pk")[: MOST_COUNTED + 1])
        return count if count <= MOST_COUNTED else None
