"""How each user has arranged a sheet, kept so that it follows them to another machine.

A view is the client's own: it is bounded and its shape is checked, and nothing in it is ever used
to read or to write a row. Nobody but its user can ask for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from livesheet.exceptions import LiveSheetError
from livesheet.log.transactions import atomic
from livesheet.people import user_key
from livesheet.sheet.declaration import Sheet
from livesheet.tables import SavedView
from livesheet.wire import values

MAX_BYTES = 32 * 1024
MAX_ENTRIES = 500
# What somebody pastes into a filter: a list of order numbers, say.
MAX_VALUES = 2_000
HEIGHTS = ("compact", "regular", "tall")


def view(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """What this user has kept of this sheet and its params; ``layout`` is None where nothing is."""
    found = SavedView.objects.using(sheet.alias).filter(**_key(sheet)).first()
    return {"layout": json.loads(found.view) if found else None}


def keep_view(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """Keep ``layout``, a mapping, in the place of the former one; None forgets it.

    Raises ``LiveSheetError`` where it is too long, has another shape, or nobody is signed in.
    """
    given, key = query.get("layout"), _key(sheet)
    text = values.dumps(given)
    if len(text.encode()) > MAX_BYTES:
        raise LiveSheetError("too_big", f"Expected a layout of at most {MAX_BYTES} bytes.")
    if given is not None:
        _check(given)
    with atomic(sheet.alias):
        kept = SavedView.objects.using(sheet.alias)
        if given is None:
            kept.filter(**key).delete()
        else:
            defaults = {"view": text, "sheet": sheet.get_name()[:200], "at": timezone.now()}
            kept.update_or_create(user=key["user"], place=key["place"], defaults=defaults)
    return {}


def _key(sheet: Sheet) -> dict[str, str]:
    """Of the signed-in user alone: nothing in a query can name another."""
    user = user_key(sheet.user)
    if not user:
        raise LiveSheetError("signed_out", "Nobody is signed in, so nothing is kept here.")
    params = sorted((name, str(value)) for name, value in sheet.params.items())
    place = json.dumps([sheet.get_name(), params])
    return {"user": user, "place": hashlib.sha256(place.encode()).hexdigest()}


# --- shape -----------------------------------------------------------------------------------


def _check(given: Any) -> None:
    if not isinstance(given, dict):
        raise LiveSheetError("bad_layout", "Expected a layout to be an object.")
    for name, value in given.items():
        holds = SHAPES.get(name)
        if holds is None or not holds(value):
            known = ", ".join(SHAPES)
            message = f"Expected a layout of {known}, each of its shape; {name!r:.80} is none."
            raise LiveSheetError("bad_layout", message)


def _is_list_of(holds: Callable[[Any], bool], most: int = MAX_ENTRIES) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(holds, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000


def _is_sort(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"column", "descending"}
        and _is_text(value["column"])
        and isinstance(value["descending"], bool)
    )


def _is_entry(value: Any) -> bool:
    """Of the filters: a condition, or several of which one must hold."""
    if isinstance(value, dict) and value.keys() == {"any"}:
        return _is_list_of(_is_filter)(value["any"])
    return _is_filter(value)


def _is_filter(value: Any) -> bool:
    if not isinstance(value, dict) or not {"column", "kind"} <= value.keys():
        return False
    values, seconds = value.get("values", []), value.get("seconds", 0)
    texts = [value.get(name, "") for name in ("column", "kind", "from", "to", "text")]
    known = {"column", "kind", "from", "to", "text", "values", "seconds"}
    return (
        value.keys() <= known
        and all(map(_is_text, texts))
        and _is_list_of(_is_text, MAX_VALUES)(values)
        and isinstance(seconds, int)
    )


def _is_widths(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MAX_ENTRIES
        and all(map(_is_number, value.values()))
    )


SHAPES: dict[str, Callable[[Any], bool]] = {
    "order": _is_list_of(_is_text),
    "hidden": _is_list_of(_is_text),
    "widths": _is_widths,
    "frozen": lambda value: value is None or _is_number(value),
    "sorts": _is_list_of(_is_sort),
    "filters": _is_list_of(_is_entry),
    "height": lambda value: value in HEIGHTS,
}
