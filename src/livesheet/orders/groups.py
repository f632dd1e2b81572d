"""Groups of rows: which rows belong together, in which order the groups come, and which are closed.

The rows of a group are next to each other in the order, so that its heading has one place. The rows
of closed groups are left out of the order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.db.models.lookups import In

from livesheet.exceptions import LiveSheetError
from livesheet.orders.measures import Measure, within
from livesheet.orders.relations import Many, Related
from livesheet.orders.terms import AGGREGATES, NOTHING, Term
from livesheet.orders.texts import Exactly
from livesheet.orders.view import Grouped
from livesheet.orders.words import Choice, Text
from livesheet.sheet.rows import read_labels

NO_ZONES = " Load the time zones into the database with `mysql_tzinfo_to_sql`."


class Group:
    """One of the columns by which rows are grouped. Moments are grouped by their day in a zone.

    ``first`` are the keys of groups that come before all others, each from the outermost of the
    ``outer`` columns. Raises ``LiveSheetError`` if the column does not allow that.
    """

    def __init__(
        self,
        term: Term,
        zone: str,
        *,
        descending: bool = False,
        outer: Sequence[Group] = (),
        first: Sequence[Sequence[str]] = (),
    ) -> None:
        self.term = refuse_ungroupable(term)
        self.descending = descending
        self._chain, self._first = (*outer, self), first
        self._zone = zone if term.column.type == "datetime" else None
        if self._zone is not None and not self._knows_zones():
            raise term.cannot("be grouped by day", NO_ZONES)

    @property
    def key(self) -> Any:
        """An expression that is equal for the rows of a group."""
        if self._zone is None:
            return key_of(self.term)
        if not settings.USE_TZ:
            return TruncDate(F(self.term.name))
        zone = ZoneInfo(self._zone)
        day = TruncDate(F(self.term.name), tzinfo=zone)
        return Case(*self._ends(zone), default=day, output_field=models.DateField())

    def _ends(self, zone: dt.tzinfo) -> Iterator[When]:
        """East and west of Greenwich, moments may be in the year 10000 or 0, which no date is in.

        One such row would otherwise make the database refuse all groups. MariaDB and MySQL take the
        day in UTC by themselves.
        """
        connection = connections[self.term.sheet.alias]
        if connection.vendor == "mysql":
            return
        stored = connection.timezone or dt.UTC
        for end, lookup in ((dt.datetime.min, "lt"), (dt.datetime.max, "gt")):
            try:
                moment = end.replace(tzinfo=zone).astimezone(dt.UTC)
            except OverflowError:
                continue  # each moment that can be stored has a date there
            limit = {f"{self.term.name}__{lookup}": within(moment, stored)}
            yield When(**limit, then=Value(end.date(), models.DateField()))

    @property
    def ordering(self) -> list[Any]:
        """Sorts the groups like rows, and then by their keys, so that no two are mixed."""
        keys: list[Any] = [] if self._zone is not None else sort_keys(self.term)
        if not isinstance(self.term, Measure) or not keys:
            keys = [*keys, self.key]
        ordering = [(key.desc if self.descending else key.asc)(nulls_last=True) for key in keys]
        return [self._rank().asc(), *ordering] if self._first else ordering

    def _rank(self) -> Any:
        """The place of a row's group among those that come first, which are not sorted by value.

        They are named, not sorted by what they hold now: an order does not change while it is used.
        """
        whens = [
            When(
                reduce(and_, (g._is(k) for g, k in zip(self._chain, keys, strict=True))),
                then=Value(place),
            )
            for place, keys in enumerate(self._first)
        ]
        return Case(*whens, default=Value(len(whens)), output_field=models.IntegerField())

    def among(self, keys: Sequence[str]) -> Q:
        """The rows of these groups. For no row is this null, so it can be negated."""
        found = self.term.empty() if "" in keys else NOTHING
        if filled := [key for key in keys if key]:
            found |= ~self.term.empty() & self._in(filled)
        return found

    def _is(self, key: str) -> Q:
        """The rows of this group. Unlike `among()`, it may be null for others."""
        return self._in([key]) if key else self.term.empty()

    def _in(self, keys: Sequence[str]) -> Q:
        if self._zone is None and self.term.column.type != "time":
            return self.term.among(keys)  # a time of day would stand for its whole minute
        read: Any = dt.date.fromisoformat if self._zone is not None else dt.time.fromisoformat
        field = models.DateField() if self._zone is not None else models.TimeField()
        return Q(In(self.key, [Value(one, field) for key in keys if (one := _read(read, key))]))

    def wire(self, value: Any) -> Any:
        """What the cells of the group show; None if they are empty."""
        if value is None or value == "":
            return None
        return value.isoformat() if self._zone is not None else self.term.column.to_wire(value)

    def labels(self, keys: Sequence[str]) -> dict[str, str]:
        """The labels of a relation's keys that this user may see."""
        if not isinstance(self.term, Related):
            return {}
        return read_labels(self.term.sheet, self.term.column, [key for key in keys if key])

    def _knows_zones(self) -> bool:
        connection: Any = connections[self.term.sheet.alias]
        is_same = not settings.USE_TZ or self._zone == connection.timezone_name
        return is_same or bool(connection.features.has_zoneinfo_database)


