"""Guards around the conversion of each column's values from the database.

Django converts the values of a row while it iterates, so one value that cannot be converted (a
rotated key, a JSON value nested a thousand deep) would end the reading of all rows. With these
guards, only its own cell is affected.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models

from livesheet.sheet.traces import complain

# What stands for a value that cannot be read. It is Django's own word for a field that was not
# loaded, so a model instance can be made with it, and saving that leaves the stored value alone.
UNREADABLE: Any = models.DEFERRED

Convert = Callable[[Any, Any, Any], Any]


def guarded(queryset: models.QuerySet[Any, Any]) -> models.QuerySet[Any, Any]:
    """The queryset with ``UNREADABLE`` for each value whose conversion fails."""
    copy = queryset.all()
    query: Any = copy.query
    # On this one query alone, which is iterated and not copied.
    vars(query)["get_compiler"] = partial(_compiler, query.get_compiler)
    return copy


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
    """All conversions of one column. It logs failures once, however many rows there are."""

    def __init__(self, convs: list[Convert]) -> None:
        self._convs = convs

    def __call__(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            for convert in self._convs:
                value = convert(value, expression, connection)
        except Exception as error:  # whatever a field of the project's, or a damaged value, raises
            self._say(expression, error)
            return UNREADABLE
        return value

    def _say(self, expression: Any, error: Exception) -> None:
        target = getattr(expression, "target", None) or expression
        facts = {"event": "value.unread", "field": str(target)}
        complain("A value of %s cannot be read:%s", target, error, facts)
