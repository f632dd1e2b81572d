"""Writes that change what a live model shows, although Django saves no row of it.

These are the links of many-to-many relations, which are rows of other models, and what the database
itself does to foreign keys when their target is deleted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import deletion
from django.db.models.fields.related import lazy_related_operation

from livesheet import lineage
from livesheet.log import capture
from livesheet.tables import Change

Model = type[models.Model]

# Target of a foreign key → the live models and fields that refer to it.
_referrers: dict[Model, list[tuple[Model, Any]]] = defaultdict(list)
# Model of a many-to-many relation's links → the live models at its ends, each with its field there.
_ends: dict[Model, list[tuple[Model, str]]] = defaultdict(list)


def connect_once_resolved(model: Model) -> None:
    """Observe the relations of ``model`` as soon as all models that they name exist."""
    named: list[Any] = []
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        if field.remote_field is not None:
            rel: Any = field.remote_field
            named += [target for target in (rel.model, getattr(rel, "through", None)) if target]
    lazy_related_operation(_connect, model, *named)


def _connect(model: Model, *_named: Model) -> None:
    concrete = lineage.concrete(model)
    for field in concrete._meta.get_fields(include_hidden=True):
        if isinstance(field, models.ManyToManyField):
            _connect_table(concrete, field.remote_field.through, field.m2m_field_name())
        elif isinstance(field, models.ManyToManyRel):
            _connect_table(concrete, field.through, field.field.m2m_reverse_field_name())
        elif isinstance(field, models.ForeignKey) and not isinstance(field.related_model, str):
            _connect_target(concrete, field)


def concerns(model: Model) -> bool:
    """Whether rows of ``model`` belong to a live model, or link one to others."""
    return lineage.is_seen(model) or model._meta.concrete_model in _ends


def links(model: Model, using: str) -> bool:
    """Whether rows of ``model`` on ``using`` link rows of a live model to others."""
    return model._meta.concrete_model in _ends and capture.is_kept_on(using)


def follows(model: Model, using: str) -> bool:
    """Whether a deletion of rows of ``model`` on ``using`` changes rows of a live model."""
    return (concerns(model) or model._meta.concrete_model in _referrers) and capture.is_kept_on(
        using
    )


def note_written(
    model: Model, pks: Collection[Any], kind: str, *, using: str, fields: Any = None
) -> None:
    """Note rows of ``model``, and those that they link, as they are now."""
    if lineage.is_seen(model):
        capture.note(model, pks, kind, using=using, fields=fields)
    note_linked(model, pks, using)


def note_any_written(model: Model, using: str) -> None:
    """The same if the rows are not known."""
    if lineage.is_seen(model):
        capture.note_all(model, using=using)
    for live, _name in _ends_of(model):
        capture.note_all(live, using=using)


def note_deleted(model: Model, pks: Collection[Any], using: str) -> None:
    """Call it before rows of ``model`` are deleted, in the transaction that deletes them."""
    note_written(model, pks, Change.Kind.DELETE, using=using)
    with transaction.mark_for_rollback_on_error(using):
        _note_referrers(lineage.concrete(model), pks, using)


def note_any_deleted(model: Model, using: str) -> None:
    """The same if the rows are not known."""
    note_any_written(model, using)
    for live, _field in _referrers.get(lineage.concrete(model), ()):
        note_any_deleted(live, using)


# --- foreign keys ----------------------------------------------------------------------------

# What Django itself loads and writes for a deletion is seen; these leave it to the database.
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
        wanted = {f"{field.name}__pk__in": list(pks)}
        found: Any = models.QuerySet(model, using=using).filter(**wanted)
        keys = list(found.values_list("pk", flat=True))
        if field.remote_field.on_delete is getattr(models, "DB_CASCADE", None):
            if keys:  # from there on the database cascades unseen
                note_deleted(model, keys, using)
        else:
            note_written(model, keys, Change.Kind.SAVE, using=using, fields=[field.name])


# --- many-to-many ----------------------------------------------------------------------------


def _connect_table(model: Model, through: Any, name: str) -> None:
    if (model, name) not in _ends[through]:
        _ends[through].append((model, name))
    for field in through._meta.get_fields():
        if isinstance(field, models.ForeignKey):
            _connect_target(through, field)


def _ends_of(model: Model) -> Sequence[tuple[Model, str]]:
    return _ends.get(lineage.concrete(model), ())


def note_linked(through: Model, pks: Collection[Any], using: str) -> None:
    """The rows at the ends of these links, as they are in the database now."""
    if ends := _ends_of(through):
        found: Any = models.QuerySet(through, using=using).filter(pk__in=list(pks))
        with transaction.mark_for_rollback_on_error(using):
            rows = list(found.order_by().values_list(*(f"{name}__pk" for _live, name in ends)))
        for (live, _name), keys in zip(ends, zip(*rows, strict=True), strict=False):
            capture.note(live, keys, Change.Kind.SAVE, using=using)


def note_links(through: Model, links: Iterable[Any], using: str) -> None:
    """The rows at the ends of these links, which may not have a key."""
    links = list(links)
    for live, name in _ends_of(through):
        keys = {getattr(link, f"{name}_id") for link in links}
        capture.note(live, _rows_with(through, name, keys, using), Change.Kind.SAVE, using=using)


def _rows_with(through: Model, name: str, held: Collection[Any], using: str) -> Collection[Any]:
    """The primary keys of the rows that links name, by whichever of their columns."""
    target: Any = through._meta.get_field(name).target_field  # type: ignore[union-attr]
    if target.primary_key:
        return held
    found: Any = models.QuerySet(target.model, using=using).filter(
        **{f"{target.attname}__in": held}
    )
    with transaction.mark_for_rollback_on_error(using):
        return list(found.values_list("pk", flat=True))


def new_links(through: Model, links: Sequence[Any], using: str) -> list[Any]:
    """Those that do not exist yet, in a table made by Django, where each exists only once."""
    if not through._meta.auto_created:
        return list(links)
    names = [f.attname for f in through._meta.concrete_fields if f.is_relation]
    some = {f"{name}__in": {getattr(link, name) for link in links} for name in names}
    found: Any = models.QuerySet(through, using=using).filter(**some)
    with transaction.mark_for_rollback_on_error(using):
        there = set(found.values_list(*names))
    return [link for link in links if tuple(getattr(link, name) for name in names) not in there]
