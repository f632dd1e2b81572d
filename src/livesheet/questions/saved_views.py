"""How each user has arranged a sheet, stored so that it is the same on every computer.

The client decides what a view contains. The server limits its size and checks its form, and never
uses it to read or write a row. Only its user can ask for it. This module also defines what any view
may contain, and which parts of it may be told to whom, for named views as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from livesheet import conf
from livesheet.exceptions import LiveSheetError
from livesheet.log.transactions import atomic
from livesheet.people import user_key
from livesheet.sheet.declaration import Sheet
from livesheet.tables import SavedView
from livesheet.wire import values

MAX_ENTRIES = 500
MAX_ID = 20
# What only the user's own view holds: which named view it is, or was before it was changed, and in
# which version; and the view without a name to which the user may go back.
OWN = ("named", "unnamed")
# What somebody pastes into a filter: a list of order numbers, say.
MAX_VALUES = 2_000
HEIGHTS = ("compact", "regular", "tall")
# What may be said under a column, and what groups may be ordered by besides.
TOTALS = ("sum", "average", "least", "most", "filled", "distinct")
MAX_GROUPS = 2


def view(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """What this user has kept of this sheet and its params; ``layout`` is None where nothing is."""
    found = SavedView.objects.using(sheet.alias).filter(**_key(sheet)).first()
    return {"layout": json.loads(found.view) if found else None}


def keep_view(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """Keep ``layout``, a mapping, in the place of the former one; None forgets it.

    Raises ``LiveSheetError`` where it is too long, has another shape, or nobody is signed in.
    """
    given, key = query.get("layout"), _key(sheet)
    text = checked(given) if given is not None else ""
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
        raise LiveSheetError("signed_out", _("Sign in to save views."))
    return {"user": user, "place": place_of(sheet)}


def place_of(sheet: Sheet) -> str:
    """The sheet and its params, as a digest: params may be of any length."""
    params = sorted((name, str(value)) for name, value in sheet.params.items())
    place = json.dumps([sheet.get_name(), params])
    return hashlib.sha256(place.encode()).hexdigest()


# --- what is told of it ----------------------------------------------------------------------

# Parts that are texts naming columns, or have such texts as keys. In all others, whatever has a
# `column` speaks of that one.
NAMING = ("order", "hidden", "widths", "totals")


def as_seen(view: Mapping[str, Any], columns: Collection[str]) -> tuple[dict[str, Any], int]:
    """``view`` as far as it still has a known shape and speaks of no other than ``columns``; and
    how many filters and sorts it has beyond that.
    """
    left_out = 0
    seen: dict[str, Any] = {}
    for part, value in view.items():
        if part not in SHAPES.keys() - set(OWN) or not SHAPES[part](value):
            continue
        if part in NAMING:
            named = [name for name in value if name in columns]
            seen[part] = {name: value[name] for name in named} if isinstance(value, dict) else named
        else:
            seen[part], number = _conditions_on(value, columns)
            left_out += number
    return seen, left_out


def _conditions_on(value: Any, columns: Collection[str]) -> tuple[Any, int]:
    """However deep they lie in each other. What has lost all its conditions is none."""
    if isinstance(value, dict):
        if value.get("column", "") not in (*columns, ""):
            return None, 1
        parts = {name: _conditions_on(part, columns) for name, part in value.items()}
        is_left = all(part or not value[name] for name, (part, number) in parts.items() if number)
        found = {name: part for name, (part, _number) in parts.items()} if is_left else None
        return found, sum(number for _part, number in parts.values())
    if isinstance(value, list):
        entries = [_conditions_on(entry, columns) for entry in value]
        kept = [entry for entry, number in entries if not (number and entry is None)]
        return kept, sum(number for _entry, number in entries)
    return value, 0


def with_unseen(
    view: Mapping[str, Any], former: Mapping[str, Any], columns: Collection[str]
) -> dict[str, Any]:
    """``view``, which somebody has arranged who sees only ``columns``, with what the former one
    says of the others: it is not for them to show or to move what they do not see.
    """
    hidden = [*view.get("hidden", []), *_others(former.get("hidden", []), columns)]
    widths = {**view.get("widths", {}), **_parts_on_others(former.get("widths", {}), columns)}
    totals = {**view.get("totals", {}), **_parts_on_others(former.get("totals", {}), columns)}
    order, before = list(view.get("order", [])), former.get("order", [])
    for name in _others(before, columns) if order else ():
        at = before.index(name)
        order.insert(order.index(before[at - 1]) + 1 if at and before[at - 1] in order else 0, name)
    parts = {"order": order, "hidden": hidden, "widths": widths, "totals": totals}
    return {**view, **{name: part for name, part in parts.items() if part}}


def _others(names: Collection[str], columns: Collection[str]) -> list[str]:
    return [name for name in names if name not in columns]


def _parts_on_others(part: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    return {name: part[name] for name in _others(part, columns)}


# --- shape -----------------------------------------------------------------------------------


def checked(given: Any) -> str:
    """A view as it is kept. Raises ``LiveSheetError`` where it is too long or has another shape."""
    text, most = values.dumps(given), conf.get("MAX_VIEW_BYTES")
    if len(text.encode()) > most:
        message = _("This view is too large to be saved. Filter by fewer values.")
        raise LiveSheetError("too_big", f"{message} ({most} bytes)")
    _check(given)
    return text


def _check(given: Any) -> None:
    if not isinstance(given, dict):
        raise LiveSheetError("bad_layout", "Expected the layout to be an object.")
    for name, value in given.items():
        holds = SHAPES.get(name)
        if holds is None or not holds(value):
            known = ", ".join(SHAPES)
            message = f"Expected any of {known}; {name!r:.80} is unknown or of the wrong type."
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


def _is_group(value: Any) -> bool:
    """As a sort; ``by`` is what its groups are ordered by instead of their values."""
    if not isinstance(value, dict):
        return False
    by = value.get("by", {"column": "", "what": "count"})
    return (
        _is_sort({name: part for name, part in value.items() if name != "by"})
        and isinstance(by, dict)
        and by.keys() == {"column", "what"}
        and _is_text(by["column"])
        and by["what"] in ("count", *TOTALS)
    )


def _is_totals(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MAX_ENTRIES
        and all(what in ("none", *TOTALS) for what in value.values())
    )


def _is_entry(value: Any) -> bool:
    """Of the filters: a condition, or several of which one must hold."""
    if isinstance(value, dict) and value.keys() == {"any"}:
        return _is_list_of(_is_filter)(value["any"])
    return _is_filter(value)


def _is_rule(value: Any) -> bool:
    """Of the colours: what gets which one, where a condition holds."""
    return (
        isinstance(value, dict)
        and value.keys() == {"when", "colour", "of"}
        and _is_filter(value["when"])
        and _is_text(value["colour"])
        and value["of"] in ("cell", "row")
    )


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


def _is_named(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"id", "version"}:
        return False
    key, version = value["id"], value["version"]
    return _is_text(key) and len(key) <= MAX_ID and isinstance(version, int)


def _is_unnamed(value: Any) -> bool:
    is_view = isinstance(value, dict) and value.keys() <= SHAPES.keys() - set(OWN)
    return is_view and all(SHAPES[name](part) for name, part in value.items())


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
    "groups": _is_list_of(_is_group, MAX_GROUPS),
    "totals": _is_totals,
    "filters": _is_list_of(_is_entry),
    "colours": _is_list_of(_is_rule),
    "height": lambda value: value in HEIGHTS,
    "named": _is_named,
    "unnamed": _is_unnamed,
}
