"""Writes that reach a live model through its relations, for which Django saves no row of it.

Many-to-many changes, and foreign keys that the deletion of their target sets to something else
(or, on Django 6.1, that the database itself cascades).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from livesheet import capture
from livesheet.tables import Change

Model = type[models.Model]

# Target of a foreign key → the live models and fields that refer to it.
_referrers: dict[Model, list[tuple[Model, Any]]] = defaultdict(list)
# Table of a many-to-many relation → the live models at its ends, each with its field there.
_ends: dict[Model, list[tuple[Model, Any]]] = defaultdict(list)
# Model → the tables of many-to-many relations, not models of their own, whose rows go with its.
_tables: dict[Model, set[Model]] = defaultdict(set)


def connect(model: Model) -> None:
    """See what happens to ``model`` through its relations. The app registry must be ready."""
    concrete = model._meta.concrete_model or model
    for field in concrete._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToManyField):
            _connect_table(concrete, field.remote_field.through, field.m2m_field_name())
        elif isinstance(field, models.ManyToManyRel):
            _connect_table(concrete, field.through, field.field.m2m_reverse_field_name())
        elif isinstance(field, models.ForeignKey) and not isinstance(field.related_model, str):
            _connect_target(concrete, field)


def _on_deletion_of(concrete: Model, receiver: Callable[..., None], what: str) -> None:
    for sender in apps.get_models(include_auto_created=True):
        if sender._meta.concrete_model is concrete:
            uid = f"livesheet.{sender._meta.label_lower}.{what}"
            pre_delete.connect(receiver, sender=sender, dispatch_uid=uid)


# --- foreign keys ----------------------------------------------------------------------------


def _connect_target(model: Model, field: Any) -> None:
    # With Python's CASCADE every row is loaded and signalled; PROTECT and RESTRICT delete nothing.
    if field.remote_field.on_delete in (models.CASCADE, models.PROTECT, models.RESTRICT):
        return
    target = field.remote_field.model._meta.concrete_model
    if (model, field) not in _referrers[target]:
        _referrers[target].append((model, field))
    _on_deletion_of(target, _target_deleted, "target")


def _target_deleted(sender: Model, instance: models.Model, using: str, **_kwargs: Any) -> None:
    _note_referrers(sender._meta.concrete_model or sender, [instance.pk], using)


def _note_referrers(target: Model, pks: Iterable[Any], using: str) -> None:
    for model, field in _referrers.get(target, ()):
        wanted = {f"{field.name}__in": list(pks)}
        found = model._base_manager.using(using).filter(**wanted)
        keys = list(found.values_list("pk", flat=True))
        if field.remote_field.on_delete is getattr(models, "DB_CASCADE", None):
            capture.note(model, keys, Change.Kind.DELETE, using=using)
            if keys:  # the database goes on from there without telling anybody
                _note_referrers(model, keys, using)
        else:
            capture.note(model, keys, Change.Kind.SAVE, using=using, fields=[field.name])


# --- many-to-many ----------------------------------------------------------------------------


def _connect_table(model: Model, through: Any, name: str) -> None:
    if (model, name) not in _ends[through]:
        _ends[through].append((model, name))
    uid = f"livesheet.{through._meta.label_lower}"
    m2m_changed.connect(_many_changed, sender=through, dispatch_uid=f"{uid}.many")
    if through._meta.auto_created:
        for field in through._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.name != name:
                far: Any = field.remote_field.model._meta.concrete_model
                _on_deletion_of(far, _end_deleted, "end")
                _tables[far].add(through)
    else:  # rows of a model of its own are saved like any others
        post_save.connect(_link_written, sender=through, dispatch_uid=f"{uid}.link")
        post_delete.connect(_link_written, sender=through, dispatch_uid=f"{uid}.unlink")


def _many_changed(
    sender: Model,
    instance: Any,
    action: str,
    reverse: bool,
    model: Model,
    pk_set: set[Any] | None,
    using: str,
    **_kwargs: Any,
) -> None:
    if action not in ("post_add", "post_remove", "pre_clear") or pk_set == set():
        return
    near = instance._meta.concrete_model
    for live, name in _ends.get(sender, ()):
        if issubclass(near, live) and live is not model._meta.concrete_model:
            capture.note(live, [instance.pk], Change.Kind.SAVE, using=using)
        elif live is near:  # both ends are one model: all that are named
            keys = {instance.pk, *_far_keys(sender, live, name, instance, pk_set, using)}
            capture.note(live, keys, Change.Kind.SAVE, using=using)
        else:
            keys = set(_far_keys(sender, live, name, instance, pk_set, using))
            capture.note(live, keys, Change.Kind.SAVE, using=using)


def _end_deleted(sender: Model, instance: Any, using: str, **_kwargs: Any) -> None:
    """Django deletes the rows that link to it without a signal."""
    for through in _tables.get(sender._meta.concrete_model or sender, ()):
        for live, name in _ends[through]:
            keys = list(_far_keys(through, live, name, instance, None, using))
            capture.note(live, keys, Change.Kind.SAVE, using=using)


def _far_keys(
    through: Model, live: Model, name: str, instance: Any, pk_set: set[Any] | None, using: str
) -> Iterable[Any]:
    """The keys at the other end; a clear does not say which they were."""
    if pk_set is not None:
        return pk_set
    rows = through._base_manager.using(using)
    for field in through._meta.get_fields():
        points_here = isinstance(field, models.ForeignKey) and field.name != name
        if points_here and isinstance(instance, field.remote_field.model):  # type: ignore[union-attr]
            rows = rows.filter(**{field.name: instance})
            return rows.values_list(f"{name}_id", flat=True)
    return ()


def _link_written(sender: Model, instance: Any, using: str, **_kwargs: Any) -> None:
    for live, name in _ends.get(sender, ()):
        key = getattr(instance, sender._meta.get_field(name).attname)  # type: ignore[union-attr]
        capture.note(live, [key], Change.Kind.SAVE, using=using)
