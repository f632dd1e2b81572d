"""Places in an order, given by the sort values of a row.

Unlike a row number, such a place stays right if other rows are added or deleted: the next page
begins after the last row of the one before, wherever that row is by now.
"""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.models import Aggregate, F, Q, Subquery, Value
from django.db.models.expressions import Col, OrderBy
from django.db.models.functions import Cast, Random
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from django.db.models.sql.datastructures import Join
from django.utils.duration import duration_iso_string

from livesheet.orders.view import bad
from livesheet.sheet.rows import as_keys

PREFIX = "livesheet_key_"

# PostgreSQL sorts it after all numbers. Django accepts it as a floating-point number only.
NAN, FLOATING = float("nan"), models.FloatField()

PLAIN = (str, int, float, list, dict)

# The sort values of a row, in a form that JSON can hold.
Place = Sequence[Any]

OF_ANOTHER_ORDER = "The cursor belongs to another order of the rows. Begin with an empty one."
SEVERAL_TIMES = (
    "The rows are ordered by a relation to many objects, which names a row several times. Set an"
    " `ordering` that names each row once."
)
NO_ORDER = "This order of the rows has no places. Leave out `cursor`, or set an `ordering`."


@dataclass(frozen=True, slots=True)
class Key:
    """One of the values by which rows are sorted. Rows are annotated with it under ``alias``."""

    alias: str
    expression: Any
    field: Any
    descending: bool
    is_nullable: bool
    nulls_last: bool

    def _given(self, value: Any) -> Value:
        return Value(value, FLOATING if value is NAN else self.field)

    def equals(self, value: Any) -> Q:
        if value is None:
            return Q(IsNull(self.expression, True))
        return Q(Exact(self.expression, self._given(value)))

    def follows(self, value: Any) -> Q | None:
        """The condition for rows that sort after this value; None if there can be none."""
        if value is None:
            return None if self.nulls_last else Q(IsNull(self.expression, False))
        compare = LessThan if self.descending else GreaterThan
        after = Q(compare(self.expression, self._given(value)))
        has_more = self.is_nullable and self.nulls_last
        return after | Q(IsNull(self.expression, True)) if has_more else after

    def precedes(self, value: Any) -> Q | None:
        """The condition for rows that sort before this value; None if there can be none."""
        if value is None:
            return Q(IsNull(self.expression, False)) if self.nulls_last else None
        compare = GreaterThan if self.descending else LessThan
        before = Q(compare(self.expression, self._given(value)))
        has_more = self.is_nullable and not self.nulls_last
        return before | Q(IsNull(self.expression, True)) if has_more else before

    def bound(self, value: Any, *, is_upper: bool = False, is_walled: bool = False) -> Q:
        """A simple limit that an index can use, for all rows up to this value or from it on.

        There is none if rows with empty values are among them. With ``is_walled``, another limit
        excludes these.
        """
        if self.is_nullable and self.nulls_last != is_upper and not is_walled:
            return Q()
        compare = LessThanOrEqual if self.descending != is_upper else GreaterThanOrEqual
        return Q(compare(self.expression, self._given(value)))


Side = Callable[[Key, Any], Q | None]


