"""The large frames, ``hello`` and ``change``, and the last one, ``bye``.

Small frames are built where they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import get_format

from livesheet import conf, people
from livesheet.exceptions import Refused
from livesheet.log.batches import Who
from livesheet.questions import history
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import Labels, Row
from livesheet.wire import protocol, values

ROWS_PER_FRAME = 500

# A day, a month and a year of four digits, with the same sign between.
_DIGITS = re.compile(r"%(?P<a>[dmY])(?P<sign>[./-])%(?P<b>[dmY])(?P=sign)%(?P<c>[dmY])").fullmatch


def hello(
    sheet: Sheet, digest: str, complete: Iterable[str], *, windowed: bool = False
) -> dict[str, Any]:
    """What this user sees of the sheet and may do with it.

    ``complete`` names the relations all of whose labels follow; ``windowed`` says that the client
    has to ask for rows.
    """
    complete = frozenset(complete)
    return {
        "type": "hello",
        "protocol": protocol.VERSION,
        "sheet": sheet.get_name(),
        "title": sheet.get_title(),
        "digest": digest,
        "me": people.me(sheet.user),
        "columns": [column.describe(column.name in complete) for column in sheet.columns],
        "can": {
            "add": sheet.has_add_permission(),
            "change": sheet.has_change_permission(),
            "delete": sheet.has_delete_permission(),
            "history": history.is_kept(sheet),
        },
        "limits": {
            "frame_bytes": conf.get("MAX_FRAME_BYTES"),
            "cells": conf.get("MAX_CELLS"),
            "rows": conf.get("MAX_ROWS"),
            "have": protocol.MAX_HAVE,
            "page": protocol.MAX_PAGE,
            "window": protocol.MAX_WINDOW,
            "resend_days": conf.get("RESEND_DAYS"),
        },
        "actions": [action.describe() for action in sheet.offered_actions()],
        "row_style": bool(sheet.row_style),
        "windowed": windowed,
        "atomic_pastes": sheet.atomic_pastes,
        "exact_copies": sheet.exact_copies,
        "zone": timezone.get_current_timezone_name(),
        "numbers": {
            "decimal": get_format("DECIMAL_SEPARATOR"),
            "group": get_format("THOUSAND_SEPARATOR"),
        },
        "dates": dates(),
    }


def dates() -> dict[str, str]:
    """How dates are written in the active language, according to Django's form fields.

    ``order`` and ``sign`` are those of the first format that is all digits, in which a form shows
    a date. ``typed`` is the order in which ``01/02/2026`` is read; empty if no format says so.
    """
    found = [match for text in get_format("DATE_INPUT_FORMATS") if (match := _DIGITS(text))]
    orders = ["".join(match.group("a", "b", "c")).lower() for match in found]
    return {
        "order": orders[0] if orders else "ymd",
        "sign": found[0]["sign"] if found else "-",
        "typed": next((order for order in orders if order != "ymd"), ""),
    }


@dataclass(slots=True)
class Said:
    """What change frames say of a batch besides their cursors, encoded once.

    Audiences that are read for together are sent the same rows, and differ in their cursors alone.
    """

    rows: list[Row]
    gone: list[str]
    by: dict[str, Who]
    refs: list[list[Any]]
    _body: str = ""

    def frames(self, former: Callable[[], str], reached: str) -> list[str]:
        """Several frames if the rows do not fit into one; only the last moves the client on.

        The last one contains the refs, because a ref says that all its rows have come.
        """
        rows, firsts = self.rows, list[str]()
        if len(rows) > ROWS_PER_FRAME:
            *parts, rows = _parts(rows)
            here = former()
            firsts = [change_frame(here, part, [], self.by, []) for part in parts]
        self._body = self._body or _body(rows, self.gone, self.by, self.refs)
        return [*firsts, _change(reached, self._body)]


def _parts(rows: list[Row]) -> list[list[Row]]:
    return [rows[n : n + ROWS_PER_FRAME] for n in range(0, len(rows), ROWS_PER_FRAME)]


def change_frame(
    cursor: str, rows: list[Row], gone: list[str], by: dict[str, Who], refs: list[list[Any]]
) -> str:
    """State, not differences: rows as they are now, and pks that are no longer visible."""
    return _change(cursor, _body(rows, gone, by, refs))


def _change(cursor: str, body: str) -> str:
    return f'{{"type":"change","cursor":"{cursor}",{body}'


def _body(rows: list[Row], gone: list[str], by: dict[str, Who], refs: list[list[Any]]) -> str:
    """From the name ``rows`` to the end of the frame."""
    named = [*(row[0] for row in rows), *gone]
    said = {pk: by[pk] for pk in named if by.get(pk)}
    return values.dumps({"rows": rows, "gone": gone, "by": said, "refs": refs})[1:]


def label_frames(labels: Labels) -> list[str]:
    return [
        values.dumps({"type": "labels", "column": column, "labels": texts})
        for column, texts in labels.items()
    ]


def bye(refusal: Refused, language: str) -> dict[str, Any]:
    """Why the server ends the connection; ``retry_in`` is null if trying again cannot help."""
    with translation.override(language):
        message = str(refusal.detail)
    return {
        "type": "bye",
        "code": refusal.close_code,
        "message": message,
        "retry_in": refusal.retry_in,
    }
