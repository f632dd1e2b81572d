"""The values that the server fills in for a new row, as far as they are known beforehand.

A browser shows them in a new row at once. A value that a function makes (the current time, a
number, a random key) is not known before the row is saved, and the function may have side effects,
so none is called here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import models
from rest_framework import serializers


def default_of(
    f: Any,
    plain: models.Field[Any, Any] | None,
    to_wire: Callable[[Any], Any],
    *,
    is_straight: bool,
) -> Any:
    """The default as a wire value; None if there is none. ``is_straight``: ``to_wire`` takes the
    value of the database column, not that of the serializer's field.
    """
    value = _declared(f, plain)
    if value is None or value == "":
        return None
    with suppress(Exception):  # nothing has looked at it before: it may be of any kind
        if plain is not None:
            value = plain.to_python(value)
        return to_wire(value if is_straight else f.to_representation(value))
    return None


def _declared(f: Any, plain: models.Field[Any, Any] | None) -> Any:
    candidates = [getattr(f, "default", serializers.empty)]
    if plain is not None:
        candidates += [plain.default, getattr(plain, "db_default", models.NOT_PROVIDED)]
    for value in candidates:
        if value is serializers.empty or value is models.NOT_PROVIDED:
            continue
        return None if callable(value) or hasattr(value, "resolve_expression") else value
    return None
