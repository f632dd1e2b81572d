"""The form of dates, times and numbers on the wire, whatever format a project sets for DRF.

``REST_FRAMEWORK`` may say that dates are written and read as ``3/2/2026``, or decimals as floating
point, and REST follows it. A sheet sends and accepts ISO 8601 and exact numbers, because its
browsers read these. A format that a field itself declares, such as ``DateField(format="%Y")``, is
intended, and makes the column a text.

Texts have no form of their own on the wire: the serializer's validators decide what they may be.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

from livesheet.wire import values

_READ_BY = (
    (serializers.DateTimeField, "DATETIME_INPUT_FORMATS"),
    (serializers.DateField, "DATE_INPUT_FORMATS"),
    (serializers.TimeField, "TIME_INPUT_FORMATS"),
)
_MOMENTS = tuple(cls for cls, _setting in _READ_BY)
_LENGTHS = (serializers.DurationField,)
_NUMBERS = (serializers.DecimalField, serializers.IntegerField)


def has_format_of_its_own(f: Any) -> bool:
    """Whether the declaration of the field sets a format."""
    if isinstance(f, serializers.DecimalField):
        return bool(f.localize)
    if isinstance(f, _MOMENTS + _LENGTHS):
        return getattr(f, "format", None) not in (None, ISO_8601)
    return False


def take_iso(f: Any) -> None:
    """Let the field accept ISO 8601 in addition to its own formats."""
    if isinstance(f, _MOMENTS):
        setting = next(name for cls, name in _READ_BY if isinstance(f, cls))
        formats = getattr(f, "input_formats", None) or getattr(api_settings, setting)
        if ISO_8601 not in formats:
            f.input_formats = [ISO_8601, *formats]
    if isinstance(f, serializers.ChoiceField):
        _take_choices(f)
    if getattr(f, "child", None) is not None:
        take_iso(f.child)


def _take_choices(f: Any) -> None:
    """DRF finds a choice by its text in Python, which for a moment or a length is not ISO 8601."""
    for key in f.choices:
        if isinstance(key, dt.datetime | dt.timedelta):
            f.choice_strings_to_values.setdefault(values.of_python(key), key)
        if isinstance(key, dt.timedelta):  # as DRF writes it into JSON
            f.choice_strings_to_values.setdefault(str(key.total_seconds()), key)


def speak_iso(serializer: Any) -> Any:
    """Let a serializer for the wire write ISO 8601 in UTC, and exact numbers."""
    for f in serializer.fields.values():
        _speak_iso(f)
        if getattr(f, "child", None) is not None:
            _speak_iso(f.child)
    return serializer


def _speak_iso(f: Any) -> None:
    if has_format_of_its_own(f):
        return
    has_form = isinstance(f, _MOMENTS + _LENGTHS)
    is_number, is_moment = isinstance(f, _NUMBERS), isinstance(f, serializers.DateTimeField)
    if has_form:
        f.format = ISO_8601
    if is_moment and settings.USE_TZ:
        f.timezone = dt.UTC
    if is_number:
        f.coerce_to_string = isinstance(f, serializers.DecimalField)
