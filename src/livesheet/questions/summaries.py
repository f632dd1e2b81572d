"""Questions about all rows of a view, or a part of them, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from livesheet.orders.keysets import Keyset
from livesheet.orders.stretches import Stretch
from livesheet.orders.summaries import FUNCTIONS, Asked, Summaries
from livesheet.orders.view import MOST_GROUPED, View, bad, read_text, read_view
from livesheet.orders.viewquery import ViewQuery
from livesheet.sheet.declaration import Sheet

MOST_SKIPPED = 1_000_000


def values(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"column", "view", "search", "skip"}`` → what stands in a column, and how often."""
    return _of(sheet, query).values(read_text(query.get("column")), _skip(query))


def sums(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"columns": {column: [function]}, "view", "search"}`` → what they come to."""
    return _of(sheet, query).sums(_asked(query))


def groups(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"by": [column], "columns", "view", "search", "skip"}`` → the same of each group."""
    by = [read_text(name) for name in _list(query.get("by"))]
    return _of(sheet, query).groups(by, _asked(query), _skip(query))


def headings(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"level", "columns", "view", "search", "skip"}`` → the same for the view's own groups."""
    level = query.get("level", MOST_GROUPED)
    if type(level) is not int or not 0 < level <= MOST_GROUPED:
        raise bad(f"Expected `level` to be a number from 1 to {MOST_GROUPED}; got {level!r:.80}.")
    view = view_of(query)
    if view.grouped is not None:  # closed groups have headings as well, each in its own place
        view = replace(view, grouped=replace(view.grouped, closed=(), first=()))
    return Summaries(sheet, view).headings(level, _asked(query), _skip(query))


def view_of(query: Mapping[str, Any]) -> View:
    return replace(read_view(query.get("view", {})), search=read_text(query.get("search", "")))


def ends_of(query: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The keys of the rows between which it is asked; None is the end of the view."""
    given = query.get("between", [None, None])
    if not isinstance(given, list) or len(given) != 2:
        raise bad(f"Expected `between` to be two keys, or null; got {given!r:.80}.")
    first, last = (None if key is None else read_text(key) for key in given)
    return first, last


def _of(sheet: Sheet, query: Mapping[str, Any]) -> Summaries:
    view, ends = view_of(query), ends_of(query)
    if ends == (None, None):
        return Summaries(sheet, view)
    keyset = Keyset(ViewQuery(sheet).rows(view))
    return Summaries(sheet, view, Stretch(keyset, *ends).conditions)


def _asked(query: Mapping[str, Any]) -> Asked:
    given = query.get("columns", {})
    if not isinstance(given, dict) or len(given) > 50:
        raise bad(f"Expected an object of at most 50 columns; got {given!r:.80}.")
    return {read_text(name): [read_text(f) for f in _list(given[name])] for name in given}


def _list(given: Any) -> Sequence[Any]:
    if not isinstance(given, list) or len(given) > len(FUNCTIONS):
        raise bad(f"Expected a list of at most {len(FUNCTIONS)} texts; got {given!r:.80}.")
    return given


def _skip(query: Mapping[str, Any]) -> int:
    skip = query.get("skip", 0)
    if type(skip) is not int or not 0 <= skip <= MOST_SKIPPED:
        raise bad(f"Expected `skip` to be a number up to {MOST_SKIPPED}; got {skip!r:.80}.")
    return skip
