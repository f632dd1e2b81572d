"""Summaries of a view: how often each value occurs, sums, and groups with sums of their own.

The database computes what the widget computes for the rows that it holds, and only from rows that
the user may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from django.db import connections, models
from django.db.models import Count, ExpressionWrapper, F, Max, Min, Q, Sum, Value
from django.db.models.functions import Cast, Round

from livesheet.exceptions import LiveSheetError
from livesheet.fresh import fresh
from livesheet.orders.groups import key_of, refuse_ungroupable, sort_keys
from livesheet.orders.measures import Measure, Number, YesOrNo
from livesheet.orders.relations import Many, Related
from livesheet.orders.terms import AGGREGATES, Term
from livesheet.orders.view import View, bad
from livesheet.orders.viewquery import ViewQuery
from livesheet.orders.words import Choice, Text
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import read_labels

# The most values, or groups, in one answer.
MOST_VALUES = 500
MOST_BY = 3
NUMBERS = ("sum", "avg")
LIMITS = ("min", "max")
OF_ALL = ("filled", "distinct", "ticked")
FUNCTIONS = (*OF_ALL, *NUMBERS, *LIMITS)

# Functions by column.
Asked = Mapping[str, Sequence[str]]


class Summaries:
    """Summaries of one view, or of those of its rows that meet the ``conditions``.

    Raises ``LiveSheetError`` if a column does not allow the summary.
    """

    def __init__(self, sheet: Sheet, view: View, conditions: Sequence[Q] = ()) -> None:
        self.sheet = sheet
        self._query, self._view = ViewQuery(sheet), view
        rows = self._query.narrowed(view).filter(*conditions).order_by()
        query: Any = rows.query
        self._annotations: set[str] = set()
        if query.group_by is not None or query.distinct:  # otherwise, rows would be counted twice
            self._annotations = set(query.annotations)
            every: Any = rows.model._base_manager
            rows = fresh(every, sheet.alias).filter(pk__in=rows.values("pk")).order_by()
        self._rows: models.QuerySet[Any] = rows

    def values(self, column: str, skip: int) -> dict[str, Any]:
        """Pairs of ``[key, count]``, most frequent first. Empty cells have the key ``""``."""
        term = self._term(column)
        rows, key = self._rows, key_of(term)
        if isinstance(term, Many):
            found = self._members(term, skip)
        else:
            grouped = rows.annotate(livesheet_key=key).values("livesheet_key")
            counted = grouped.annotate(livesheet_count=Count("pk"))
            ordered = counted.order_by("-livesheet_count", "livesheet_key")
            some = ordered.values_list("livesheet_key", "livesheet_count")
            found = [list(pair) for pair in some[skip : skip + MOST_VALUES + 1]]
        pairs = [[_text(term, value), count] for value, count in found[:MOST_VALUES]]
        more = len(found) > MOST_VALUES
        return {"values": pairs, "more": more, "labels": self._labels(term, [k for k, _ in pairs])}

    def sums(self, asked: Asked) -> dict[str, Any]:
        """``{column: {function: value}}``, and the number of rows."""
        wanted = self._wanted(asked)
        found = self._rows.aggregate(livesheet_count=Count("pk"), **wanted)
        return {"count": found["livesheet_count"], "columns": self._read(asked, found)}

    def groups(self, by: Sequence[str], asked: Asked, skip: int) -> dict[str, Any]:
        """The sums of each combination of values in the columns ``by``, sorted by these columns."""
        if not 0 < len(by) <= MOST_BY or len(set(by)) != len(by):
            raise bad(f"Expected 1 to {MOST_BY} different columns to group by; got {len(by)}.")
        terms = [refuse_ungroupable(self._query.term(name), self._annotations) for name in by]
        keys = [key_of(term) for term in terms]
        names = _names(keys)
        ordering = [
            key
            for name, term in zip(names, terms, strict=True)
            for key in (one.asc(nulls_last=True) for one in sort_keys(term) or [F(name)])
        ]
        found = self._grouped(keys, [*ordering, *names], asked, skip)
        entries = [
            {
                "keys": [_text(term, row[name]) for term, name in zip(terms, names, strict=True)],
                **self._summed_up(asked, row),
            }
            for row in found[:MOST_VALUES]
        ]
        labels = {
            name: texts
            for n, (name, term) in enumerate(zip(by, terms, strict=True))
            if (texts := self._labels(term, [entry["keys"][n] for entry in entries]))
        }
        return {"groups": entries, "more": len(found) > MOST_VALUES, "labels": labels}

    def headings(self, level: int, asked: Asked, skip: int) -> dict[str, Any]:
        """The sums of each group of the view, closed ones too, in the order of its headings.

        Columns that the database cannot sum up are left out: the widget asks for all it shows.
        """
        groups = self._query.grouping(self._view).groups[:level]
        if not groups:
            raise bad("Expected a view whose rows are grouped, and a level from 1.")
        for group in groups:
            refuse_ungroupable(group.term, self._annotations)
        asked = {name: asked[name] for name in asked if self._can_be_summed_up(name, asked)}
        keys = [one.key for one in groups]
        names, ordering = _names(keys), [key for one in groups for key in one.ordering]
        found = self._grouped(keys, ordering, asked, skip)
        entries = [
            {
                "values": [one.wire(row[name]) for one, name in zip(groups, names, strict=True)],
                **self._summed_up(asked, row),
            }
            for row in found[:MOST_VALUES]
        ]
        labels = {
            one.term.column.name: texts
            for n, one in enumerate(groups)
            if (texts := one.labels([str(entry["values"][n] or "") for entry in entries]))
        }
        return {"headings": entries, "more": len(found) > MOST_VALUES, "labels": labels}

    def _grouped(
        self, keys: Sequence[Any], ordering: Sequence[Any], asked: Asked, skip: int
    ) -> list[dict[str, Any]]:
        keyed = dict(zip(_names(keys), keys, strict=True))
        grouped = self._rows.annotate(**keyed).values(*keyed)
        counted: Any = grouped.annotate(livesheet_count=Count("pk"), **self._wanted(asked))
        return list(counted.order_by(*ordering)[skip : skip + MOST_VALUES + 1])

    def _summed_up(self, asked: Asked, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"count": row["livesheet_count"], "columns": self._read(asked, row)}

    # --- terms -------------------------------------------------------------------------------

    def _term(self, name: str) -> Term:
        term = self._query.term(name)
        if not isinstance(term, Text | Measure | Choice | Related):
            raise term.cannot("be summed up")
        if term.is_aggregate or term.name in self._annotations:
            raise term.cannot("be summed up", AGGREGATES)
        return term

    def _members(self, term: Many, skip: int) -> list[list[Any]]:
        """For a many-to-many column: how many rows have each member, and how many have none."""
        field: Any = self.sheet.get_model()._meta.get_field(term.source)
        pairs = fresh(field.remote_field.through._default_manager, self.sheet.alias)
        mine, theirs = field.m2m_field_name(), field.m2m_reverse_field_name()
        of_rows = {
            f"{mine}__pk__in": self._rows.values("pk"),
            f"{theirs}__pk__in": term.possible.values("pk"),
        }
        grouped = pairs.filter(**of_rows).order_by().values_list(f"{theirs}__pk")
        counted = grouped.annotate(livesheet_count=Count(f"{mine}__pk", distinct=True))
        ordered = counted.order_by("-livesheet_count", f"{theirs}__pk")
        none = self._rows.filter(term.empty()).count()
        first = [[None, none]] if none and not skip else []
        skip = max(0, skip - 1) if none else skip  # the rows without a member take up one place
        return [*first, *(list(pair) for pair in ordered[skip : skip + MOST_VALUES + 1])]

    def _labels(self, term: Term, keys: Sequence[str]) -> dict[str, str]:
        """The labels of a relation's keys that this user may see."""
        if not isinstance(term, Related):
            return {}
        return read_labels(self.sheet, term.column, [key for key in keys if key])

    # --- functions ---------------------------------------------------------------------------

    def _can_be_summed_up(self, name: str, asked: Asked) -> bool:
        try:
            self._wanted({name: asked[name]})
        except LiveSheetError:
            return False
        return True

    def _wanted(self, asked: Asked) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for n, (name, functions) in enumerate(asked.items()):
            term = self._term(name)
            for function in functions:
                _check(term, function)
                if function in NUMBERS:
                    found[f"livesheet_{n}_sum"] = Sum(self._summed(term))
                    found[f"livesheet_{n}_filled"] = Count("pk", filter=~term.empty())
                else:
                    found[f"livesheet_{n}_{function}"] = self._function(term, function)
        return found

    def _function(self, term: Term, function: str) -> Any:
        is_filled: Q = ~term.empty()
        if function == "filled":
            return Count("pk", filter=is_filled)
        if function == "ticked":
            return Count("pk", filter=term.among(["true"]))
        if function == "distinct":
            return Count(key_of(term), distinct=True, filter=is_filled)
        return (Min if function == "min" else Max)(F(term.name))

    def _summed(self, term: Term) -> Any:
        """SQLite stores decimals in floating point. As whole numbers, they are added exactly."""
        places = _places(term)
        if connections[self.sheet.alias].vendor != "sqlite" or places is None:
            return F(term.name)
        raised = ExpressionWrapper(F(term.name) * Value(10**places), models.FloatField())
        return Cast(Round(raised), models.BigIntegerField())

    def _read(self, asked: Asked, found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        return {
            name: {function: self._value(name, n, function, found) for function in functions}
            for n, (name, functions) in enumerate(asked.items())
        }

    def _value(self, name: str, n: int, function: str, found: Mapping[str, Any]) -> Any:
        term = self._term(name)
        if function in OF_ALL:
            return found[f"livesheet_{n}_{function}"]
        if function in LIMITS:
            value = found[f"livesheet_{n}_{function}"]
            return None if value is None else term.column.to_wire(value)
        total, count = found[f"livesheet_{n}_sum"], found[f"livesheet_{n}_filled"]
        if total is None or not count:
            return None
        if isinstance(total, float) and _places(term) is None:
            return total if function == "sum" else total / count
        return self._exact(term, total, count, function)

    def _exact(self, term: Term, total: Any, count: int, function: str) -> str:
        places = _places(term) or 0
        with localcontext(prec=100, rounding=ROUND_HALF_UP):
            number = Decimal(total)
            if connections[self.sheet.alias].vendor == "sqlite":
                number = number.scaleb(-places)
            number = number.quantize(Decimal(1).scaleb(-places))
            return str(number) if function == "sum" else _average(number, count, places)


def _average(total: Decimal, count: int, places: int) -> str:
    """The average with up to two decimal places more than the sum, without trailing zeros."""
    text = str((total / count).quantize(Decimal(1).scaleb(-places - 2)))
    while text.endswith("0") and len(text.partition(".")[2]) > places:
        text = text[:-1]
    return text.removesuffix(".")


def _check(term: Term, function: str) -> None:
    if function not in FUNCTIONS:
        raise bad(f"Expected one of {', '.join(FUNCTIONS)}; got {function!r:.80}.")
    is_measure = isinstance(term, Measure) and not isinstance(term, YesOrNo)
    if function == "ticked" and not isinstance(term, YesOrNo):
        raise term.cannot("be ticked")
    if function in NUMBERS and not isinstance(term, Number):
        raise term.cannot("be added up")
    if function in LIMITS and not is_measure:
        raise term.cannot("be compared")
    if function == "distinct" and isinstance(term, Many):
        raise term.cannot("be counted by its values")


def _places(term: Term) -> int | None:
    """The number of decimal places of a decimal column; None for all others."""
    found = term.column.extra.get("decimal_places")
    return int(found) if found is not None and term.column.type == "decimal" else None


def _names(keys: Sequence[Any]) -> list[str]:
    return [f"livesheet_key_{n}" for n in range(len(keys))]


def _text(term: Term, value: Any) -> str:
    if value is None or value == "":
        return ""
    shown = term.column.to_wire(value)
    return str(shown).lower() if isinstance(shown, bool) else str(shown)
