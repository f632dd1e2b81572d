"""The queryset of a view: the rows of a sheet, filtered and sorted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q

from livesheet.orders.changed import were_written
from livesheet.orders.columns import terms_of
from livesheet.orders.groups import Grouping
from livesheet.orders.terms import NOTHING, Term
from livesheet.orders.view import Entry, Filter, Sort, View, bad
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.suggestions import suggest


class ViewQuery:
    """Queries of one user, who can sort and filter only by the columns that they see."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._terms = terms_of(sheet)

    def rows(self, view: View) -> models.QuerySet[Any]:
        """Filtered and sorted rows. Raises ``LiveSheetError`` if a column does not allow that."""
        rows = self.narrowed(view)
        sorts: dict[str, Sort] = {}
        for sort in view.sorts:  # a column that is named again sorts nothing any more
            sorts.setdefault(sort.column, sort)
        keys = [key for sort in sorts.values() for key in self._keys(sort)]
        return rows.order_by(*self.grouping(view).ordering, *keys, *rows.query.order_by)

    def narrowed(self, view: View) -> models.QuerySet[Any]:
        """Filtered rows, in the order of the sheet."""
        rows = self.sheet.ordered_rows()
        for entry in view.filters:
            rows = rows.filter(self._one_of(entry))
        if text := view.search.strip():
            rows = rows.filter(self.containing(text))
        if view.grouped is not None and view.grouped.closed:
            rows = rows.filter(~self.grouping(view).closed)
        return rows

    def grouping(self, view: View) -> Grouping:
        by = () if view.grouped is None else view.grouped.by
        return Grouping(view.grouped, {one.column: self.term(one.column) for one in by})

    def _keys(self, sort: Sort) -> Iterable[Any]:
        term = self.term(sort.column)
        for key in term.sort_keys():
            turned = key.desc if sort.descending else key.asc
            yield turned(nulls_last=term.is_nullable or None)

    @property
    def names(self) -> Collection[str]:
        return self._terms.keys()

    def term(self, name: str) -> Term:
        if name not in self._terms:
            known = list(self._terms)
            raise bad(f"There is no column {name!r:.80}. {suggest(name, known, 'The columns are')}")
        return self._terms[name]

    def _one_of(self, entry: Entry) -> Q:
        parts = [self._holds(condition) for condition in entry]
        return parts[0][1] if len(parts) == 1 else self._either(parts)

    def _holds(self, condition: Filter) -> tuple[bool, Q]:
        if condition.kind == "recent":
            return False, were_written(self.sheet, condition.start)
        term = self.term(condition.column)
        return term.is_aggregate, term.holds(condition)

    def containing(self, text: str) -> Q:
        """The condition for rows that a search finds by any column."""
        return self._either(
            [(term.is_aggregate, term.found(text)) for term in self._terms.values()]
        )

    def _either(self, parts: Iterable[tuple[bool, Q]]) -> Q:
        """At least one must hold. Aggregates get a subquery, or all would end up in `HAVING`."""
        rows = self.sheet.rows().order_by()
        found = [
            Q(pk__in=rows.filter(part).values("pk")) if is_aggregate else part
            for is_aggregate, part in parts
        ]
        return reduce(or_, found, NOTHING)
