"""A stretch of a view: the rows from one row to another, in the present order."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from livesheet.exceptions import LiveSheetError
from livesheet.orders.keysets import Keyset, Place
from livesheet.sheet.rows import as_keys

NOT_THERE = "One of the rows is not in this view any more."


class Stretch:
    """The rows between two rows, both included. The two keys may come in either order.

    None stands for the beginning or the end of the view. Raises ``LiveSheetError`` if one of the
    rows is not in the view.
    """

    def __init__(self, keyset: Keyset, first: str | None, last: str | None) -> None:
        self._keyset = keyset
        self.first, self.last = self._place(first), self._place(last)
        if self.first is not None and self.last is not None and not self._holds(first):
            self.first, self.last = self.last, self.first

    @property
    def conditions(self) -> list[Q]:
        return self._keyset.conditions(self.first, self.last, is_first_included=True)

    @property
    def rows(self) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = self._keyset.rows.filter(*self.conditions)
        return found

    def _place(self, pk: str | None) -> Place | None:
        if pk is None:
            return None
        if (place := self._keyset.place_of_key(pk)) is None:
            raise LiveSheetError("not_found", NOT_THERE)
        return place

    def _holds(self, pk: Any) -> bool:
        key = as_keys(self._keyset.rows.model._meta.pk, [pk])
        return bool(list(self._keyset.read(self.rows.filter(pk__in=key), "pk")[:1]))
