"""Models that cannot have the mixin, and writes that Django does not see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.apps import apps
from django.db import models, router
from django.db.models.signals import class_prepared, post_migrate

from livesheet import lineage
from livesheet.log import capture, deletions, querysets, relations, saves
from livesheet.models import LiveSheetMixin
from livesheet.tables import Change

M = TypeVar("M", bound=type[models.Model])

_waiting: list[type[models.Model]] = []


def track(model: M) -> M:
    """Make a model live without the mixin, for example ``auth.User``."""
    if apps.models_ready:
        _connect(model)
    else:
        _waiting.append(model)
    return model


def record(written: models.QuerySet[Any] | Iterable[models.Model], using: str = "") -> None:
    """Tell the open sheets that these rows were written, for example after raw SQL.

    Call it in the same transaction as the write, so that both are committed or neither.
    """
    if isinstance(written, models.QuerySet):
        alias = using or router.db_for_write(written.model)
        keys = written.using(alias).order_by().values_list("pk", flat=True)
        capture.note(written.model, keys, Change.Kind.SAVE, using=alias)
        return
    groups: dict[tuple[type[models.Model], str], list[Any]] = defaultdict(list)
    for row in written:
        alias = using or router.db_for_write(type(row), instance=row)
        groups[type(row), alias].append(row.pk)
    for (model, alias), pks in groups.items():
        capture.note(model, pks, Change.Kind.SAVE, using=alias)


def connect_live_models() -> None:
    """Called once, when all models are known."""
    for seen in (saves, querysets, deletions):
        seen.connect()
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, LiveSheetMixin):
            _connect(model)
    while _waiting:
        _connect(_waiting.pop())
    class_prepared.connect(_made_later, dispatch_uid="livesheet.made_later")
    post_migrate.connect(capture.look_again, dispatch_uid="livesheet.look_again")


def _made_later(sender: type[models.Model], **_kwargs: Any) -> None:
    lineage.forget()
    if issubclass(sender, LiveSheetMixin):
        _connect(sender)


def _connect(model: type[models.Model]) -> None:
    lineage.add(model)
    relations.connect_once_resolved(model)
