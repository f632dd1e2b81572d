"""Bulk writes that are seen: Django sends no signal for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models

from livesheet import capture
from livesheet.tables import PKS_BEFORE_RESYNC, Change

M = TypeVar("M", bound=models.Model)

_quiet: ContextVar[bool] = ContextVar("livesheet_quiet", default=False)


@contextmanager
def _noted_by_the_caller() -> Iterator[None]:
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


class LiveSheetQuerySet(models.QuerySet[M]):
    """``update``, ``bulk_create``, ``bulk_update``, ``delete`` and their async twins leave changes.

    One change names up to a thousand rows; a write of more than ten thousand rows names none and
    makes every open sheet of the model read itself anew.
    """

    def update(self, **kwargs: Any) -> int:
        if _quiet.get() or self.query.is_sliced:  # a slice is refused by Django itself
            return super().update(**kwargs)
        self._for_write = True
        with capture.gathering(self.db):
            # Which rows it was cannot be asked afterwards: the filter may not find them any more.
            keys = list(self.order_by().values_list("pk", flat=True)[: PKS_BEFORE_RESYNC + 1])
            if len(keys) > PKS_BEFORE_RESYNC:
                capture.note_all(self.model, using=self.db)
                return super().update(**kwargs)
            rows = self._locked(keys)
            capture.note(self.model, rows, Change.Kind.SAVE, using=self.db, fields=kwargs)
            return models.QuerySet.update(self.filter(pk__in=rows), **kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        self._for_write = True
        with capture.gathering(self.db):
            made = super().bulk_create(objs, *args, **kwargs)
            keys = [obj.pk for obj in made]
            # Where conflicts are ignored, or on MySQL, the database does not tell the keys.
            if any(key is None for key in keys):
                capture.note_all(self.model, using=self.db)
            else:
                capture.note(self.model, keys, Change.Kind.ADD, using=self.db)
            return made

    def bulk_update(
        self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        self._for_write = True
        objs, fields = tuple(objs), list(fields)
        with capture.gathering(self.db):
            with _noted_by_the_caller():
                count = super().bulk_update(objs, fields, batch_size)
            keys = [obj.pk for obj in objs]
            capture.note(self.model, keys, Change.Kind.SAVE, using=self.db, fields=fields)
            return count

    def delete(self) -> tuple[int, dict[str, int]]:
        self._for_write = True
        with capture.gathering(self.db):  # signals tell which; one change names them all
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _raw_delete(self, using: str | None) -> int:
        alias = using or self.db
        with capture.gathering(alias):
            keys = list(self.using(alias).order_by().values_list("pk", flat=True))
            capture.note(self.model, keys, Change.Kind.DELETE, using=alias)
            return super()._raw_delete(using)

    _raw_delete.alters_data = True  # type: ignore[attr-defined]

    def _locked(self, keys: Sequence[Any]) -> list[Any]:
        rows = self.model._base_manager.using(self.db).select_for_update().filter(pk__in=keys)
        return list(rows.order_by("pk").values_list("pk", flat=True))


class LiveSheetManager(models.Manager.from_queryset(LiveSheetQuerySet)):  # type: ignore[misc]
    """The manager for live models that are written in bulk: ``objects = LiveSheetManager()``."""

    # Migrations need not know: it changes no table.
    use_in_migrations = False
