"""Which models are live, to which other models their rows belong, and how their keys are named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

Model = type[models.Model]

_live: set[Model] = set()
# Asked for at every write of every model: those whose rows are rows of a live one, and of which.
_seen_as: dict[Model, tuple[Model, ...]] = {}
_known = True


def concrete(model: Model) -> Model:
    """The model whose table holds the rows: a proxy's is another one."""
    return model._meta.concrete_model or model


def add(model: Model) -> None:
    _live.add(concrete(model))
    forget()


def remove(model: Model) -> None:
    _live.discard(concrete(model))
    forget()


def forget() -> None:
    """To be called when a model was made that may be a child of a live one."""
    global _known
    _known = False


def label_of(model: Model) -> str:
    """What the change log calls the model; a proxy's rows are its model's."""
    return concrete(model)._meta.label_lower


def is_live(model: Model) -> bool:
    """Whether all writes of this model's rows are seen."""
    return concrete(model) in _live


def live_models() -> list[Model]:
    return sorted(_live, key=lambda model: model._meta.label_lower)


def is_seen(model: Model) -> bool:
    """Whether a row of ``model`` is a row of a live model: itself, a parent or a child."""
    if not _known:
        _find()
    return model._meta.concrete_model in _seen_as


def seen_as(model: Model) -> tuple[Model, ...]:
    """Every live model of which a row of ``model`` is a row; itself if there is none."""
    found = concrete(model)
    return _seen_as[found] if is_seen(model) else (found,)


def _find() -> None:
    global _known
    found = {kin for live in _live for kin in _kin(live)}
    _seen_as.clear()
    _seen_as.update((kin, tuple(_live_among(kin))) for kin in found)
    _known = True


def _kin(live: Model) -> Iterator[Model]:
    yield from live._meta.get_parent_list()
    waiting = [live]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model._meta.concrete_model is model:
            yield model


def _live_among(concrete: Model) -> Iterator[Model]:
    if concrete in _live:
        yield concrete
    yield from (parent for parent in concrete._meta.get_parent_list() if parent in _live)
    yield from live_children(concrete)


def live_children(concrete: Model) -> Iterator[Model]:
    """Live models with a table of their own that inherit from ``concrete``'s."""
    for child in live_models():
        is_child = issubclass(child, concrete) and child is not concrete
        if is_child and child._meta.apps is concrete._meta.apps:
            yield child


def key(model: Model, pk: Any) -> Any:
    """A primary key as the database would give it back, in whatever form a writer had it.

    >>> key(Product, "01")
    1
    """
    field: Any = model._meta.pk
    while field.is_relation:
        field = field.target_field
    try:
        return _as_kept(field, field.to_python(pk))
    except (ValidationError, ValueError, TypeError, ArithmeticError):
        return pk  # of no form that the field knows


def _as_kept(field: Any, found: Any) -> Any:
    if isinstance(found, Decimal):
        return found.quantize(Decimal(1).scaleb(-field.decimal_places), context=field.context)
    if isinstance(found, datetime) and found.tzinfo is not None:
        return found.astimezone(UTC)
    return found
