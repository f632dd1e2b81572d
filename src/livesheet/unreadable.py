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

from django.db import models

logger = logging.getLogger("livesheet")

# What stands for a value that cannot be read. It is Django's own word for a field that was not
# loaded, so a model instance can be made with it, and saving that leaves the stored value alone.
UNREADABLE: Any = models.DEFERRED

Convert = Callable[[Any, Any, Any], Any]


def values(
    queryset: models.QuerySet[Any, Any], names: list[str], size: int
) -> Iterator[tuple[Any, ...]]:
    """``values_list(*names)``, streamed, with ``UNREADABLE`` where a value is. The first is a key.

    Rows whose key itself cannot be read are left out: nothing could address them.
    """
    rows = _guarded(queryset.values_list(*names)).iterator(chunk_size=size)
    return (row for row in rows if row[0] is not UNREADABLE)


def instances(queryset: models.QuerySet[Any, Any], size: int = 2_000) -> Iterator[Any]:
    """The rows of ``queryset`` as model instances, in which unreadable fields are not loaded."""
    key = queryset.model._meta.pk.attname
    whole = queryset.query.deferred_loading == (frozenset(), True)
    for instance in _guarded(queryset).iterator(chunk_size=size):
        if key in vars(instance):
            vars(instance._state)["livesheet_whole"] = whole
            yield instance


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
