"""A view given by a query string: ``price__gte=5&supplier__in=1,2&ordering=-stock``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from livesheet.orders.measures import Measure, YesOrNo
from livesheet.orders.terms import Term
from livesheet.orders.view import (
    MOST_ENTRIES,
    MOST_VALUES,
    Entry,
    Filter,
    Sort,
    View,
    bad,
    bounded,
    read_text,
    read_view,
)
from livesheet.orders.viewquery import ViewQuery
from livesheet.orders.words import Text
from livesheet.sheet.suggestions import suggest

# Parameters that are not names of columns.
NAMES = frozenset({"ordering", "search", "view"})

TEXT_LOOKUPS = {
    "contains": "contains", "lacks": "lacks", "startswith": "starts", "equals": "equals",
    "lt": "lt", "lte": "lte", "gt": "gt", "gte": "gte",
}  # fmt: skip
LIST_LOOKUPS = {"in": "in", "not_in": "out"}
# Lookups with a yes or no: the kind of condition for true, and the kind for false.
FLAGS = {"isempty": ("empty", "filled"), "repeated": ("repeated", ""), "mine": ("mine", "")}
LOOKUPS = (*TEXT_LOOKUPS, *LIST_LOOKUPS, *FLAGS, "not", "range")

Given = Sequence[tuple[str, Sequence[str]]]


def read_query(query: ViewQuery, given: Given, others: Collection[str]) -> View:
    """The view that a query string asks for. ``others`` are parameters with other meanings.

    Raises ``LiveSheetError`` for an unknown parameter.
    """
    if len(given) > MOST_ENTRIES:
        raise bad(f"Expected at most {MOST_ENTRIES} names; got {len(given)}.")
    values = {name: texts for name, texts in given if name not in others}
    view = _view(values.pop("view", [""])[-1])
    sorts = list(_sorts(query, values.pop("ordering", [""])[-1]))
    search = read_text(values.pop("search", [""])[-1])
    filters = [
        entry for name, texts in values.items() for entry in _entries(query, name, texts, others)
    ]
    every = bounded([*view.filters, *filters])
    return replace(view, sorts=sorts or view.sorts, filters=every, search=search)


def _view(text: str) -> View:
    try:
        return read_view(json.loads(text)) if text else View()
    except (ValueError, RecursionError) as error:
        raise bad(f"Expected `view` to be JSON; got {text!r:.80}.") from error


def _sorts(query: ViewQuery, text: str) -> Iterator[Sort]:
    for name in filter(None, text.split(",")):
        column = name.strip().removeprefix("-")
        query.term(column)  # raises an error if there is no such column
        yield Sort(column, name.strip().startswith("-"))


def _entries(
    query: ViewQuery, name: str, texts: Sequence[str], others: Collection[str]
) -> Iterator[Entry]:
    column, lookup = _parted(query, name, others)
    term = query.term(column)
    for text in texts:
        if text:  # forms also send their empty fields
            yield [_filter(term, column, lookup, text)]


def _parted(query: ViewQuery, name: str, others: Collection[str]) -> tuple[str, str]:
    if name in query.names:
        return name, ""
    column, _line, lookup = name.rpartition("__")
    if column not in query.names:
        known = [*query.names, *sorted(NAMES), *sorted(others)]
        raise bad(f"{name!r:.80} is not understood. {suggest(name, known, 'The parameters are')}")
    if lookup not in LOOKUPS:
        hint = suggest(lookup, LOOKUPS, "A column can be followed by")
        raise bad(f"{name!r:.80} is not understood. {hint}")
    return column, lookup


def _filter(term: Term, column: str, lookup: str, text: str) -> Filter:
    if lookup in LIST_LOOKUPS:
        return Filter(column, LIST_LOOKUPS[lookup], values=_list(column, text))
    text = read_text(text)
    if lookup in ("", "not"):
        return _exact(term, column, text, is_not=lookup == "not")
    if lookup in TEXT_LOOKUPS:
        return Filter(column, TEXT_LOOKUPS[lookup], text=text)
    if lookup == "range":
        start, _comma, end = text.partition(",")
        return Filter(column, "range", start=start, end=end)
    if text not in ("true", "false") or not (kind := FLAGS[lookup][text == "false"]):
        raise bad(f"Expected '{column}__{lookup}=true'; got {text!r:.80}.")
    return Filter(column, kind)


def _exact(term: Term, column: str, text: str, *, is_not: bool) -> Filter:
    """Texts and measures are compared by value, all other columns by key."""
    if isinstance(term, Text) or (isinstance(term, Measure) and not isinstance(term, YesOrNo)):
        return Filter(column, "not" if is_not else "equals", text=text)
    return Filter(column, "out" if is_not else "in", values=[text])


def _list(column: str, text: str) -> list[str]:
    values = text.split(",")
    if len(values) > MOST_VALUES:
        raise bad(f"Expected at most {MOST_VALUES} values for {column!r}; got {len(values)}.")
    return [read_text(value) for value in values]
