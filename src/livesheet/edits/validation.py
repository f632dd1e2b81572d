"""The validation of the rows of one request, by the sheet's serializer.

Making a serializer costs more than validating a row with it. livesheet's own serializer is
therefore made once for a request; one of the project's may depend on the row, and is made for each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models

from livesheet.sheet import lookups
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.serializers import take_another

# A hook that is given the serializer may keep it, until after the COMMIT even.
MAKING = (
    "get_serializer", "get_serializer_class", "serializer_class", "perform_edit", "perform_add"
)  # fmt: skip


class Validation:
    """``given`` are the values that the request should write, column by column.

    ``is_plain`` says that no row affects the validation of the next.
    """

    def __init__(
        self, sheet: Sheet, given: Iterable[tuple[Column, Any]], *, is_plain: bool
    ) -> None:
        self._sheet = sheet
        self._is_ours = all(getattr(type(sheet), n) is getattr(Sheet, n) for n in MAKING)
        self._keys: dict[str, list[Any]] = defaultdict(list)
        self._many: set[str] = set()
        for column, value in given if self._is_ours else ():
            if column.is_many:
                self._many.add(column.name)
            elif is_plain and column.related_model is not None:
                self._keys[column.name].append(value)
        self._made: dict[bool, Any] = {}

    def of(self, data: dict[str, Any], instance: models.Model | None = None) -> Any:
        """The serializer, with ``data`` for ``instance`` or a new row validated."""
        is_shared = self._is_ours and self._many.isdisjoint(data)
        serializer = self._made.get(instance is None) if is_shared else None
        if serializer is None:
            serializer = self._new(data, instance)
            if is_shared:
                self._made[instance is None] = serializer
                lookups.know_together(serializer, self._keys)
            else:
                lookups.look_up_together(serializer, data)
        else:
            take_another(self._sheet, serializer, instance, data)
        serializer.is_valid()
        return serializer

    def _new(self, data: dict[str, Any], instance: models.Model | None) -> Any:
        if instance is None:
            return self._sheet.get_serializer(data=data)
        return self._sheet.get_serializer(instance, data=data, partial=True)
