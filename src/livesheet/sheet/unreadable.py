"""Reading rows if the database contains values that cannot be read.

A value that raises an exception affects only its own cell, whether a conversion by Django or a
field fails (``guards.py``), the driver, or the database itself (``narrowing.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import models

from livesheet.sheet.guards import UNREADABLE, guarded
from livesheet.sheet.narrowing import surviving


def values(
    queryset: models.QuerySet[Any, Any], names: list[str], size: int | None
) -> Iterator[tuple[Any, ...]]:
    """``values_list(*names)``, with ``UNREADABLE`` where a value is. The first is a key.

    Streamed, ``size`` at once; None reads all of them, as in ``instances``.

    Rows whose key itself cannot be read are left out: nothing could address them.
    """
    rows = surviving(queryset, _Values(names, size))
    return (row for row in rows if row[0] is not UNREADABLE)


def instances(queryset: models.QuerySet[Any, Any], size: int | None = 2_000) -> Iterator[Any]:
    """The rows of ``queryset`` as model instances, in which unreadable fields are not loaded.

    Streamed, ``size`` at once; None reads all of them, which spares few rows a cursor of theirs.
    """
    whole = queryset.query.deferred_loading == (frozenset(), True)
    yield from with_keys(surviving(queryset, _Instances(size)), whole=whole)


def with_keys(found: Iterable[Any], *, whole: bool) -> Iterator[Any]:
    """Instances that have a key; if ``whole``, fields that they lack were asked for in vain."""
    for instance in found:
        if instance._meta.pk.attname in vars(instance):
            vars(instance._state)["livesheet_whole"] = whole
            yield instance


def is_unreadable(instance: models.Model, attname: str) -> bool:
    """Whether ``instances`` could not load it: asking the database once more would be in vain."""
    return attname not in vars(instance) and getattr(instance._state, "livesheet_whole", False)


class _Values:
    def __init__(self, names: list[str], size: int | None) -> None:
        self._names, self._size = names, size

    def names(self, _rows: models.QuerySet[Any, Any]) -> list[str]:
        return self._names[1:]

    def read(
        self, rows: models.QuerySet[Any, Any], without: Collection[str]
    ) -> Iterator[tuple[Any, ...]]:
        read = [name for name in self._names if name not in without]
        found: Any = guarded(rows.values_list(*read))
        if self._size:
            found = found.iterator(chunk_size=self._size)
        yield from (self._filled(row, without) for row in found) if without else found

    def _filled(self, row: tuple[Any, ...], without: Collection[str]) -> tuple[Any, ...]:
        given = iter(row)
        return tuple(UNREADABLE if name in without else next(given) for name in self._names)

    def key(self, row: tuple[Any, ...]) -> Any:
        return row[0]


class _Instances:
    def __init__(self, size: int | None) -> None:
        self._size = size

    def names(self, rows: models.QuerySet[Any, Any]) -> list[str]:
        fields = [f.attname for f in rows.model._meta.concrete_fields if not f.primary_key]
        return [*fields, *_computed(rows)]

    def read(self, rows: models.QuerySet[Any, Any], without: Collection[str]) -> Iterator[Any]:
        computed = set(_computed(rows)).intersection(without)
        found = guarded(_without(rows, without))
        for row in found.iterator(chunk_size=self._size) if self._size else found:
            vars(row).update(dict.fromkeys(computed, UNREADABLE))
            yield row

    def key(self, row: models.Model) -> Any:
        return vars(row).get(row._meta.pk.attname, UNREADABLE)  # `row.pk` would ask once more


def _without(rows: models.QuerySet[Any, Any], names: Collection[str]) -> models.QuerySet[Any, Any]:
    computed = _computed(rows)
    rows = rows.defer(*(name for name in names if name not in computed))
    query: Any = rows.query
    query.set_annotation_mask({*query.annotation_select}.difference(names))
    query.set_extra_mask({*query.extra_select}.difference(names))
    return rows


def _computed(rows: models.QuerySet[Any, Any]) -> list[str]:
    """What the database computes of each row: annotations, and columns of ``extra()``."""
    query: Any = rows.query
    return [*query.annotation_select, *query.extra_select]
