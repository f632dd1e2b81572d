"""Writes → change rows, in the very transaction of the write.

Receivers are connected to live models only: a listener on every model would take Django's fast
deletion away from the whole project. Historical models of migrations are none of ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models
from django.db.models.signals import post_delete, post_save

from livesheet import changelog, doorbell, lineage
from livesheet.tables import PKS_BEFORE_RESYNC, Change
from livesheet.transactions import atomic
from livesheet.triggers.installation import labels_on
from livesheet.triggers.replacing import mark, replace

Model = type[models.Model]


def connect(model: Model) -> None:
    """From now on saves and deletes of ``model`` are seen. Calling it again changes nothing."""
    lineage.add(model)
    uid = f"livesheet.{model._meta.label_lower}"
    post_save.connect(_saved, sender=model, dispatch_uid=f"{uid}.save")
    post_delete.connect(_deleted, sender=model, dispatch_uid=f"{uid}.delete")


# --- noting ----------------------------------------------------------------------------------


def note(
    model: Model, pks: Iterable[Any], kind: str, *, using: str, fields: Iterable[str] | None = None
) -> None:
    """Log a write of these rows, in the transaction that is open, and ring after commit."""
    keys = dict.fromkeys(pks)
    if gathered := _gathering_on(using):
        gathered.take(model, keys, kind, fields)
    elif keys:
        _write(lineage.seen_as(model), keys, kind, using, fields)


def note_all(model: Model, *, using: str) -> None:
    """Log that any number of rows may have been written, none of them named."""
    if gathered := _gathering_on(using):
        gathered.everything.update(dict.fromkeys(lineage.seen_as(model)))
    else:
        _write(lineage.seen_as(model), None, Change.Kind.RESYNC, using)


def _write(
    models: Iterable[Model],
    keys: Collection[Any] | None,
    kind: str,
    using: str,
    fields: Iterable[str] | None = None,
) -> None:
    with atomic(using):  # models that are only tracked save outside a transaction
        for model in models:
            if keys is None:
                changelog.record_resync(model, using=using)
            else:
                changelog.record(model, keys, kind, using=using, fields=fields)
        doorbell.ring_on_commit(using)


# --- gathering -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathered:
    """What was noted so far, to be written as one change for a model and kind."""

    using: str
    keys: dict[tuple[Model, str], dict[Any, None]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    fields: dict[tuple[Model, str], set[str] | None] = field(default_factory=dict)
    everything: dict[Model, None] = field(default_factory=dict)

    def take(self, model: Model, keys: Iterable[Any], kind: str, fields: Any) -> None:
        for seen_as in lineage.seen_as(model):
            of = (seen_as, kind)
            self.keys[of].update(dict.fromkeys(keys))
            known = self.fields.setdefault(of, set())
            self.fields[of] = None if fields is None or known is None else known | set(fields)

    def write(self, since: int | None) -> None:
        """Log it all, in place of what triggers logged since then."""
        for model in self.everything:
            replace(self.using, [model._meta.label_lower], None, since)
            _write([model], None, Change.Kind.RESYNC, self.using)
        for (model, kind), keys in self.keys.items():
            if keys and model not in self.everything:
                named = keys if len(keys) <= PKS_BEFORE_RESYNC else None
                replace(self.using, [model._meta.label_lower], named, since)
                _write([model], keys, kind, self.using, self.fields[model, kind])


_gathered: ContextVar[_Gathered | None] = ContextVar("livesheet_gathered", default=None)


def _gathering_on(using: str) -> _Gathered | None:
    gathered = _gathered.get()
    return gathered if gathered is not None and gathered.using == using else None


@contextmanager
def gathering(using: str) -> Iterator[None]:
    """A transaction whose writes on ``using`` are noted together at its end."""
    if _gathering_on(using):
        yield
        return
    mine = _Gathered(using)
    with atomic(using):
        since = mark(using)
        token = _gathered.set(mine)
        try:
            yield
        finally:
            _gathered.reset(token)
        mine.write(since)


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
    _note_row(sender, instance.pk, kind, using, update_fields)


def _deleted(sender: Model, instance: models.Model, using: str, **_kwargs: Any) -> None:
    _note_row(sender, instance.pk, Change.Kind.DELETE, using)


def _note_row(
    model: Model, pk: Any, kind: str, using: str, fields: Iterable[str] | None = None
) -> None:
    triggered = labels_on(using)
    if triggered and not _gathering_on(using):
        labels = [seen_as._meta.label_lower for seen_as in lineage.seen_as(model)]
        if connections[using].in_atomic_block:
            replace(using, labels, [pk])
        elif triggered.issuperset(labels):
            # Committed already, together with what the trigger logged: to be told, not said again.
            doorbell.ring(using)
            return
    note(model, [pk], kind, using=using, fields=fields)
