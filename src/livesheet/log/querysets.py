"""Bulk writes, for which Django sends no signal, seen through every manager and queryset.

Django's own methods are wrapped. So everything else that a queryset of a project or a package does
works as before, and pickles and migrations still name the same classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models, transaction

from livesheet import lineage
from livesheet.log import capture, readback, relations
from livesheet.log.wrapping import wrap
from livesheet.tables import PKS_BEFORE_RESYNC, Change

M = TypeVar("M", bound=models.Model)
Rows = Any  # a queryset; the stubs do not know what is private
Model = type[models.Model]


class LiveSheetQuerySet(models.QuerySet[M]):
    """A plain queryset, for projects that still name it; bulk writes are seen with any queryset."""


class LiveSheetManager(models.Manager.from_queryset(LiveSheetQuerySet)):  # type: ignore[misc]
    """A plain manager, for projects that still name it; bulk writes are seen with any manager."""

    # Migrations need not know: it changes no table.
    use_in_migrations = False


def connect() -> None:
    wrap(models.QuerySet, "update", _update)
    wrap(models.QuerySet, "bulk_create", _bulk_create)
    wrap(models.QuerySet, "bulk_update", _bulk_update)
    wrap(models.QuerySet, "_raw_delete", _raw_delete)


# --- update ----------------------------------------------------------------------------------

# The model whose bulk writes are noted by the operation around them.
_noted: ContextVar[Model | None] = ContextVar("livesheet_noted", default=None)


@contextmanager
def noted_here(model: Model) -> Iterator[None]:
    token = _noted.set(model)
    try:
        yield
    finally:
        _noted.reset(token)


def _update(original: Any, rows: Rows, **kwargs: Any) -> Any:
    refused = rows.query.is_sliced or rows.query.combinator or rows.query.distinct_fields
    if refused or _noted.get() is rows.model or not _to_be_noted(rows):
        return original(rows, **kwargs)
    with capture.gathering(rows.db):
        # The rows must be found beforehand: once updated, they may not match the filter any more.
        keys = keys_of(rows, rows.db, PKS_BEFORE_RESYNC + 1)
        if len(keys) > PKS_BEFORE_RESYNC:
            relations.note_any_written(rows.model, rows.db)
            return original(rows, **kwargs)
        locked = _locked(rows, keys)
        _note_moved(rows, kwargs)
        kind = Change.Kind.SAVE
        relations.note_written(rows.model, locked, kind, using=rows.db, fields=kwargs)
        # Not by the queryset's own `filter()`, which may do something else.
        found = models.QuerySet.filter(rows, pk__in=locked)
        count = original(found, **kwargs)
        relations.note_linked(rows.model, locked, rows.db)  # the rows that they link now
        rows._result_cache = None
        return count


def _to_be_noted(rows: Rows) -> bool:
    if not relations.concerns(rows.model):
        return False
    rows._for_write = True
    return capture.is_kept_on(rows.db)


def keys_of(rows: Rows, using: str, limit: int | None = None) -> list[Any]:
    """The keys of the rows that a query finds, whatever else it would read."""
    query = rows.query.chain()
    query.clear_ordering(force=True)
    query.clear_select_clause()
    query.select_for_update = False
    found: Any = models.QuerySet(rows.model, query, using).values_list("pk", flat=True)
    with transaction.mark_for_rollback_on_error(using):
        return list(found[:limit])


def _locked(rows: Rows, keys: Sequence[Any]) -> list[Any]:
    # By Django's own queryset: a manager may hide rows, such as those that are softly deleted.
    found: Any = models.QuerySet(rows.model, using=rows.db).select_for_update().filter(pk__in=keys)
    with transaction.mark_for_rollback_on_error(rows.db):
        return list(found.order_by("pk").values_list("pk", flat=True))


def _note_moved(rows: Rows, values: dict[str, Any]) -> None:
    """Rows that get another key count as new rows."""
    meta = rows.model._meta
    for name, value in values.items():
        if name in (meta.pk.name, meta.pk.attname):
            key = value.pk if isinstance(value, models.Model) else value
            if hasattr(key, "resolve_expression"):
                capture.note_all(rows.model, using=rows.db)
            else:
                capture.note(rows.model, [key], Change.Kind.ADD, using=rows.db)


# --- bulk_create and bulk_update -------------------------------------------------------------


def _bulk_create(
    original: Any,
    rows: Rows,
    objs: Iterable[Any],
    batch_size: int | None = None,
    ignore_conflicts: bool = False,
    update_conflicts: bool = False,
    update_fields: Any = None,
    unique_fields: Any = None,
    **others: Any,
) -> Any:
    conflicts = (ignore_conflicts, update_conflicts, update_fields, unique_fields)
    if _noted.get() is rows.model or not _to_be_noted(rows):
        return original(rows, objs, batch_size, *conflicts, **others)
    objs = list(objs)
    with capture.gathering(rows.db):
        links = relations.new_links(rows.model, objs, rows.db) if ignore_conflicts else objs
        made = original(rows, objs, batch_size, *conflicts, **others)
        relations.note_links(rows.model, links, rows.db)
        if lineage.is_seen(rows.model):
            _note_made(rows, made, update_conflicts, unique_fields)
        return made


def _note_made(rows: Rows, made: Sequence[Any], updated: bool, unique: Any) -> None:
    with transaction.mark_for_rollback_on_error(rows.db):
        keys = readback.keys(rows.model, made, rows.db, updated=updated, unique=unique)
    if keys is None:
        capture.note_all(rows.model, using=rows.db)
    else:
        kind = Change.Kind.SAVE if updated else Change.Kind.ADD
        capture.note(rows.model, keys, kind, using=rows.db)


def _bulk_update(
    original: Any, rows: Rows, objs: Iterable[Any], fields: Iterable[str], *args: Any, **kwargs: Any
) -> Any:
    if not _to_be_noted(rows):
        return original(rows, objs, fields, *args, **kwargs)
    objs, fields = tuple(objs), list(fields)
    keys, kind = [obj.pk for obj in objs], Change.Kind.SAVE
    with capture.gathering(rows.db):
        relations.note_linked(rows.model, keys, rows.db)  # the rows that they link so far
        with noted_here(rows.model):
            count = original(rows, objs, fields, *args, **kwargs)
        relations.note_written(rows.model, keys, kind, using=rows.db, fields=fields)
        return count


# --- deletion without signals ----------------------------------------------------------------


def _raw_delete(original: Any, rows: Rows, using: str) -> Any:
    if not relations.follows(rows.model, using):
        return original(rows, using)
    with capture.gathering(using):
        keys = keys_of(rows, using, PKS_BEFORE_RESYNC + 1)
        if named := len(keys) <= PKS_BEFORE_RESYNC:
            relations.note_deleted(rows.model, keys, using)
        count = original(rows, using)
        if not named or count != len(keys):  # somebody else wrote between the two statements
            relations.note_any_deleted(rows.model, using)
        return count
