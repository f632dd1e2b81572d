"""A term: how the database compares the values of a column, by what the widget shows of them.

A column that shows something other than what the database holds cannot be compared, because
filtering by the stored value would reveal what the sheet hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import In

from livesheet.exceptions import LiveSheetError
from livesheet.orders.view import Filter, bad
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet

NOTHING = Q(pk__in=[])
AGGREGATES = " The queryset has annotations that aggregate."


class Term:
    """The conditions that every column has. ``name`` is its name in Django's lookups."""

    def __init__(self, sheet: Sheet, column: Column, name: str) -> None:
        self.sheet = sheet
        self.column = column
        self.name = name
        self.is_nullable = True
        # Whether it is an aggregate annotation, by which SQL filters separately (HAVING).
        self.is_aggregate = False

    @property
    def value(self) -> Any:
        return F(self.name)

    def sort_keys(self) -> Sequence[Any]:
        """The expressions by which rows are sorted. Null comes last."""
        raise self.cannot("be sorted")

    def likeness(self) -> Any:
        """An expression that is equal for two cells if the widget treats them as equal."""
        return self.value

    def empty(self) -> Q:
        return Q(**{f"{self.name}__isnull": True})

    def holds(self, condition: Filter) -> Q:
        """The rows for which a condition holds."""
        kind = condition.kind
        if kind == "empty":
            return self.empty()
        if kind == "filled":
            return ~self.empty()
        if kind in ("in", "out"):
            return self._listed(condition)
        if kind == "repeated":
            return self._repeated()
        if kind == "mine":
            return self.mine()
        return self.compared(condition)

    def compared(self, condition: Filter) -> Q:
        """The rows whose value compares in this way with a text or a limit."""
        raise self.cannot(f"be filtered by {condition.kind!r}")

    def among(self, keys: Sequence[str]) -> Q:
        raise self.cannot("be filtered by a list of values")

    def mine(self) -> Q:
        raise self.cannot("be filtered by the current user", " It contains no users.")

    def found(self, text: str) -> Q:
        """The rows that a search for ``text`` finds by this column."""
        return NOTHING

    def cannot(self, what: str, hint: str = "") -> LiveSheetError:
        column = f"{self.column.name!r} ({self.column.type})"
        return bad(f"The column {column} cannot {what} in the database.{hint}")

    def _listed(self, condition: Filter) -> Q:
        found = self.among([key for key in condition.values if key])
        if "" in condition.values:
            found |= self.empty()
        elif condition.kind == "out":  # in SQL, a null is neither in a list nor outside of it
            return self.empty() | ~found
        return found if condition.kind == "in" else ~found

    def _repeated(self) -> Q:
        rows = self._ungrouped().exclude(self.empty()).annotate(livesheet_like=self.likeness())
        counted = rows.values("livesheet_like").annotate(livesheet_count=models.Count("pk"))
        several = counted.filter(livesheet_count__gt=1).values("livesheet_like")
        return ~self.empty() & Q(In(self.likeness(), several))

    def _ungrouped(self) -> models.QuerySet[Any]:
        """The sheet's rows, prepared for grouping by this column alone."""
        rows = self.sheet.rows().order_by()
        query: Any = rows.query
        if query.group_by is None:
            return rows
        if self.name in query.annotations:
            raise self.cannot("be filtered by 'repeated'", AGGREGATES)
        every: models.QuerySet[Any] = rows.model._base_manager.using(self.sheet.alias)
        return every.filter(pk__in=rows.values("pk"))


class Hidden(Term):
    """Shows something other than what the database holds: it is computed in Python, or hidden."""

    def sort_keys(self) -> Sequence[Any]:
        raise self._not_held("be sorted")

    def holds(self, condition: Filter) -> Q:
        raise self._not_held("be filtered")

    def _not_held(self, what: str) -> LiveSheetError:
        hint = (
            " Its values are computed for each row and are not in the database. Show a field of"
            " the model or an annotation of `get_queryset()` instead."
        )
        return self.cannot(what, hint)


class Document(Term):
    """JSON and lists, which can only be filtered by whether they are empty."""

    def empty(self) -> Q:
        if self.column.type == "array":
            return super().empty() | Q(**{f"{self.name}__len": 0})
        nothing: tuple[Any, ...] = (Value(None, models.JSONField()), "", [])
        return reduce(or_, (Q(**{self.name: one}) for one in nothing), super().empty())
