"""Whether one statement may write many rows, because nothing depends on ``save()`` or signals.

``bulk_update()`` and ``bulk_create()`` call no ``save()`` and send no signal. They are used only if
it is certain that nothing needs these; in case of doubt, each row is saved separately, in the same
transaction. What the database does by itself (constraints, triggers) happens in both cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import models
from django.db.models import NOT_PROVIDED
from django.db.models.base import Model
from django.db.models.signals import post_save, pre_save

from livesheet.sheet.declaration import Sheet

OURS = ("builtins.", "django.db.", "django.contrib.postgres.", "livesheet.")
# No validator of these packages asks the database about other rows.
VALIDATORS = ("django.", "rest_framework.")

# Methods by which a sheet may do something with each row before the next one is looked at.
HOOKS = ("edit_context", "get_serializer", "get_serializer_class", "serializer_class")
OF_EDITS, OF_ADDS = (
    ("perform_edit", "has_change_permission"), ("perform_add", "has_add_permission"),
)  # fmt: skip
# Methods by which a model may do something when a row is saved.
SAVING = (
    "save", "save_base", "_save_table", "_save_parents", "_do_update", "_do_insert",
    "_prepare_related_fields_for_save", "__setattr__",
)  # fmt: skip
# Methods by which Django's own fields look at the row when it is saved; calling them is enough.
LOOKING = (
    models.Field.pre_save, models.DateField.pre_save, models.DateTimeField.pre_save,
    models.TimeField.pre_save,
)  # fmt: skip


def reasons(kind: type[Sheet], *, adds: bool = False) -> list[str]:
    """What needs a ``save()`` of each row; nothing if rows may be written together.

    ``adds`` asks about new rows, which go through other hooks than edits.
    """
    sheet: Any = kind
    model = kind.get_model()
    return [*_of_sheet(sheet, adds), *_methods(model), *_of_model(model), *_receivers(model)]


def _receivers(model: type[Model]) -> Iterator[str]:
    """Read each time: a package may connect one at any time."""
    for signal, name in ((pre_save, "pre_save"), (post_save, "post_save")):
        if signal.has_listeners(model):
            yield f"a receiver of {name}"


@cache
def _of_sheet(kind: Any, adds: bool) -> tuple[str, ...]:
    hooks = (*HOOKS, *(OF_ADDS if adds else OF_EDITS))
    own = (name for name in hooks if getattr(kind, name) is not getattr(Sheet, name))
    return tuple(f"{kind.__qualname__}.{name}" for name in own)


@cache
def _of_model(model: Any) -> tuple[str, ...]:
    return (*_kinds(model), *_fields(model))


def _methods(model: type[Model]) -> Iterator[str]:
    """Also read each time: a method may be replaced."""
    for kind in model.__mro__:
        if not f"{kind.__module__}.".startswith(OURS):
            yield from (f"{kind.__qualname__}.{name}()" for name in SAVING if name in vars(kind))
    kept: Any = type(model._base_manager)
    if not f"{kept.__module__}.".startswith(OURS):
        yield f"{kept.__qualname__}, its base manager"
    manager: Any = model._default_manager
    foreign = (kind for kind in type(manager).__mro__ if not f"{kind.__module__}.".startswith(OURS))
    if any("create" in vars(kind) for kind in foreign):
        yield f"{type(manager).__qualname__}.create()"
    # A package may have replaced Django's own methods.
    for method in (Model.save, Model.save_base, manager._queryset_class.create):
        if not f"{method.__globals__['__name__']}.".startswith(OURS):
            yield f"{method.__qualname__}() in place of Django's"


def _kinds(model: type[Model]) -> Iterator[str]:
    meta: Any = model._meta
    if meta.concrete_model._meta.parents:
        yield "a table of its parent"
    if meta.order_with_respect_to:
        yield "order_with_respect_to"


def _fields(model: type[Model]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        of: Any = field
        name = f"{model.__name__}.{field.name}"
        if not type(field).__module__.startswith(OURS):
            yield f"{name}, a {type(field).__name__}"
        elif type(field).pre_save not in LOOKING:
            yield f"{name}, which is prepared when it is saved"
        elif hasattr(field, "get_placeholder") or hasattr(field, "get_placeholder_sql"):
            yield f"{name}, which has an SQL of its own"
        elif field.db_default is not NOT_PROVIDED:
            yield f"{name}, which has a default in the database"
        elif of.unique_for_date or of.unique_for_month or of.unique_for_year:
            yield f"{name}, which is unique for a date"
        elif not all(map(_is_known, field.validators)):
            yield f"a validator of {name}"


def _is_known(validator: Any) -> bool:
    where = getattr(validator, "__module__", None) or type(validator).__module__
    return f"{where}.".startswith(VALIDATORS)
