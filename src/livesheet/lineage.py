"""Which models are live, and of which others a row of theirs is a row, too."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

Model = type[models.Model]

_live: set[Model] = set()
# Asked for at every save.
_seen_as: dict[Model, tuple[Model, ...]] = {}


def add(model: Model) -> None:
    _live.add(model)
    _seen_as.clear()


def is_live(model: Model) -> bool:
    """Whether saves and deletes of this model are seen."""
    return model in _live


def live_models() -> list[Model]:
    return sorted(_live, key=lambda model: model._meta.label_lower)


def seen_as(model: Model) -> tuple[Model, ...]:
    """Every live model of which a row of ``model`` is a row: parents and children too."""
    if model not in _seen_as:
        concrete = model._meta.concrete_model or model
        parents = [parent for parent in concrete._meta.get_parent_list() if is_live(parent)]
        _seen_as[model] = (concrete, *parents, *live_children(concrete))
    return _seen_as[model]


def live_children(concrete: Model) -> Iterator[Model]:
    """Live models with a table of their own that inherit from ``concrete``'s."""
    for child in live_models():
        is_child = issubclass(child, concrete) and child is not concrete
        if is_child and not child._meta.proxy and child._meta.apps is concrete._meta.apps:
            yield child
