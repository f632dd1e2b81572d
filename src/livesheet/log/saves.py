"""``save()`` of a live model: the row and its change are written in one transaction.

The method that writes one table is wrapped, and not ``save()`` itself. So signals and the project's
own code run where they run in Django, before this transaction and after its commit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import models

from livesheet.log import capture, relations
from livesheet.log.transactions import atomic, write_first
from livesheet.log.wrapping import wrap
from livesheet.tables import Change
from livesheet.triggers.installation import labels_on
from livesheet.triggers.replacing import mark

# Where the log was before a row of several tables was written: triggers log its parents' tables.
_since: ContextVar[int | None] = ContextVar("livesheet_since", default=None)


def connect() -> None:
    wrap(models.Model, "_save_parents", _save_parents)
    wrap(models.Model, "_save_table", _save_table)


def _save_parents(original: Any, self: Any, cls: Any, using: str, *args: Any, **kwargs: Any) -> Any:
    if cls._meta.parents and cls is self._meta.concrete_model and capture.sees(cls, using):
        if labels_on(using):
            write_first(using)
        _since.set(mark(using))
    return original(self, cls, using, *args, **kwargs)


def _save_table(
    original: Any,
    self: Any,
    raw: bool = False,
    cls: Any = None,
    force_insert: Any = False,
    force_update: bool = False,
    using: Any = None,
    update_fields: Any = None,
) -> Any:
    def write() -> Any:
        return original(self, raw, cls, force_insert, force_update, using, update_fields)

    # The table of a parent is written first; the row is noted when its own table is.
    if cls is not self._meta.concrete_model or not capture.sees(cls, using):
        return _save_link(self, cls, using, write)
    since = _since.get() if cls._meta.parents and not raw else None
    _since.set(None)
    with atomic(using):
        updated = _save_link(self, cls, using, write)
        _note(cls, self.pk, updated, using, update_fields, since)
        return updated


def _save_link(self: Any, cls: Any, using: str, write: Callable[[], Any]) -> Any:
    """Write a row. If it is a link, log the rows that it linked before and those it links now."""
    if not relations.links(cls, using):
        return write()
    with capture.gathering(using):
        if not self._state.adding:
            relations.note_linked(cls, [self.pk], using)
        updated = write()
        relations.note_links(cls, [self], using)
        return updated


def _note(
    cls: Any, pk: Any, updated: Any, using: str, update_fields: Any, since: int | None
) -> None:
    if hasattr(pk, "resolve_expression"):  # the database makes the key and does not return it
        capture.note_all(cls, using=using)
        return
    kind = Change.Kind.SAVE if updated else Change.Kind.ADD
    capture.note_saved(cls, [pk], kind, using=using, fields=update_fields, since=since)