def _read(read: Any, key: str) -> Any:
    try:
        return read(key)
    except ValueError:
        return None  # no cell can contain it


class Grouping:
    """The groups of a view, of which ``terms`` are the columns."""

    def __init__(self, grouped: Grouped | None, terms: Mapping[str, Term]) -> None:
        self.groups: list[Group] = []
        self._closed: Sequence[Sequence[str]] = ()
        if grouped is not None:
            for level, one in enumerate(grouped.by, 1):
                first = [keys for keys in grouped.first if len(keys) == level]
                outer, term = tuple(self.groups), terms[one.column]
                group = Group(
                    term, grouped.zone, descending=one.descending, outer=outer, first=first
                )
                self.groups.append(group)
            self._closed = grouped.closed

    @property
    def ordering(self) -> list[Any]:
        return [key for group in self.groups for key in group.ordering]

    @property
    def closed(self) -> Q:
        """The rows of the closed groups."""
        return self._of(self._closed, self.groups)

    def _of(self, closed: Sequence[Sequence[str]], groups: Sequence[Group]) -> Q:
        if not closed:
            return NOTHING
        group, *inner = groups
        whole = [keys[0] for keys in closed if len(keys) == 1]
        parts: dict[str, list[Sequence[str]]] = {}
        for key, *rest in (keys for keys in closed if len(keys) > 1 and inner):
            parts.setdefault(key, []).append(rest)
        found = [group.among([key]) & self._of(rest, inner) for key, rest in parts.items()]
        return reduce(or_, found, group.among(whole))


def refuse_ungroupable(term: Term, annotations: set[str] | None = None) -> Term:
    if isinstance(term, Many) or not isinstance(term, Text | Measure | Choice | Related):
        raise term.cannot("be grouped by")
    if term.is_aggregate or term.name in (annotations or ()):
        raise term.cannot("be grouped by", AGGREGATES)
    return term


def key_of(term: Term) -> Any:
    """An expression that is equal for equal values. For texts, null and empty are equal."""
    if isinstance(term, Text):
        return Coalesce(Exactly(term.text), Value(""), output_field=models.TextField())
    if isinstance(term, Choice) and isinstance(term.plain, models.CharField | models.TextField):
        return Coalesce(Exactly(F(term.name)), Value(""), output_field=models.TextField())
    return F(term.name)


def sort_keys(term: Term) -> list[Any]:
    """None if there are too many labels: then groups are sorted by their keys."""
    try:
        return list(term.sort_keys())
    except LiveSheetError:
        return []
