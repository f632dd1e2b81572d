"""The wire value of one cell. A cell that cannot be read has an error value.

It is the same for a snapshot, a change, the base of an edit and a record of the history, so that
they can be compared exactly. This is also the one place that knows what a serializer hides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from django.db import models
from rest_framework.fields import SkipField

from livesheet.sheet.columns import LATER, Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.formats import speak_iso
from livesheet.sheet.guards import UNREADABLE
from livesheet.sheet.traces import complain
from livesheet.sheet.unreadable import is_unreadable
from livesheet.wire import values

BROKEN_CELL = "#ERROR"


class Cells:
    """Reads the cells of one sheet object. Synchronous: belongs on a database thread."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def row(self, instance: models.Model, columns: list[Column]) -> list[Any]:
        """The cells of these columns, with ``LATER`` for many-to-many keys that are read later."""
        if not any(column.masked for column in columns):
            return [self.of(column, instance) for column in columns]
        try:
            shown = self._serializer.to_representation(instance)
        except Exception as error:  # then it is not known what it hides, so everything stays hidden
            self._say("*", error)
            return [BROKEN_CELL] * len(columns)
        return [
            self._as_shown(column, instance, shown) if column.masked else self.of(column, instance)
            for column in columns
        ]

    def of(self, column: Column, instance: models.Model) -> Any:
        """The cell by the column's own field; for a serializer that masks values, use ``row``."""
        return self.guarded(column, self._read, column, instance)

    def straight(self, column: Column, value: Any) -> Any:
        """The wire value of the value in the database column."""
        if value is UNREADABLE:
            return BROKEN_CELL
        return self.guarded(column, column.to_wire, value)

    def guarded(self, column: Column, read: Callable[..., Any], *args: Any) -> Any:
        try:
            return read(*args)
        except SkipField:  # REST leaves it out
            return None
        except Exception as error:  # one bad value must not make the sheet unusable
            self._say(column.name, error)
            return BROKEN_CELL

    def _read(self, column: Column, instance: models.Model) -> Any:
        if column.write_only:
            return None
        if column.placeholder is LATER:
            return LATER
        if column.stored and is_unreadable(instance, column.stored):
            return BROKEN_CELL  # logged when it was loaded
        if column.attname:
            return column.to_wire(getattr(instance, column.attname))
        field = self._serializer.fields[column.name]
        value = field.get_attribute(instance)
        if value is UNREADABLE:
            raise ValueError("The annotation could not be read.")
        if value is not None and not column.raw:
            value = field.to_representation(value)
        return column.to_wire(value)

    def _as_shown(self, column: Column, instance: models.Model, shown: Mapping[str, Any]) -> Any:
        """What the serializer's own ``to_representation`` returns for the column."""
        if column.write_only or shown.get(column.name) is None:
            return None
        return self.guarded(column, self._unless_masked, column, instance, shown[column.name])

    def _unless_masked(self, column: Column, instance: models.Model, shown: Any) -> Any:
        field = self._serializer.fields[column.name]
        value = field.get_attribute(instance)
        own = None if value is None else field.to_representation(value)
        if column.same(values.of_serialized(own), values.of_serialized(shown)):
            return self._read(column, instance)
        return values.of_serialized(shown)

    @cached_property
    def _serializer(self) -> Any:
        return speak_iso(self.sheet.get_serializer())

    def _say(self, name: str, error: Exception) -> None:
        sheet = type(self.sheet)
        facts = {"event": "row.unread", "sheet": sheet.get_name(), "column": name}
        complain("Column %r of %r cannot be read:%s", (name, sheet), error, facts)
