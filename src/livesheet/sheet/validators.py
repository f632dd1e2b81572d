"""REST framework's validators for an edit, which gives one value and not the whole row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError as ModelValidationError
from django.core.validators import RegexValidator
from django.db import models
from rest_framework import serializers
from rest_framework.validators import BaseUniqueForValidator

from livesheet.sheet.provenance import is_relation, is_taken_by_django


def know_the_row(serializer: Any) -> None:
    """Let ``unique_for_date`` and the like take values that an edit does not give from the row.

    REST framework demands both values, even of a partial update, and that there is a date.
    """
    own = getattr(serializer, "validators", ())
    if any(isinstance(one, BaseUniqueForValidator) for one in own):
        serializer.validators = [
            _UniqueFor(one) if isinstance(one, BaseUniqueForValidator) else one for one in own
        ]


class _UniqueFor:
    requires_context = True

    def __init__(self, validator: Any) -> None:
        self._validator = validator

    def __call__(self, attrs: Mapping[str, Any], serializer: Any) -> None:
        names = (self._validator.field, self._validator.date_field)
        row = serializer.instance
        if row is None:
            known = dict(attrs)
        elif attrs.keys().isdisjoint(names):
            return
        else:
            known = {**{name: getattr(row, name, None) for name in names}, **attrs}
        if known.get(self._validator.date_field, "") is not None:  # as Django: no date, no day
            self._validator(known, serializer)


def let_blank_pass(f: Any) -> None:
    """REST framework runs the validators of a choice on an empty one; Django does not."""
    if isinstance(f, serializers.ChoiceField) and f.allow_blank:
        f.validators = [
            _unless_blank(one) if type(one).__module__ == "django.core.validators" else one
            for one in f.validators
        ]


def _unless_blank(validator: Callable[..., Any]) -> Callable[[Any], None]:
    return lambda value: None if value == "" else validator(value)


def take_readable(f: Any, plain: models.Field[Any, Any] | None) -> None:
    """Let the serializer's field refuse values that the model's own class could not read again.

    REST framework looks at the class of Django's that it inherits from, and would store it.
    """
    if plain is None or f.read_only or is_relation(plain) or is_taken_by_django(plain):
        return
    f.validators = [*f.validators, _readable_by(plain.to_python)]


def _readable_by(to_python: Callable[[Any], Any]) -> Callable[[Any], None]:
    def validate(value: Any) -> None:
        try:
            to_python(value)
        except (ModelValidationError, serializers.ValidationError):
            raise
        except (TypeError, ValueError, ArithmeticError) as error:
            raise serializers.ValidationError(RegexValidator.message) from error

    return validate
