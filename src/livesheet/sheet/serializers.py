"""The serializer that validates a sheet, built from its declaration, with limited relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import NOT_PROVIDED
from django.utils.translation import gettext as _
from rest_framework import serializers

from livesheet.exceptions import LiveSheetError
from livesheet.fresh import fresh
from livesheet.sheet.declared import Declared
from livesheet.sheet.formats import take_iso
from livesheet.sheet.sheet_request import SheetRequest
from livesheet.sheet.validators import know_the_row, let_blank_pass, take_readable


def build_serializer_class(sheet: Declared) -> type[serializers.ModelSerializer[Any]]:
    """A ``ModelSerializer`` over ``fields``; properties, methods and annotations are read-only."""
    model, names = sheet.get_model(), list(sheet.get_fields())
    readonly = list(sheet.get_readonly_fields())
    made = {name: {"required": False} for name in names if _is_made_by_the_database(model, name)}
    meta = type(
        "Meta",
        (),
        {"model": model, "fields": names, "read_only_fields": readonly, "extra_kwargs": made},
    )
    body: dict[str, Any] = {"Meta": meta}
    for name in names:
        if is_annotation(sheet, name):
            body[name] = serializers.ReadOnlyField()
        elif _is_manager_of_names(model_field(model, name)):
            body[name] = serializers.StringRelatedField(many=True, read_only=True)
    return type(f"{model.__name__}SheetSerializer", (serializers.ModelSerializer,), body)


def _is_made_by_the_database(model: type[models.Model], name: str) -> bool:
    """Whether a row may be added without this value, although DRF requires it."""
    field = model_field(model, name)
    return field is not None and field.db_default is not NOT_PROVIDED


def is_annotation(sheet: Declared, name: str) -> bool:
    """Whether ``name`` exists only in the sheet's queryset. Raises for an unknown name."""
    model = sheet.get_model()
    if model_field(model, name) is not None or hasattr(model, name):
        return False
    if name in sheet.get_queryset().query.annotations:
        return True
    known = ", ".join(sorted(f.name for f in model._meta.get_fields() if f.concrete))
    raise LiveSheetError(
        "unknown_field",
        f"{type(sheet).__qualname__}.fields names {name!r}, which is not a field, property, method"
        f" or annotation of {model.__name__}. Its fields are: {known}.",
    )


def _is_manager_of_names(field: Any) -> bool:
    """Tags and the like: a special many-to-many relation with names and no keys to pick."""
    return bool(field and field.many_to_many) and not isinstance(field, models.ManyToManyField)


def bound_serializer(
    sheet: Declared,
    serializer_class: type[serializers.BaseSerializer[Any]],
    *args: Any,
    **kwargs: Any,
) -> serializers.ModelSerializer[Any]:
    """An instance whose relations accept only what ``get_related_queryset`` shows."""
    sent = None if "data" not in kwargs else "PATCH" if kwargs.get("partial") else "POST"
    request = SheetRequest(sheet.user, sent or "GET", sheet.params)
    own = {"user": sheet.user, "sheet": sheet, "request": request}
    kwargs["context"] = own | kwargs.get("context", {})
    instance = args[0] if args else kwargs.get("instance")
    if sent == "PATCH" and isinstance(instance, models.Model):
        kwargs["data"] = _with_currencies(instance, kwargs["data"])
    serializer: Any = serializer_class(*args, **kwargs)
    if sent == "PATCH":
        serializer.run_validation = partial(
            _validated, sheet, serializer, serializer.run_validation
        )
    know_the_row(serializer)
    declared = getattr(serializer, "_declared_fields", {})
    for name, field in serializer.fields.items():
        take_iso(field)
        let_blank_pass(field)
        take_readable(field, model_field(sheet.get_model(), field.source or name))
        _ask_for_an_integer(field)
        relation: Any = getattr(field, "child_relation", field)
        source = field.source or name
        if getattr(relation, "queryset", None) is not None and _is_field(sheet, source):
            related = fresh(sheet.get_related_queryset(source), sheet.alias)
            if name in declared:  # the project's own bound holds as well
                related = related.filter(pk__in=relation.get_queryset().values("pk"))
            relation.queryset = related
    bounded: serializers.ModelSerializer[Any] = serializer
    return bounded


def take_another(
    sheet: Declared, serializer: Any, instance: models.Model | None, data: Mapping[str, Any]
) -> None:
    """Let a serializer of ``bound_serializer`` validate another row, as if it were made for it."""
    if instance is not None:
        data = _with_currencies(instance, data)
    serializer.instance, serializer.initial_data = instance, data
    for name in ("_validated_data", "_errors", "_data"):
        vars(serializer).pop(name, None)


def _ask_for_an_integer(field: Any) -> None:
    """DRF asks for a “valid biginteger”, and only in English."""
    big = getattr(serializers, "BigIntegerField", None)  # before 3.17 there was none
    if big and field.error_messages.get("invalid") is big.default_error_messages["invalid"]:
        field.error_messages["invalid"] = serializers.IntegerField.default_error_messages["invalid"]


def is_kept_back(serializer: Any, name: str) -> bool:
    """Whether the serializer has a field with that name, but not for this user."""
    return name not in serializer.fields and name in names_known_to(type(serializer))


def names_known_to(serializer_class: Any) -> set[str]:
    """The fields that a serializer class has before it is instantiated."""
    listed = getattr(getattr(serializer_class, "Meta", None), "fields", ())
    declared = getattr(serializer_class, "_declared_fields", {})
    return {*declared, *(listed if isinstance(listed, list | tuple) else ())}


def _is_field(sheet: Declared, name: str) -> bool:
    return model_field(sheet.get_model(), name) is not None


def model_field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    """The concrete field with that name, or None."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


# --- what an edit of some cells leaves as it is ----------------------------------------------


def _validated(sheet: Declared, serializer: Any, validate: Callable[[Any], Any], data: Any) -> Any:
    """The validated data, with those members that the user cannot see and therefore cannot name.

    Without them, an edit of the cell would remove what ``get_related_queryset`` hides.
    """
    validated = validate(data)
    for source, given in validated.items():
        plain = model_field(sheet.get_model(), source)
        if _is_money(plain) and given is not None and not hasattr(given, "currency"):
            raise serializers.ValidationError({source: [_("This amount has no currency.")]})
        if isinstance(plain, models.ManyToManyField):
            members = {m.pk: m for m in getattr(serializer.instance, source).all()}
            related = fresh(sheet.get_related_queryset(source), sheet.alias)
            seen = set(related.filter(pk__in=members).values_list("pk", flat=True))
            validated[source] = [*given, *(m for key, m in members.items() if key not in seen)]
    return validated


def _is_money(plain: Any) -> bool:
    return hasattr(plain, "default_currency") and hasattr(plain, "currency_choices")


def _with_currencies(instance: models.Model, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An amount of django-money is validated with its currency; otherwise it gets the default."""
    kept = {}
    for name in data:
        if _is_money(model_field(type(instance), name)):
            kept[f"{name}_currency"] = getattr(instance, f"{name}_currency", None)
    return {**{name: str(code) for name, code in kept.items() if code}, **data}
