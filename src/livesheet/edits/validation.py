"""The validation of the rows of one request, by the sheet's serializer.

Making a serializer costs more than validating a row with it. livesheet's own serializer is
therefore made once for a request; a project's own may depend on the row, and is made for each row.
If the user goes on editing, with the same rights, the next request takes the serializer over.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models

from livesheet.sheet import lookups
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.serializers import take_another

# A hook that is given the serializer may keep it, even until after the COMMIT.
MAKING = (
    "get_serializer", "get_serializer_class", "serializer_class", "perform_edit", "perform_add"
)  # fmt: skip

# The sheet of this thread's last request, and its serializer. Requests of one sheet object never
# run at the same time.
_last = threading.local()


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
        if serializer is None and is_shared and instance is not None:
            serializer = self._made[False] = self._taken_over()
        if serializer is None:
            serializer = self._new(data, instance)
            if is_shared:
                self._made[instance is None] = serializer
                if instance is not None:
                    self._keep(serializer)
                lookups.know_together(serializer, self._keys)
            else:
                lookups.look_up_together(serializer, data)
        else:
            take_another(self._sheet, serializer, instance, data)
        serializer.is_valid()
        return serializer

    def _taken_over(self) -> Any:
        """None if the last request was of another sheet object."""
        sheet, serializer = getattr(_last, "kept", (None, None))
        return serializer if sheet is self._sheet else None

    def _keep(self, serializer: Any) -> None:
        """For the next request, unless it has a relation, whose choices may differ by then."""
        relations = (getattr(f, "child_relation", f) for f in serializer.fields.values())
        if all(getattr(relation, "queryset", None) is None for relation in relations):
            _last.kept = self._sheet, serializer

    def _new(self, data: dict[str, Any], instance: models.Model | None) -> Any:
        if instance is None:
            return self._sheet.get_serializer(data=data)
        return self._sheet.get_serializer(instance, data=data, partial=True)
