"""Reading rows in which the database may hold a value that Python cannot take.

A rotated key, a JSON value nested a thousand deep, half a character: what raises on its way from
the database costs its own cell. Django converts a row's values while it iterates, so one of them
would end the reading of all rows; here each column's conversion is guarded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import DataError, OperationalError, models

logger = logging.getLogger("livesheet")

# What stands for a value that cannot be read. It is Django's own word for a field that was not
# loaded, so a model instance can be made with it, and saving that leaves the stored value alone.
UNREADABLE: Any = models.DEFERRED

# So many rows are read again at once, where one among them breaks the reading.
HALVED = 500
# Where more rows than this break it, the fault is not in the rows.
MOST_APART = 500
# What drivers raise for a value that they cannot take.
DRIVERS = (DataError, ValueError, OverflowError, OperationalError)

Convert = Callable[[Any, Any, Any], Any]


def values(
    queryset: models.QuerySet[Any, Any], names: list[str], size: int
) -> Iterator[tuple[Any, ...]]:
    """``values_list(*names)``, streamed, with ``UNREADABLE`` where a value is. The first is a key.

    Rows whose key itself cannot be read are left out: nothing could address them.
    """

    def read(some: models.QuerySet[Any, Any]) -> Iterator[tuple[Any, ...]]:
        return iter(_guarded(some.values_list(*names)).iterator(chunk_size=size))

    def apart(one: models.QuerySet[Any, Any], key: Any) -> tuple[Any, ...]:
        return (key, *(_value(one, name) for name in names[1:]))

    rows = _surviving(queryset, read, apart, lambda row: row[0])
    return (row for row in rows if row[0] is not UNREADABLE)


def instances(queryset: models.QuerySet[Any, Any], size: int = 2_000) -> Iterator[Any]:
    """The rows of ``queryset`` as model instances, in which unreadable fields are not loaded."""
    key = queryset.model._meta.pk.attname
    whole = queryset.query.deferred_loading == (frozenset(), True)

    def read(some: models.QuerySet[Any, Any]) -> Iterator[Any]:
        return iter(_guarded(some).iterator(chunk_size=size))

    def apart(one: models.QuerySet[Any, Any], _key: Any) -> Any:
        fields = [f for f in one.model._meta.concrete_fields if not f.primary_key]
        bad = [f.name for f in fields if _value(one, f.attname) is UNREADABLE]
        [row] = read(one.defer(*bad))
        return row

    for instance in _surviving(queryset, read, apart, lambda row: row.pk):
        if key in vars(instance):
            vars(instance._state)["livesheet_whole"] = whole
            yield instance


def _surviving(
    queryset: models.QuerySet[Any, Any],
    read: Callable[[models.QuerySet[Any, Any]], Iterator[Any]],
    apart: Callable[[models.QuerySet[Any, Any], Any], Any],
    key_of: Callable[[Any], Any],
) -> Iterator[Any]:
    """What ``read`` finds; where the driver gives up, the other rows, and that one ``apart``.

    A driver raises before Django sees a value: for a date of ``infinity``, or a text that is no
    UTF-8. The row that holds it is found by halves.
    """
    given = set()
    try:
        for row in read(queryset):
            given.add(key_of(row))
            yield row
        return
    except DRIVERS as error:
        if _is_away(error) or queryset.query.is_sliced:
            raise
        label = queryset.model._meta.label_lower
        facts = {"event": "row.apart", "model": label}
        # Not what the driver says: SQLite's words hold the value.
        text = "A row of %s is read value by value, after %s."
        logger.warning(text, label, type(error).__name__, extra=facts)
    keys = [key for key in queryset.values_list("pk", flat=True) if key not in given]
    waiting = [keys[at : at + HALVED] for at in range(0, len(keys), HALVED)][::-1]
    left = MOST_APART
    while waiting:
        some = waiting.pop()
        part = queryset.filter(pk__in=some)
        try:
            yield from list(read(part))
        except DRIVERS as error:
            if _is_away(error) or (len(some) == 1 and left == 0):
                raise
            if len(some) > 1:
                middle = len(some) // 2
                waiting += [some[middle:], some[:middle]]
            elif part.exists():
                left -= 1
                yield apart(part, some[0])


def _value(one: models.QuerySet[Any, Any], name: str) -> Any:
    try:
        found = list(_guarded(one.values_list(name, flat=True)).iterator())
        return found[0] if found else UNREADABLE
    except DRIVERS as error:
        if _is_away(error):
            raise
        return UNREADABLE


def _is_away(error: Exception) -> bool:
    """SQLite says of a text that is none what the others say when they are away, or too slow."""
    return isinstance(error, OperationalError) and "decode" not in str(error).lower()


def is_unreadable(instance: models.Model, attname: str) -> bool:
    """Whether ``instances`` could not load it: asking the database once more would be in vain."""
    return attname not in vars(instance) and getattr(instance._state, "livesheet_whole", False)


def _guarded(queryset: models.QuerySet[Any, Any]) -> models.QuerySet[Any, Any]:
    guarded = queryset.all()
    query: Any = guarded.query
    # On this one query alone, which is iterated and not copied.
    vars(query)["get_compiler"] = partial(_compiler, query.get_compiler)
    return guarded


def _compiler(get_compiler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    compiler = get_compiler(*args, **kwargs)
    vars(compiler)["get_converters"] = partial(_converters, compiler.get_converters)
    return compiler


def _converters(get_converters: Callable[[Any], Any], expressions: Any) -> dict[int, Any]:
    return {
        at: ([_Guard(convs)], expression)
        for at, (convs, expression) in get_converters(expressions).items()
    }


class _Guard:
    """All conversions of one column. It says once that some fail, however many rows there are."""

    def __init__(self, convs: list[Convert]) -> None:
        self._convs = convs
        self._said = False

    def __call__(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            for convert in self._convs:
                value = convert(value, expression, connection)
        except Exception:  # whatever a field of the project's, or a damaged value, may raise
            self._say(expression)
            return UNREADABLE
        return value

    def _say(self, expression: Any) -> None:
        if not self._said:
            self._said = True
            target = getattr(expression, "target", None) or expression
            facts = {"event": "value.unread", "field": str(target)}
            logger.exception("A value of %s cannot be read.", target, extra=facts)
