"""Django's deletions: what is deleted, what is set to another value, and what cascades.

They are wrapped around the method that carries them out. Signals are not used, because a receiver
makes Django give up its fast deletion, and does not see deletions through proxies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models.deletion import Collector

from livesheet.log import capture, relations
from livesheet.log.wrapping import wrap
from livesheet.tables import Change


def connect() -> None:
    wrap(Collector, "delete", _delete)


def _delete(original: Any, collector: Any) -> Any:
    if not any(relations.follows(model, collector.using) for model in _models(collector)):
        return original(collector)
    with capture.gathering(collector.using):
        for model, instances in collector.data.items():
            if relations.follows(model, collector.using):
                keys = [instance.pk for instance in instances]
                relations.note_deleted(model, keys, collector.using)
        _note_set(collector)
        return original(collector)


def _models(collector: Any) -> Iterator[type[models.Model]]:
    yield from collector.data
    yield from (rows.model for rows in collector.fast_deletes)
    yield from (field.model for field, _value in collector.field_updates)


def _note_set(collector: Any) -> None:
    """Note loaded rows whose foreign key is set to another value; others are noted as updated."""
    for (field, _value), found in collector.field_updates.items():
        if not capture.sees(field.model, collector.using):
            continue
        for instances in found:
            if not isinstance(instances, models.QuerySet) or instances._result_cache is not None:
                for instance in instances:
                    going = instance in collector.data.get(type(instance), ())
                    if not going:  # some databases also need the keys of deleted rows set first
                        _note_row(instance, field, collector.using)


def _note_row(instance: models.Model, field: Any, using: str) -> None:
    fields, kind = [field.name], Change.Kind.SAVE
    capture.note(type(instance), [instance.pk], kind, using=using, fields=fields)
