"""Turns writes into changes, in the transaction of the write.

``saves``, ``querysets``, ``deletions`` and ``relations`` report every write that Django makes. The
historical models of migrations are not live.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models, transaction

from livesheet import lineage
from livesheet.doorbell import doorbell
from livesheet.log import changelog
from livesheet.log.actors import Actor
from livesheet.log.inserting import insert_added, insert_saved
from livesheet.log.transactions import atomic
from livesheet.tables import PKS_BEFORE_RESYNC, Change
from livesheet.triggers.replacing import mark, replace

Model = type[models.Model]

logger = logging.getLogger("livesheet")

_kept: dict[str, bool] = {}


def sees(model: Model, using: str) -> bool:
    """Whether writes of ``model`` on ``using`` are logged. Called for every write."""
    return lineage.is_seen(model) and is_kept_on(using)


def is_kept_on(using: str) -> bool:
    """Whether the log's tables exist; asked of the database once. If not, a warning is logged."""
    if using not in _kept:
        _kept[using] = changelog.is_kept_on(using) and is_migrated(using)
        if not _kept[using]:
            logger.warning(
                "Live models are written to the database %r, where the change log is not kept:"
                " no sheet will show it. Run `migrate --database %s` for the app livesheet.",
                using,
                using,
                extra={"event": "capture.no_log", "alias": using},
            )
    return _kept[using]


def is_migrated(using: str) -> bool:
    return Change._meta.db_table in connections[using].introspection.table_names()


def look_again(**_kwargs: Any) -> None:
    """Called after a ``migrate``."""
    _kept.clear()


# --- noting ----------------------------------------------------------------------------------


def note(
    model: Model, pks: Iterable[Any], kind: str, *, using: str, fields: Iterable[str] | None = None
) -> None:
    """Log a write of these rows, in the transaction that is open, and ring after commit."""
    keys = dict.fromkeys(lineage.key(model, pk) for pk in pks)
    if not keys:
        return
    if gathered := _gathering_on(using):
        gathered.take(model, keys, kind, fields)
    elif is_kept_on(using):
        _write(lineage.seen_as(model), keys, kind, using, fields)


def note_all(model: Model, *, using: str) -> None:
    """Log that any number of rows may have been written, without naming them."""
    if gathered := _gathering_on(using):
        gathered.everything.update(dict.fromkeys(lineage.seen_as(model)))
    elif is_kept_on(using):
        _write(lineage.seen_as(model), None, Change.Kind.RESYNC, using)


def note_saved(
    model: Model, pks: Sequence[Any], kind: str, *, using: str, fields: Any, since: int | None
) -> None:
    """Log rows that were written just now, instead of what triggers logged for them.

    ``since`` is what ``mark`` returned before several statements wrote them.
    """
    if not _gathering_on(using):
        labels = [seen_as._meta.label_lower for seen_as in lineage.seen_as(model)]
        replace(using, labels, [lineage.key(model, pk) for pk in pks], since)
    note(model, pks, kind, using=using, fields=fields)


def note_saved_by(
    model: Model, authors: Sequence[tuple[Actor, list[Any]]], *, using: str, since: int | None
) -> None:
    """Log rows that one statement has written for several authors: a change for each of them."""
    if not is_kept_on(using):
        return
    keys = [(author, [str(lineage.key(model, pk)) for pk in pks]) for author, pks in authors]
    labels = [seen_as._meta.label_lower for seen_as in lineage.seen_as(model)]
    with atomic(using), transaction.mark_for_rollback_on_error(using):
        replace(using, labels, [key for _author, named in keys for key in named], since)
        for label in labels:
            insert_saved(label, keys, using=using)
        doorbell.ring_on_commit(using)


def note_added(model: Model, pks: Mapping[int, Any], *, using: str, since: int | None) -> None:
    """Log rows that one statement has added: a change for each, with its place in the edit."""
    if not is_kept_on(using):
        return
    keys = {place: str(lineage.key(model, pk)) for place, pk in pks.items()}
    labels = [seen_as._meta.label_lower for seen_as in lineage.seen_as(model)]
    with atomic(using), transaction.mark_for_rollback_on_error(using):
        replace(using, labels, keys.values(), since)
        for label in labels:
            insert_added(label, keys, using=using)
        doorbell.ring_on_commit(using)


def _write(
    models: Iterable[Model],
    keys: Collection[Any] | None,
    kind: str,
    using: str,
    fields: Iterable[str] | None = None,
) -> None:
    # A row that is written and not logged must not be committed.
    with atomic(using), transaction.mark_for_rollback_on_error(using):
        for model in models:
            if keys is None:
                changelog.record_resync(model, using=using)
            else:
                changelog.record(model, keys, kind, using=using, fields=fields)
        doorbell.ring_on_commit(using)


# --- gathering -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathered:
    """The writes that were noted, to be logged as one change for each model and kind."""

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
        """Log everything, instead of what triggers have logged since then."""
        with transaction.mark_for_rollback_on_error(self.using):
            for model in self.everything:
                replace(self.using, [model._meta.label_lower], None, since)
                _write([model], None, Change.Kind.RESYNC, self.using)
            for (model, kind), keys in self.keys.items():
                gone = (model, Change.Kind.DELETE)
                if kind == Change.Kind.SAVE:  # what is also deleted counts as deleted
                    keys = {k: None for k in keys if k not in self.keys.get(gone, ())}
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
    """A transaction whose writes on ``using`` are logged together at its end.

    After an error they are not logged: Django makes each of these writes in one statement, or in a
    transaction that the error rolls back.
    """
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
