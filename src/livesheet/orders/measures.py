"""Columns whose values can be compared: numbers, dates, times, durations; and yes or no."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time

from livesheet.orders.terms import Term
from livesheet.orders.view import Filter, bad

# 12:30, as a cell shows it, stands for all moments until 12:31.
MINUTE = dt.timedelta(seconds=59, milliseconds=999)
MILLISECOND = dt.timedelta(microseconds=999)
# Larger numbers than databases can store.
LARGEST = Decimal(10) ** 30
LONGEST_NUMBER = 60
EXACT = models.DecimalField(max_digits=65, decimal_places=30)

# Of moments, of which each stands for a range: SQLite can read no statement with many more.
MOST_RANGES = 200
# What databases without a type for durations store.
LONGEST = dt.timedelta(microseconds=2**63 - 1)

Limits = tuple[Any, Any]


class Measure(Term):
    """``is_nullable`` says whether there may be rows without a value."""

    def __init__(self, *args: Any, is_nullable: bool) -> None:
        super().__init__(*args)
        self.is_nullable = is_nullable

    def sort_keys(self) -> Sequence[Any]:
        return [self.value]

    def limits(self, text: str) -> Limits:
        """The first and the last value that ``text`` stands for. Raises ``ValueError``."""
        raise NotImplementedError

    def compared(self, condition: Filter) -> Q:
        if condition.kind == "range":
            return self._from(condition.start) & self._to(condition.end)
        if condition.kind not in COMPARED:
            return super().compared(condition)
        least, most = self._limits(condition.text)
        if condition.kind == "not":
            return self.empty() | self._is("lt", least) | self._is("gt", most)
        if condition.kind == "equals":
            return self._is("gte", least) & self._is("lte", most)
        return self._is(condition.kind, least if condition.kind in ("lt", "gte") else most)

    def among(self, keys: Sequence[str]) -> Q:
        limits = [known for key in dict.fromkeys(keys) if (known := self._known(key))]
        ranges = [(least, most) for least, most in limits if least != most]
        if len(ranges) > MOST_RANGES:
            raise self.cannot(f"be filtered by more than {MOST_RANGES} values")
        found = Q(**{f"{self.name}__in": [least for least, most in limits if least == most]})
        for least, most in ranges:
            found |= self._is("gte", least) & self._is("lte", most)
        return found

    def _known(self, key: str) -> Limits | None:
        try:
            return self.limits(key)
        except ValueError:
            return None  # no cell can contain it

    def _from(self, text: str) -> Q:
        return self._is("gte", self._limits(text)[0]) if text else ~self.empty()

    def _to(self, text: str) -> Q:
        return self._is("lte", self._limits(text)[1]) if text else ~self.empty()

    def _limits(self, text: str) -> Limits:
        try:
            return self.limits(text)
        except ValueError as error:
            name, kind = self.column.name, self.column.type
            raise bad(
                f"The column {name!r} holds values of the type {kind}; got {text!r:.80}."
            ) from error

    def _is(self, lookup: str, limit: Any) -> Q:
        return Q(**{f"{self.name}__{lookup}": limit})


COMPARED = frozenset({"lt", "lte", "gt", "gte", "equals", "not"})


class Number(Measure):
    def limits(self, text: str) -> Limits:
        number = number_of(text)
        if self.column.type == "integer":
            least = int(number.to_integral_value(ROUND_CEILING))
            return least, int(number.to_integral_value(ROUND_FLOOR))
        if self.column.type == "float":
            return as_float(text), as_float(text)
        return Value(number, EXACT), Value(number, EXACT)

    def among(self, keys: Sequence[str]) -> Q:
        limits = [limit for key in keys if (limit := self._single(key)) is not None]
        return Q(**{f"{self.name}__in": limits})

    def _single(self, key: str) -> Any:
        try:
            least, most = self.limits(key)
        except ValueError:
            return None
        is_integer = isinstance(least, int)
        return least if not is_integer or (least == most and abs(least) < 2**63) else None

    def found(self, text: str) -> Q:
        """A search finds whole numbers, not digits within them."""
        return self.among([text])


def as_float(text: str) -> float:
    """The nearest number that databases can store."""
    return max(-sys.float_info.max, min(sys.float_info.max, float(text)))


def number_of(text: str) -> Decimal:
    """Raises ``ValueError`` if the text is not a finite number."""
    try:
        number = Decimal(text) if len(text) <= LONGEST_NUMBER else Decimal("NaN")
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    return max(-LARGEST, min(LARGEST, number))


class Moment(Measure):
    """Dates, times, and both together, compared in milliseconds as in a browser."""

    def limits(self, text: str) -> Limits:
        least = PARSERS[self.column.type](text)
        if least is None:
            raise ValueError(text)
        if not isinstance(least, dt.datetime | dt.time):
            return self._stored(least), self._stored(least)
        is_minute = not least.second and not least.microsecond
        least = least.replace(microsecond=least.microsecond // 1_000 * 1_000)
        most = _after(least, MILLISECOND + (MINUTE if is_minute else dt.timedelta()))
        return self._stored(least), self._stored(most)

    def _stored(self, value: Any) -> Any:
        """The nearest value that the database can be asked for."""
        connection = connections[self.sheet.alias]
        if isinstance(value, dt.timedelta) and not connection.features.has_native_duration_field:
            return max(-LONGEST, min(LONGEST, value))
        if isinstance(value, dt.datetime) and timezone.is_aware(value) and connection.timezone:
            return within(value, connection.timezone)
        return value


def within(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """In the first and the last hours there are moments that have no date in another zone."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        end = dt.datetime.min if moment.year == dt.MINYEAR else dt.datetime.max
        return end.replace(tzinfo=zone)


def _after(moment: Any, length: dt.timedelta) -> Any:
    if isinstance(moment, dt.time):  # it stays within its minute, and therefore within its day
        return (dt.datetime.combine(dt.date.min, moment) + length).time()
    try:
        return moment + length
    except OverflowError:
        return moment


def _duration(text: str) -> dt.timedelta | None:
    try:
        return parse_duration(text)
    except OverflowError as error:
        raise ValueError(text) from error


def _datetime(text: str) -> dt.datetime | None:
    """In the site's zone if the text has none. A date means the beginning of that day."""
    moment = parse_datetime(text)
    if moment is None:
        return None
    if settings.USE_TZ and timezone.is_naive(moment):
        return timezone.make_aware(moment)
    if not settings.USE_TZ and timezone.is_aware(moment):
        return within(moment, dt.UTC).replace(tzinfo=None)
    return moment


PARSERS: dict[str, Callable[[str], Any]] = {
    "date": parse_date,
    "time": parse_time,
    "datetime": _datetime,
    "duration": _duration,
}


class YesOrNo(Measure):
    def among(self, keys: Sequence[str]) -> Q:
        wanted = [known for key, known in (("true", True), ("false", False)) if key in keys]
        return Q(**{f"{self.name}__in": wanted})

    def compared(self, condition: Filter) -> Q:
        raise self.cannot(f"be filtered by {condition.kind!r}")
