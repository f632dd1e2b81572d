"""What a person typed, where the browser could not tell what it means: ``{"$text": "…"}``.

JSON that is none, or has numbers that a browser would round; the label of one of a hundred thousand
customers. What comes out is the value that a browser would have sent, had it known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from livesheet import lookups
from livesheet.columns import Column
from livesheet.exceptions import EditRefused, LiveSheetError
from livesheet.refusals import entry
from livesheet.sheets import Sheet

KEY = "$text"

Cell = tuple[int, Column, Any, Any]  # place in the frame, column, value, base


class Reader:
    """Reads the texts of one request. A label that is pasted a hundred times is looked up once."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._keys: dict[tuple[str, str], str] = {}

    def cells(self, pk: str, cells: list[Cell], refuse: Callable[..., None]) -> list[Cell]:
        """The cells with what their texts mean; ``refuse(place, error)`` hears of the others."""
        read = []
        for n, column, value, base in cells:
            try:
                meant = self._value(column, value)
                column.accept(meant)  # or says why not, at this cell
                read.append((n, column, meant, base))
            except LiveSheetError as error:
                refuse(n, {**entry(pk, column.name, "invalid", error.detail), "value": value})
        return read

    def row(self, data: dict[str, Any]) -> dict[str, Any]:
        """A new row as the serializer takes it. Raises ``EditRefused`` with all that is wrong."""
        read, errors = {}, []
        for name, value in data.items():
            column: Any = self.sheet.column(name)
            try:
                read[name] = column.accept(self._value(column, value))
            except LiveSheetError as error:
                errors.append(entry(None, name, "invalid", error.detail))
        if errors:
            raise EditRefused(*errors)
        return read

    def _value(self, column: Column, value: Any) -> Any:
        if not (isinstance(value, dict) and value.keys() == {KEY} and isinstance(value[KEY], str)):
            return value
        text = value[KEY]
        if column.type == "json":
            return read_json(text)
        if column.type == "related_many":
            return self._many(column, text)
        return self._key(column, text) if column.related_model else text

    def _key(self, column: Column, text: str) -> str:
        at = (column.name, text)
        if at not in self._keys:
            self._keys[at] = lookups.key_called(self.sheet, column, text)
        return self._keys[at]

    def _many(self, column: Column, text: str) -> list[str]:
        try:
            return [self._key(column, text)]  # a label may hold commas
        except LiveSheetError:
            parts = split(text)
            if len(parts) < 2:
                raise
            return [self._key(column, part) for part in parts]


def split(text: str) -> list[str]:
    """``red, "green, dark"`` as the two that it names."""
    parts, quoted = [""], False
    for char in text:
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def read_json(text: str) -> Any:
    """Raises ``LiveSheetError`` that says what is wrong, and where."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        message = _("This is no JSON: %(error)s, at line %(line)s, column %(column)s.")
        words = {"error": error.msg, "line": error.lineno, "column": error.colno}
        raise LiveSheetError("invalid", message % words) from error
    except RecursionError as error:
        raise LiveSheetError("invalid", _("This JSON is nested too deeply.")) from error


def _refuse_constant(name: str) -> None:
    message = _("This is no JSON: there is no number %(name)s.")
    raise LiveSheetError("invalid", message % {"name": name})
