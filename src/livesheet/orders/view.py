"""A view: how a sheet is sorted, filtered and searched, in the widget's terms.

docs/protocol.md explains each part. ``store/view.js`` and ``store/conditions.js`` are its
counterparts in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from livesheet.exceptions import LiveSheetError
from livesheet.sheet.localization import is_zone
from livesheet.sheet.lookups import EXPECTED_TEXT, can_be_looked_for

TEXT_KINDS = frozenset({"contains", "lacks", "starts", "equals", "not"})
LIMIT_KINDS = frozenset({"lt", "lte", "gt", "gte"})
LIST_KINDS = frozenset({"in", "out"})
PLAIN_KINDS = frozenset({"empty", "filled", "mine", "repeated"})
KINDS = TEXT_KINDS | LIMIT_KINDS | LIST_KINDS | PLAIN_KINDS | {"range", "recent"}

MOST_VALUES = 2_000
MOST_ENTRIES = 500
# All conditions together. SQLite cannot read a statement in which many more follow each other.
MOST_CONDITIONS = 200
# How many columns rows are grouped by, and how many of their groups can be closed or come first.
MOST_GROUPED, MOST_CLOSED, MOST_FIRST = 2, 500, 50
# For the kind "recent": the longest time that can be asked about. The beginning is rounded, so that
# users who ask within a few seconds share one order.
MOST_SECONDS, TOGETHER_SECONDS = 7 * 86_400, 10


@dataclass(frozen=True, slots=True)
class Sort:
    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. ``values`` are keys; the key ``""`` stands for an empty cell.

    For the kind "recent", ``start`` is the moment after which rows were changed.
    """

    column: str
    kind: str
    text: str = ""
    values: Sequence[str] = ()
    start: str = ""
    end: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the user has entered anything yet."""
        if self.kind in LIST_KINDS:
            return bool(self.values)
        if self.kind in ("range", "recent"):
            return bool(self.start or self.end)
        return self.kind in PLAIN_KINDS or bool(self.text)


# At least one condition of an entry must hold.
Entry = Sequence[Filter]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows are grouped by the first of ``by`` first, and moments by their day in ``zone``.

    ``closed`` are groups whose rows are left out, each given by its keys, from the outer one.
    ``first`` are groups that come before all others, in this order.
    """

    by: Sequence[Sort]
    closed: Sequence[Sequence[str]] = ()
    zone: str = "UTC"
    first: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class View:
    """Rows are sorted by the first of ``sorts`` first. Every entry of ``filters`` must hold."""

    sorts: Sequence[Sort] = ()
    filters: Sequence[Entry] = ()
    search: str = ""
    grouped: Grouped | None = None


def read_view(given: Any) -> View:
    """Read a view in the form that links carry. Raises ``LiveSheetError`` for any other form."""
    if not isinstance(given, dict):
        raise bad(f"Expected an object with sorts and filters; got {given!r:.80}.")
    entries = [
        [read_filter(part) for part in (_list(entry, "any") if "any" in entry else [entry])]
        for entry in _list(given, "filters")
    ]
    active = [[part for part in entry if part.is_active] for entry in entries]
    return View(
        sorts=[_read_sort(sort) for sort in _list(given, "sorts")],
        filters=bounded([entry for entry in active if entry]),
        grouped=_read_grouped(given["grouped"]) if given.get("grouped") is not None else None,
    )


def bounded(filters: Sequence[Entry]) -> Sequence[Entry]:
    """Raises ``LiveSheetError`` if there are too many conditions for one statement."""
    if (found := sum(map(len, filters))) > MOST_CONDITIONS:
        raise bad(f"Expected at most {MOST_CONDITIONS} conditions; got {found}.")
    return filters


def _read_grouped(given: Any) -> Grouped:
    if not isinstance(given, dict):
        raise bad(f"Expected an object with `by`, `closed` and `zone`; got {given!r:.80}.")
    by = [_read_sort(sort) for sort in _list(given, "by")]
    if not 0 < len(by) <= MOST_GROUPED or len({one.column for one in by}) != len(by):
        raise bad(f"Expected 1 to {MOST_GROUPED} different columns to group by; got {len(by)}.")
    zone = read_text(given.get("zone", "UTC"))
    if not is_zone(zone):
        raise bad(f"Expected the name of a time zone; got {zone!r:.80}.")
    closed, first = (
        _read_groups(given.get(name, []), most, len(by))
        for name, most in (("closed", MOST_CLOSED), ("first", MOST_FIRST))
    )
    return Grouped(by, closed, zone, first)


def _read_groups(given: Any, most: int, levels: int) -> Sequence[Sequence[str]]:
    if not isinstance(given, list) or len(given) > most:
        raise bad(f"Expected a list of at most {most} groups; got {given!r:.80}.")
    return [_read_keys(keys, levels) for keys in given]


def _read_keys(given: Any, most: int) -> Sequence[str]:
    if not isinstance(given, list) or not 0 < len(given) <= most:
        raise bad(f"Expected the values of a group, at most {most}; got {given!r:.80}.")
    return [key_text(value) for value in given]


def key_text(value: Any) -> str:
    """The value of a cell as the text that a condition names: ``""`` for an empty cell."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else read_text(str(value))


def _read_sort(given: Mapping[str, Any]) -> Sort:
    return Sort(read_text(given.get("column")), given.get("descending") is True)


def read_filter(given: Mapping[str, Any]) -> Filter:
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise bad(f"Expected a kind of condition: {', '.join(sorted(KINDS))}; got {kind!r:.80}.")
    if kind == "recent":
        return Filter("", kind, start=_since(given.get("seconds")))
    values = given.get("values", [])
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise bad(f"Expected a list of at most {MOST_VALUES} values; got {values!r:.80}.")
    return Filter(
        read_text(given.get("column")),
        kind,
        text=read_text(given.get("text", "")),
        values=[read_text(value) for value in values],
        start=read_text(given.get("from", "")),
        end=read_text(given.get("to", "")),
    )


def _since(seconds: Any) -> str:
    if not is_a_while(seconds):
        raise bad(f"Expected seconds from 1 to {MOST_SECONDS}; got {seconds!r:.80}.")
    since = timezone.now().timestamp() - seconds
    rounded = since // TOGETHER_SECONDS * TOGETHER_SECONDS
    return datetime.fromtimestamp(rounded, UTC).isoformat()


def is_a_while(seconds: Any) -> bool:
    """Whether it is a number of seconds within the allowed range."""
    return type(seconds) is int and 0 < seconds <= MOST_SECONDS


def read_text(given: Any) -> str:
    if not can_be_looked_for(given):
        raise bad(f"{EXPECTED_TEXT} Got {given!r:.80}.")
    return str(given)


def _list(given: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = given.get(name, [])
    if not isinstance(found, list) or len(found) > MOST_ENTRIES:
        raise bad(f"Expected a list of at most {MOST_ENTRIES} {name}; got {found!r:.80}.")
    if strange := [one for one in found if not isinstance(one, dict)]:
        raise bad(f"Expected objects in {name}; got {strange[0]!r:.80}.")
    return found


def bad(detail: str) -> LiveSheetError:
    return LiveSheetError("bad_view", detail)
