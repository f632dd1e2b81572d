"""A row as REST shows it: the serializer's representation of the sheet's columns."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework.fields import SkipField
from rest_framework.relations import PKOnlyObject
from rest_framework.settings import api_settings
from rest_framework.utils.encoders import JSONEncoder

from livesheet.sheet.cells import BROKEN_CELL
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.guards import UNREADABLE
from livesheet.sheet.provenance import masks
from livesheet.sheet.traces import complain
from livesheet.wire.values import of_float


class Representation:
    """``serializer`` may have more fields than the sheet has columns, or than this user may see."""

    def __init__(self, sheet: Sheet, serializer: Any) -> None:
        self._sheet = sheet
        self._serializer = serializer
        self._names = [column.name for column in sheet.columns if not column.write_only]
        self._masks = masks(serializer)

    def of(self, row: models.Model) -> dict[str, Any]:
        if not self._masks:
            found = ((name, self._value(name, row)) for name in self._names)
            return {name: value for name, value in found if value is not SkipField}
        try:
            shown = self._serializer.to_representation(row)
        except Exception as error:  # what it hides is not known then, so all of it stays hidden
            return dict.fromkeys(self._names, self._broken("*", error))
        return {name: _exact(shown[name]) for name in self._names if name in shown}

    def _value(self, name: str, row: models.Model) -> Any:
        field = self._serializer.fields[name]
        try:
            value = field.get_attribute(row)
            if value is UNREADABLE:
                raise ValueError("The annotation could not be read.")
            key = value.pk if isinstance(value, PKOnlyObject) else value
            return None if key is None else _exact(field.to_representation(value))
        except SkipField:
            return SkipField
        except Exception as error:  # one bad value must not take the page away
            return self._broken(name, error)

    def _broken(self, name: str, error: Exception) -> str:
        sheet = type(self._sheet)
        facts = {"event": "row.unread", "sheet": sheet.get_name(), "column": name}
        complain("Column %r of %r cannot be read:%s", (name, sheet), error, facts)
        return BROKEN_CELL


def _exact(value: Any) -> Any:
    """A decimal that a property returned would be written as floating point.

    And what the renderers know nothing of would end the page; it has a text.
    """
    if isinstance(value, float):
        return of_float(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):
        return format(value, "f") if api_settings.COERCE_DECIMAL_TO_STRING else value
    try:
        json.dumps(value, cls=JSONEncoder, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return str(value)
    return value
