"""Writes that reach a live model through its relations, for which Django saves no row of it.

Many-to-many changes, and what the database itself does to foreign keys when their target goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models, transaction
from django.db.models import deletion
from django.db.models.fields.related import lazy_related_operation
from django.db.models.signals import m2m_changed, post_delete, post_save

from livesheet import capture, lineage
from livesheet.tables import Change

Model = type[models.Model]

# Target of a foreign key → the live models and fields that refer to it.
_referrers: dict[Model, list[tuple[Model, Any]]] = defaultdict(list)
# Table of a many-to-many relation → the live models at its ends, each with its field there.
_ends: dict[Model, list[tuple[Model, Any]]] = defaultdict(list)
# Model → the tables of many-to-many relations, not models of their own, whose rows go with its.
_tables: dict[Model, set[Model]] = defaultdict(set)


def connect_once_resolved(model: Model) -> None:
    """See what happens to ``model`` through its relations, once all that it names are there."""
    named: list[Any] = []
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        if field.remote_field is not None:
            rel: Any = field.remote_field
            named += [target for target in (rel.model, getattr(rel, "through", None)) if target]
    lazy_related_operation(_connect, model, *named)


def _connect(model: Model, *_named: Model) -> None:
    concrete = model._meta.concrete_model or model
    for field in concrete._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToManyField):
            _connect_table(concrete, field.remote_field.through, field.m2m_field_name())
        elif isinstance(field, models.ManyToManyRel):
            _connect_table(concrete, field.through, field.field.m2m_reverse_field_name())
        elif isinstance(field, models.ForeignKey) and not isinstance(field.related_model, str):
            _connect_target(concrete, field)


def follows(model: Model, using: str) -> bool:
    """Whether a deletion of rows of ``model`` on ``using`` changes rows of a live model."""
    concrete: Any = model._meta.concrete_model
    concerns = concrete in _referrers or concrete in _tables or lineage.is_seen(model)
    return concerns and capture.is_kept_on(using)


def note_deleted(model: Model, pks: Collection[Any], using: str) -> None:
    """To be called before rows of ``model`` are deleted, in the transaction that deletes them."""
    if lineage.is_seen(model):
        capture.note(model, pks, Change.Kind.DELETE, using=using)
    concrete = model._meta.concrete_model or model
    with transaction.mark_for_rollback_on_error(using):
        _note_referrers(concrete, pks, using)
        _note_linked(concrete, pks, using)


def note_any_deleted(model: Model, using: str) -> None:
    """The same where nobody can name them."""
    concrete = model._meta.concrete_model or model
    if lineage.is_seen(model):
        capture.note_all(model, using=using)
    for live, _field in _referrers.get(concrete, ()):
        capture.note_all(live, using=using)
    for through in _tables.get(concrete, ()):
        for live, _name in _ends[through]:
            capture.note_all(live, using=using)


# --- foreign keys ----------------------------------------------------------------------------

# What Django's own deletion loads and writes is seen; with these the database is left alone.
_BY_THE_DATABASE: Any = getattr(deletion, "DatabaseOnDelete", ())


def _connect_target(model: Model, field: Any) -> None:
    on_delete = field.remote_field.on_delete
    if on_delete is not models.DO_NOTHING and not isinstance(on_delete, _BY_THE_DATABASE):
        return
    target = field.remote_field.model._meta.concrete_model
    if (model, field) not in _referrers[target]:
        _referrers[target].append((model, field))


def _note_referrers(target: Model, pks: Collection[Any], using: str) -> None:
    for model, field in _referrers.get(target, ()):
        wanted = {f"{field.name}__in": list(pks)}
        found: Any = models.QuerySet(model, using=using).filter(**wanted)
        keys = list(found.values_list("pk", flat=True))
        if field.remote_field.on_delete is getattr(models, "DB_CASCADE", None):
            if keys:  # the database goes on from there without telling anybody
                note_deleted(model, keys, using)
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
            keys = {instance.pk, *_far_keys(sender, name, instance, pk_set, using)}
            capture.note(live, keys, Change.Kind.SAVE, using=using)
        else:
            keys = set(_far_keys(sender, name, instance, pk_set, using))
            capture.note(live, keys, Change.Kind.SAVE, using=using)


def _note_linked(concrete: Model, pks: Collection[Any], using: str) -> None:
    """Django deletes the rows that link to what it deletes without a signal."""
    for through in _tables.get(concrete, ()):
        for live, name in _ends[through]:
            keys = _linked(through, name, concrete, pks, using)
            capture.note(live, keys, Change.Kind.SAVE, using=using)


def _far_keys(
    through: Model, name: str, instance: Any, pk_set: set[Any] | None, using: str
) -> Iterable[Any]:
    """The keys at the other end; a clear does not say which they were."""
    if pk_set is not None:
        return pk_set
    return _linked(through, name, type(instance), [instance.pk], using)


def _linked(
    through: Model, name: str, near: Model, pks: Collection[Any], using: str
) -> Iterable[Any]:
    """The keys in the field ``name`` of the rows that link to ``near``'s."""
    for field in through._meta.get_fields():
        points_here = isinstance(field, models.ForeignKey) and field.name != name
        if points_here and issubclass(near, field.remote_field.model):  # type: ignore[union-attr]
            rows: Any = models.QuerySet(through, using=using)
            found = rows.filter(**{f"{field.name}__in": list(pks)})
            return list(found.values_list(f"{name}_id", flat=True))
    return ()


def _link_written(sender: Model, instance: Any, using: str, **_kwargs: Any) -> None:
    for live, name in _ends.get(sender, ()):
        key = getattr(instance, sender._meta.get_field(name).attname)  # type: ignore[union-attr]
        capture.note(live, [key], Change.Kind.SAVE, using=using)
