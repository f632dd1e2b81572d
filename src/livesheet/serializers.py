"""The validator of a sheet: a DRF serializer built from the declaration, its relations bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from rest_framework import serializers

from livesheet.exceptions import LiveSheetError

if TYPE_CHECKING:
    from livesheet.sheets import Sheet


def build_serializer_class(sheet: Sheet) -> type[serializers.ModelSerializer[Any]]:
    """A ``ModelSerializer`` over ``fields``; properties, methods and annotations are read-only."""
    model, names = sheet.get_model(), list(sheet.get_fields())
    meta = type(
        "Meta",
        (),
        {"model": model, "fields": names, "read_only_fields": list(sheet.get_readonly_fields())},
    )
    body: dict[str, Any] = {"Meta": meta}
    for name in names:
        if is_annotation(sheet, name):
            body[name] = serializers.ReadOnlyField()
    return type(f"{model.__name__}SheetSerializer", (serializers.ModelSerializer,), body)


def is_annotation(sheet: Sheet, name: str) -> bool:
    """Whether ``name`` exists only in the sheet's queryset. Raises for an unknown name."""
    model = sheet.get_model()
    if model_field(model, name) is not None or hasattr(model, name):
        return False
    if name in sheet.get_queryset().query.annotations:
        return True
    known = ", ".join(sorted(f.name for f in model._meta.get_fields() if f.concrete))
    raise LiveSheetError(
        "unknown_field",
        f"{type(sheet).__qualname__}.fields names {name!r}, which is no field, property, method or"
        f" annotation of {model.__name__}. Its fields are: {known}.",
    )


def bound_serializer(
    sheet: Sheet, serializer_class: type[serializers.BaseSerializer[Any]], *args: Any, **kwargs: Any
) -> serializers.ModelSerializer[Any]:
    """An instance whose relations accept only what ``get_related_queryset`` shows."""
    kwargs.setdefault("context", {"user": sheet.user, "sheet": sheet})
    serializer: Any = serializer_class(*args, **kwargs)
    for name, field in serializer.fields.items():
        relation: Any = getattr(field, "child_relation", field)
        source = field.source or name
        if getattr(relation, "queryset", None) is not None and _is_field(sheet, source):
            relation.queryset = sheet.get_related_queryset(source).using(sheet.alias)
    bounded: serializers.ModelSerializer[Any] = serializer
    return bounded


def _is_field(sheet: Sheet, name: str) -> bool:
    return model_field(sheet.get_model(), name) is not None


def model_field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    """The concrete field of that name, or None."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None
