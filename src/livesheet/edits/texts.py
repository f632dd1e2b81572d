"""Texts that a user typed and that the browser could not read: ``{"$text": "…"}``.

These are JSON that is not valid or has numbers that a browser would round, and labels in relations
with many rows. The result is the value that a browser would have sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.relations import PrimaryKeyRelatedField

from livesheet.edits.refusals import entry, shortened
from livesheet.exceptions import EditRefused, LiveSheetError
from livesheet.sheet import lookups
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.wire import strict_json
from livesheet.wire.strict_json import Unusable

KEY = "$text"

# How many related rows one cell may name, and how many different labels one request may name in
# each of its columns.
MOST_KEYS = 1_000
MOST_LABELS = 1_000
LONGEST_LABEL = 1_000  # characters

Cell = tuple[int, Column, Any, Any]  # place in the frame, column, value, base


class Reader:
    """Reads the texts of one request. All labels of a column are looked up together, beforehand."""

    def __init__(self, sheet: Sheet, wanted: Iterable[tuple[Column, Any]]) -> None:
        texts: dict[str, dict[str, None]] = {}
        for column, value in wanted:
            text = _text_of(value)
            if text is not None and column.related_model:
                parts = [text, *split(text)] if column.type == "related_many" else [text]
                texts.setdefault(column.name, {}).update(dict.fromkeys(parts))
        self._called: dict[str, dict[str, list[str]]] = {}
        for name, found in texts.items():
            named: Any = sheet.column(name)
            first = [text for text in found if len(text) <= LONGEST_LABEL][:MOST_LABELS]
            self._called[name] = lookups.keys_called(sheet, named, first)
        self.sheet = sheet

    def cells(self, pk: str, cells: list[Cell], refuse: Callable[..., None]) -> list[Cell]:
        """The cells with the values of their texts; ``refuse(place, error)`` is called for the
        others.
        """
        read = []
        for n, column, value, base in cells:
            try:
                meant = self._value(column, value)
                column.accept(meant)  # raises the reason, if it does not
                read.append((n, column, meant, base))
            except LiveSheetError as error:
                refusal = entry(pk, column.name, "invalid", error.detail)
                refuse(n, refusal if type(value) is Unusable else {**refusal, "value": value})
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
        if type(value) is Unusable:
            raise LiveSheetError("invalid", str(value))
        text = _text_of(value)
        if text is not None:
            value = self._meant(column, text)
        if column.related_model is not None:
            _must_be_keys(value if column.is_many and isinstance(value, list) else [value])
        if column.type == "related_many" and isinstance(value, list) and len(value) > MOST_KEYS:
            message = _("%(column)s can hold at most %(most)s entries, not %(count)s.")
            words = {"column": column.title, "most": MOST_KEYS, "count": len(value)}
            raise LiveSheetError("invalid", message % words)
        return value

    def _meant(self, column: Column, text: str) -> Any:
        if column.type == "json":
            return read_json(text)
        if column.type == "related_many":
            return self._many(column, text)
        return self._key(column, text) if column.related_model else text

    def _key(self, column: Column, text: str) -> str:
        keys = self._called[column.name].get(text)
        name = shortened(text, 100)
        if keys is None:
            message = _("%(column)s: too many different names at once. Send fewer.")
        elif len(keys) > 1:
            message = _("%(count)s entries are called “%(text)s”. Pick one from the list.")
        elif not keys:
            message = _("%(column)s: no entry is called “%(text)s”.")
        else:
            return keys[0]
        words = {"column": column.title, "text": name, "count": len(keys or ())}
        raise LiveSheetError("invalid", message % words)

    def _many(self, column: Column, text: str) -> list[str]:
        try:
            return [self._key(column, text)]  # a label may hold commas
        except LiveSheetError:
            parts = split(text)
            if len(parts) < 2:
                raise
            return [self._key(column, part) for part in parts]


def _must_be_keys(given: list[Any]) -> None:
    """Not every field refuses a list or an object before it asks the database for it."""
    for key in given:
        if isinstance(key, list | dict):
            message = PrimaryKeyRelatedField.default_error_messages["incorrect_type"]
            detail = message.format(data_type=type(key).__name__)
            raise LiveSheetError("invalid", detail)


def _text_of(value: Any) -> str | None:
    """The typed text, if the browser could not read it."""
    if isinstance(value, dict) and value.keys() == {KEY} and isinstance(value[KEY], str):
        return str(value[KEY])
    return None


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
        value = strict_json.value_of(text)
    except json.JSONDecodeError as error:
        message = _("This is not valid JSON: %(error)s, at line %(line)s, column %(column)s.")
        words = {"error": error.msg, "line": error.lineno, "column": error.colno}
        raise LiveSheetError("invalid", message % words) from error
    if type(value) is Unusable:
        raise LiveSheetError("invalid", str(value))
    return value
