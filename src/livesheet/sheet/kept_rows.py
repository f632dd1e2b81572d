"""The row with one key, asked for by SQL that is compiled once for each connection.

Django takes several times as long to build such a statement as the database needs to carry it out.
Kept is only what cannot depend on anything but the key: all rows of a model, by Django's own
manager and queryset. Everything else is built anew each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from django.db import connections, models

from livesheet.sheet import filterable
from livesheet.sheet.guards import guarded
from livesheet.sheet.narrowing import DRIVERS, is_of_a_value

# The name under which a connection keeps them, and how many at most.
KEPT, MOST = "livesheet_kept_rows", 200

Build = Callable[[list[Any]], models.QuerySet[Any, Any]]


def found(using: str, model: type[models.Model], what: Hashable, key: Any, build: Build) -> Any:
    """A list of what ``build([key])`` finds, a queryset of whatever stands for rows.

    Equal ``what`` must mean an equal queryset but for the key. None where it cannot be asked for
    in this way.
    """
    connection: Any = connections[using]
    kept: dict[Hashable, _Kept] = vars(connection).setdefault(KEPT, {})
    name = (model, what)
    if name not in kept:
        if len(kept) >= MOST:
            kept.clear()
        kept[name] = _Kept(build([key]), model, connection)
    return kept[name].rows(key)


def are_all(rows: models.QuerySet[Any, Any], model: type[models.Model]) -> bool:
    """Whether ``rows`` are all rows of the model, without anything added."""
    query: Any = rows.query
    is_plain = type(rows) is models.QuerySet and rows.model is model and not rows._fields  # type: ignore[attr-defined]
    return bool(
        is_plain and query.group_by is None and query.deferred_loading == (frozenset(), True)
        and not (query.annotations or query.extra or query.distinct or query.select_for_update)
        and filterable.is_everything(model, rows)
    )  # fmt: skip


class _Kept:
    def __init__(
        self, rows: models.QuerySet[Any, Any], model: type[models.Model], connection: Any
    ) -> None:
        self._rows: Any = guarded(rows)
        self._key: Any = model._meta.pk
        self._connection = connection
        compiler = self._rows.query.get_compiler(connection.alias)
        self._sql, self._params = compiler.as_sql()
        vars(compiler)["as_sql"] = self._as_sql
        vars(self._rows.query)["get_compiler"] = lambda *_how, **_more: compiler

    def _as_sql(self, *_how: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:
        return self._sql, self._params

    def rows(self, key: Any) -> list[Any] | None:
        given = self._key.get_db_prep_value(self._key.get_prep_value(key), self._connection)
        if len(self._params) != 1 or type(self._params[0]) is not type(given):
            return None
        self._params = (given,)
        try:
            return list(self._rows._iterable_class(self._rows))
        except DRIVERS as error:
            if not is_of_a_value(error):
                raise
            return None  # a value among them breaks it, and is to be left out
