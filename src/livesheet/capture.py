"""Writes → change rows, in the very transaction of the write.

Receivers are connected to live models only: a listener on every model would take Django's fast
deletion away from the whole project. Historical models of migrations are none of ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save

from livesheet import changelog, doorbell
from livesheet.tables import Change
from livesheet.transactions import atomic

Model = type[models.Model]

_live: set[Model] = set()


def connect(model: Model) -> None:
    """From now on saves and deletes of ``model`` are seen. Calling it again changes nothing."""
    _live.add(model)
    _lineage.cache_clear()
    uid = f"livesheet.{model._meta.label_lower}"
    post_save.connect(_saved, sender=model, dispatch_uid=f"{uid}.save")
    post_delete.connect(_deleted, sender=model, dispatch_uid=f"{uid}.delete")


def is_live(model: Model) -> bool:
    """Whether saves and deletes of this model are seen."""
    return model in _live


def live_models() -> list[Model]:
    return sorted(_live, key=lambda model: model._meta.label_lower)


# --- noting ----------------------------------------------------------------------------------


def note(
    model: Model, pks: Iterable[Any], kind: str, *, using: str, fields: Iterable[str] | None = None
) -> None:
    """Log a write of these rows, in the transaction that is open, and ring after commit."""
    keys = dict.fromkeys(pks)
    gathered = _gathered.get()
    if gathered is not None and gathered.using == using:
        gathered.take(model, keys, kind, fields)
    elif keys:
        _write(model, keys, kind, using, fields)


def note_all(model: Model, *, using: str) -> None:
    """Log that any number of rows may have been written, none of them named."""
    _write(model, None, Change.Kind.RESYNC, using, None)


def _write(
    model: Model,
    keys: Iterable[Any] | None,
    kind: str,
    using: str,
    fields: Iterable[str] | None,
) -> None:
    with atomic(using):  # models that are only tracked save outside a transaction
        for seen_as in _lineage(model):
            if keys is None:
                changelog.record_resync(seen_as, using=using)
            else:
                changelog.record(seen_as, keys, kind, using=using, fields=fields)
        doorbell.ring_on_commit(using)


@cache
def _lineage(model: Model) -> tuple[Model, ...]:
    """Every live model of which a row of ``model`` is a row: parents and children too."""
    concrete = model._meta.concrete_model or model
    parents = [parent for parent in concrete._meta.get_parent_list() if is_live(parent)]
    children = [
        child
        for child in live_models()
        if issubclass(child, concrete)
        and child is not concrete
        and not child._meta.proxy
        and child._meta.apps is concrete._meta.apps
    ]
    return concrete, *parents, *children


# --- gathering -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathered:
    """What was noted so far, to be written as one change for a model and kind."""

    using: str
    keys: dict[tuple[Model, str], dict[Any, None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    fields: dict[tuple[Model, str], set[str] | None] = field(default_factory=dict)

    def take(self, model: Model, keys: Iterable[Any], kind: str, fields: Any) -> None:
        of = (model, kind)
        self.keys[of].update(dict.fromkeys(keys))
        known = self.fields.setdefault(of, set())
        self.fields[of] = None if fields is None or known is None else known | set(fields)


_gathered: ContextVar[_Gathered | None] = ContextVar("livesheet_gathered", default=None)


@contextmanager
def gathering(using: str) -> Iterator[None]:
    """A transaction whose writes on ``using`` are noted together at its end."""
    around = _gathered.get()
    if around is not None and around.using == using:
        yield
        return
    mine = _Gathered(using)
    with atomic(using):
        token = _gathered.set(mine)
        try:
            yield
        finally:
            _gathered.reset(token)
        for (model, kind), keys in mine.keys.items():
            if keys:
                _write(model, keys, kind, using, mine.fields[model, kind])


# --- signals ---------------------------------------------------------------------------------


def _saved(
    sender: Model,
    instance: models.Model,
    created: bool,
    using: str,
    update_fields: Iterable[str] | None = None,
    **_kwargs: Any,
) -> None:
    kind = Change.Kind.ADD if created else Change.Kind.SAVE
    note(sender, [instance.pk], kind, using=using, fields=update_fields)


def _deleted(sender: Model, instance: models.Model, using: str, **_kwargs: Any) -> None:
    note(sender, [instance.pk], Change.Kind.DELETE, using=using)
