"""Signals → change rows, in the very transaction of the write.

Receivers are connected to live models only: a listener on every model would take Django's fast
deletion away from the whole project. Historical models of migrations never inherit the mixin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.signals import user_logged_out
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.signals import post_delete, post_save

from livesheet import changelog, doorbell
from livesheet.actors import user_key
from livesheet.models import Change, LiveSheetMixin
from livesheet.transactions import atomic


def connect_live_models() -> None:
    for model in apps.get_models(include_auto_created=True):
        if is_live(model):
            _connect(model)
    user_logged_out.connect(_logged_out, dispatch_uid="livesheet.logout")


def is_live(model: type[models.Model]) -> bool:
    """Whether saves and deletes of this model are seen."""
    return issubclass(model, LiveSheetMixin)


def _connect(model: type[models.Model]) -> None:
    uid = f"livesheet.{model._meta.label_lower}"
    post_save.connect(_saved, sender=model, dispatch_uid=f"{uid}.save")
    post_delete.connect(_deleted, sender=model, dispatch_uid=f"{uid}.delete")


def note(
    model: type[models.Model],
    pks: Iterable[Any],
    kind: str,
    *,
    using: str,
    fields: Iterable[str] | None = None,
) -> None:
    """Log a write of these rows and ring after commit; joins the transaction that is open."""
    for seen_as in _lineage(model):
        changelog.record(seen_as, pks, kind, using=using, fields=fields)
    doorbell.ring_on_commit(using)


def _lineage(model: type[models.Model]) -> Iterator[type[models.Model]]:
    # A proxy's rows are its concrete model's; a child's row is a row of each live parent too.
    concrete = model._meta.concrete_model or model
    yield concrete
    yield from (parent for parent in concrete._meta.get_parent_list() if is_live(parent))


def _saved(
    sender: type[models.Model],
    instance: models.Model,
    created: bool,
    using: str,
    update_fields: Iterable[str] | None = None,
    **_kwargs: Any,
) -> None:
    kind = Change.Kind.ADD if created else Change.Kind.SAVE
    note(sender, [instance.pk], kind, using=using, fields=update_fields)


def _deleted(
    sender: type[models.Model], instance: models.Model, using: str, **_kwargs: Any
) -> None:
    note(sender, [instance.pk], Change.Kind.DELETE, using=using)


def _logged_out(sender: Any, user: Any, **_kwargs: Any) -> None:
    if user is None or not changelog.is_kept_on(DEFAULT_DB_ALIAS):
        return
    with atomic(DEFAULT_DB_ALIAS):
        changelog.record_access([user_key(user)], using=DEFAULT_DB_ALIAS)
        doorbell.ring_on_commit(DEFAULT_DB_ALIAS)
