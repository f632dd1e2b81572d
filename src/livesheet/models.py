"""The mixin that makes a model live, and the manager whose bulk writes are seen too."""

from __future__ import annotations

from typing import Any

from django.db import models, router

from livesheet.capture import gathering
from livesheet.querysets import LiveSheetManager, LiveSheetQuerySet
from livesheet.tables import Change, Clock, EditRecord, Layout
from livesheet.transactions import atomic

__all__ = [
    "Change",
    "Clock",
    "EditRecord",
    "Layout",
    "LiveSheetManager",
    "LiveSheetMixin",
    "LiveSheetQuerySet",
]


class LiveSheetMixin(models.Model):
    """Every save and delete of the model leaves a change in the same transaction.

    Without fields or manager: adding it to a model makes no migration. For bulk writes give the
    model a ``LiveSheetManager``.
    """

    class Meta:
        abstract = True

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        # In autocommit mode Django commits the UPDATE before post_save runs; the change row that
        # post_save writes must share the row's transaction.
        using = kwargs.get("using") or router.db_for_write(self.__class__, instance=self)
        # A row of several tables is one write.
        with gathering(using) if self._meta.parents else atomic(using):
            super().save_base(*args, **kwargs)

    def delete(
        self, using: str | None = None, keep_parents: bool = False
    ) -> tuple[int, dict[str, int]]:
        using = using or router.db_for_write(self.__class__, instance=self)
        with gathering(using):  # a cascade is one change per model, not one per row
            return super().delete(using=using, keep_parents=keep_parents)