class Keyset:
    """The rows of a queryset with their places. Raises ``LiveSheetError`` if they have none."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self._connection = connections[rows.db]
        self._model: Any = rows.model
        query: Any = rows.query
        ordering = list(self._needed(_expanded(rows.model, query.order_by), query))
        self.keys = [self._key(n, item, query) for n, item in enumerate(ordering)]
        values = {key.alias: self._exactly(key) for key in self.keys}
        self.rows = rows.annotate(**values).order_by(*ordering)

    def after(self, place: Place) -> models.QuerySet[Any]:
        """The rows after a ``place``. Raises ``LiveSheetError`` if it belongs to another order."""
        return self.between(place, None)

    def between(self, after: Place | None, until: Place | None) -> models.QuerySet[Any]:
        """The rows after one place, up to and including another; None is an end of the order."""
        found: models.QuerySet[Any] = self.rows.filter(*self.conditions(after, until))
        return found

    def conditions(
        self, after: Place | None, until: Place | None, *, is_first_included: bool = False
    ) -> list[Q]:
        """The conditions for the rows after the first place, up to and including the second."""
        found: list[Q] = []
        places = [place for place in (after, until) if place is not None]
        if any(len(place) != len(self.keys) for place in places):
            raise bad(OF_ANOTHER_ORDER)
        is_walled = len(places) == 2 and all(place[0] is not None for place in places)
        if after is not None:
            found += self._beyond(after, Key.follows, is_walled, is_included=is_first_included)
        if until is not None:
            found += self._beyond(until, Key.precedes, is_walled, is_upper=True, is_included=True)
        return found

    def _beyond(
        self, place: Place, side: Side, is_walled: bool, *,
        is_upper: bool = False, is_included: bool = False,
    ) -> tuple[Q, Q]:  # fmt: skip
        """The conditions for the rows on one side of a place, optionally with the row itself."""
        values = [
            None if raw is None else _read(key.field, raw)
            for key, raw in zip(self.keys, place, strict=True)
        ]
        found, same = Q(pk__in=[]), Q()
        for key, value in zip(self.keys, values, strict=True):
            if (beyond := side(key, value)) is not None:
                found |= same & beyond
            same &= key.equals(value)
        bound = Q()
        if values[0] is not None:
            bound = self.keys[0].bound(values[0], is_upper=is_upper, is_walled=is_walled)
        return bound, found | same if is_included else found

    def place_of(self, row: Any) -> list[Any]:
        """The place of a row of ``rows``."""
        return self.written(getattr(row, key.alias) for key in self.keys)

    def written(self, values: Iterable[Any]) -> list[Any]:
        """The place that these sort values make."""
        return [_written(value, key.field) for key, value in zip(self.keys, values, strict=True)]

    def place_of_key(self, pk: str) -> list[Any] | None:
        """The place of the row with this key; None if there is no such row."""
        keys = as_keys(self._model._meta.pk, [pk])
        row = next(iter(self.read(self.rows.filter(pk__in=keys))), None) if keys else None
        return None if row is None else self.written(row[: len(self.keys)])

    def read(self, rows: models.QuerySet[Any], *names: str) -> models.QuerySet[Any]:
        """Tuples of these names, or of the sort values. Further values in a tuple mean nothing:

        MySQL can only filter grouped rows by what is selected.
        """
        wanted = names or tuple(key.alias for key in self.keys)
        query: Any = rows.query
        if query.group_by is None or self._connection.vendor != "mysql":
            return rows.values_list(*wanted)
        return rows.values_list(*wanted, *(f.attname for f in self._model._meta.concrete_fields))

    def _needed(self, ordering: Iterable[OrderBy], query: Any) -> Iterator[OrderBy]:
        """The ordering up to and including the row's own key, after which no two rows are equal.

        The database would nevertheless sort by what follows.
        """
        for item in ordering:
            yield item
            joined = query.clone()
            resolved: Any = item.expression.resolve_expression(joined)
            if _is_of_many(resolved, joined.alias_map):
                raise bad(SEVERAL_TIMES)
            if self._is_own(resolved) and resolved.target.primary_key:
                return

    def _is_own(self, resolved: Any) -> bool:
        return isinstance(resolved, Col) and resolved.alias == self._model._meta.db_table

    def _key(self, number: int, item: OrderBy, query: Any) -> Key:
        nulls_first = bool(item.nulls_first)
        if not item.nulls_first and not item.nulls_last:
            nulls_first = self._connection.features.order_by_nulls_first != item.descending
        resolved: Any = item.expression.resolve_expression(query.clone())
        field = resolved.output_field
        if isinstance(field, models.JSONField) and self._connection.vendor == "mysql":
            raise bad(NO_ORDER)  # it sorts documents in one way and compares them in another
        if self._is_floating(field):
            field = models.FloatField()
        return Key(
            alias=f"{PREFIX}{number}",
            expression=item.expression,
            field=field,
            descending=item.descending,
            is_nullable=not self._is_filled(resolved),
            nulls_last=not nulls_first,
        )

    def _is_filled(self, resolved: Any) -> bool:
        """Whether it is a field of the model itself that is never null. A join could make it so."""
        return self._is_own(resolved) and not resolved.target.null

    def _exactly(self, key: Key) -> Any:
        """SQLite stores decimals in floating point. If rounded, a row would follow itself."""
        is_floating = self._connection.vendor == "sqlite" and isinstance(
            key.field, models.FloatField
        )
        return Cast(key.expression, key.field) if is_floating else key.expression

    def _is_floating(self, field: Any) -> bool:
        return self._connection.vendor == "sqlite" and isinstance(field, models.DecimalField)


def _expanded(model: Any, ordering: Sequence[Any]) -> Iterator[OrderBy]:
    """Each item as ``OrderBy``. As in Django, a relation is sorted by the ordering of its model."""
    for item in ordering:
        if isinstance(item, OrderBy):
            if isinstance(item.expression, Random):
                raise bad(NO_ORDER)
            yield item
        elif isinstance(item, str):
            yield from _of_name(model, item.removeprefix("-"), item.startswith("-"))
        else:
            yield OrderBy(item)


def _of_name(model: Any, path: str, descending: bool) -> Iterator[OrderBy]:
    if path == "?":
        raise bad(NO_ORDER)
    *prefix, last = path.split("__")
    target = model
    for name in prefix:
        target = getattr(_once(_field(target, name)), "related_model", None)
    field = _once(_field(target, last))
    if field is None or not field.is_relation or last == getattr(field, "attname", None):
        yield OrderBy(F(path), descending=descending)
        return
    related = field.related_model
    for item in related._meta.ordering or ["pk"]:
        # As in Django, "-" before a relation does not reverse what says its direction itself.
        if isinstance(item, OrderBy):
            inner: Iterable[OrderBy] = _expanded(related, [item])
        elif isinstance(item, str):
            inner = _of_name(related, item.removeprefix("-"), item.startswith("-") != descending)
        else:
            inner = [OrderBy(item, descending=descending)]
        yield from (one.prefix_references(f"{path}__") for one in inner)


def _once(field: Any) -> Any:
    """A field that joins a row to one other at most, or none."""
    if field is not None and (field.many_to_many or field.one_to_many):
        raise bad(SEVERAL_TIMES)
    return field


def _is_of_many(resolved: Any, tables: Mapping[str, Any]) -> bool:
    """Whether a row can have several values of this, so that it would follow itself.

    A filtered relation is believed to leave one object at most.
    """
    if isinstance(resolved, Col):
        table = tables.get(resolved.alias)
        while isinstance(table, Join):
            field: Any = table.join_field
            if (field.one_to_many or field.many_to_many) and not table.filtered_relation:
                return True
            table = tables.get(table.parent_alias)
        return False
    if isinstance(resolved, Aggregate | Subquery) or not hasattr(
        resolved, "get_source_expressions"
    ):
        return False
    return any(_is_of_many(one, tables) for one in resolved.get_source_expressions())


def _field(model: Any, name: str) -> Any:
    known = {} if model is None else {f.name: f for f in model._meta.get_fields()}
    known |= {} if model is None else {getattr(f, "attname", f.name): f for f in known.values()}
    return known.get(name)


# --- what a place holds ----------------------------------------------------------------------


def dumps(place: Place) -> str:
    return json.dumps(place, separators=(",", ":"))


def _written(value: Any, field: Any) -> Any:
    if isinstance(value, dt.timedelta):
        return duration_iso_string(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()  # as `BinaryField` reads it
    if isinstance(value, Decimal | UUID):
        return str(value)
    if value is None or isinstance(value, PLAIN):
        return value
    # An object of the field's own, such as a telephone number: as the field gives it to a database.
    plain = field.get_prep_value(value)
    return plain if plain is None or isinstance(plain, PLAIN) else str(plain)


def _read(field: Any, raw: Any) -> Any:
    if raw == "NaN" and isinstance(field, models.DecimalField):
        return NAN
    try:
        return field.to_python(raw)
    except (ValidationError, ValueError, TypeError) as error:
        raise bad(OF_ANOTHER_ORDER) from error
