"""The type of a computed value, so that a sum looks like a number and is sorted like one.

For an annotation, it is the type of its output field; for a property or a method, that of its
return annotation. If there is none, or another type, the value is shown as text.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.core.exceptions import FieldError
from django.db import models

from livesheet.sheet.declared import Declared

# A date-time is a date to both Python and Django, so it goes first.
_BY_FIELD: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.BooleanField, "boolean"),
    (models.IntegerField, "integer"),
    (models.FloatField, "float"),
    (models.DecimalField, "decimal"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.TimeField, "time"),
    (models.DurationField, "duration"),
)
_BY_CLASS: dict[Any, str] = {
    bool: "boolean", int: "integer", float: "float", Decimal: "decimal",
    dt.datetime: "datetime", dt.date: "date", dt.time: "time", dt.timedelta: "duration",
}  # fmt: skip


def computed_type(sheet: Declared, name: str) -> str | None:
    """The column type of a property, a method or an annotation; None if it is not known."""
    attribute = getattr(sheet.get_model(), name, None)
    if attribute is not None:
        return _of_attribute(attribute)
    return _of_expression(sheet.get_queryset().query.annotations.get(name))


def _of_expression(expression: Any) -> str | None:
    with suppress(FieldError, AttributeError):  # Django cannot tell either, or there is none
        output = expression.output_field
        return next((kind for cls, kind in _BY_FIELD if isinstance(output, cls)), None)
    return None


def _of_attribute(attribute: Any) -> str | None:
    if isinstance(attribute, property):
        attribute = attribute.fget
    elif isinstance(attribute, cached_property):
        attribute = attribute.func
    try:
        returned = get_type_hints(attribute).get("return")
    except Exception:  # no function, or names that only a type checker sees
        return None
    if get_origin(returned) in (Union, UnionType):
        said = [one for one in get_args(returned) if one is not NoneType]
        returned = said[0] if len(said) == 1 else None
    return _BY_CLASS.get(returned)
