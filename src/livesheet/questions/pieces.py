"""The rows of a view, or a stretch of them, piece by piece: what is copied beyond what is loaded.

Nothing is kept between two pieces. Where the next one begins stands in a cursor, sealed: what a
sheet is sorted by may be hidden from who reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import models

from livesheet.orders.keysets import Keyset, Place, dumps
from livesheet.orders.stretches import Stretch
from livesheet.orders.view import bad
from livesheet.orders.viewquery import ViewQuery
from livesheet.questions.summaries import ends_of, view_of
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader, used_labels
from livesheet.wire.protocol import MAX_WINDOW
from livesheet.wire.seals import Seals

NOT_OURS = "The cursor is of other rows. Begin without one."


def rows(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"view", "search", "between", "cursor", "rows"}`` → rows, labels, and where it goes on."""
    most = query.get("rows", MAX_WINDOW)
    if type(most) is not int or not 0 < most <= MAX_WINDOW:
        raise bad(f"Expected `rows` to be a number from 1 to {MAX_WINDOW}; got {most!r:.80}.")
    keyset, seals = Keyset(ViewQuery(sheet).rows(view_of(query))), _seals(sheet, query)
    stretch, last = _begin(keyset, query, seals)
    wanted = "pk", *(key.alias for key in keyset.keys)
    found = list(keyset.read(stretch, *wanted)[: most + 1])
    rows = read_rows(sheet, [str(row[0]) for row in found[:most]])
    goes_on = None
    if len(found) > most:
        place = keyset.written(found[most - 1][1 : len(wanted)])
        goes_on = seals.seal(dumps([place, last]))
    return {"rows": rows, "labels": used_labels(sheet, rows, {}), "next": goes_on}


def _begin(
    keyset: Keyset, query: Mapping[str, Any], seals: Seals
) -> tuple[models.QuerySet[Any], Place | None]:
    """What is left of the rows, and the place of the last of them; None is the end of the view."""
    if (cursor := query.get("cursor")) is None:
        stretch = Stretch(keyset, *ends_of(query))
        return stretch.rows, stretch.last
    place = seals.opened(cursor) if isinstance(cursor, str) else None
    if place is None:
        raise bad(NOT_OURS)
    after, last = json.loads(place)
    return keyset.between(after, last), last


def read_rows(sheet: Sheet, pks: list[str]) -> list[Any]:
    """The rows in the order of their keys, without those that are not there any more."""
    found = RowReader(sheet).read(pks)
    return [found[pk] for pk in pks if pk in found]


def _seals(sheet: Sheet, query: Mapping[str, Any]) -> Seals:
    params = sorted((name, str(value)) for name, value in sheet.params.items())
    asked = json.dumps([query.get("view"), query.get("search")], sort_keys=True)
    return Seals("livesheet.piece", repr((sheet.get_name(), params, sheet.audience, asked)))
