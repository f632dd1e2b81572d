"""New rows, one by one or many at once."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from livesheet import lineage
from livesheet.edits import left, together
from livesheet.edits.refusals import entry, text_of
from livesheet.edits.writing import Writing
from livesheet.exceptions import EditRefused
from livesheet.tables import Change
from livesheet.wire.protocol import Add

NO_ADDING = gettext_lazy("You do not have permission to add rows here.")


class Row(NamedTuple):
    """A new row: its place in the request, and the requested values."""

    place: int
    data: dict[str, Any]


class Adding(Writing):
    def add(self, request: Add) -> None:
        self.outcome.results = [None] * len(request.rows)
        rows = [Row(n, data) for n, data in enumerate(request.rows)]
        is_plain = self.is_plain and together.can_add(self.sheet.alias)
        while rows:
            done = self._add_together(rows) if is_plain else 0
            if not done:
                self._add_alone(rows[0])
            rows = rows[done or 1 :]

    def _add_together(self, rows: list[Row]) -> int:
        """How many of the first ``rows`` are done; 0 if the first one must be saved separately."""
        valid: list[tuple[Row, dict[str, Any], models.Model]] = []
        try:
            self._must_be_allowed()
            with self._saving(None):
                for row in rows:
                    asked = self._asked(row.data)
                    serializer = self.validation.of(asked)
                    many = {c.name for c in self.sheet.columns if c.is_many}
                    if serializer.errors or not many.isdisjoint(asked):
                        break
                    valid.append((row, asked, self.model(**serializer.validated_data)))
                if len(valid) < 2:
                    return 0
                together.add({row.place: new for row, _asked, new in valid}, self.sheet.alias)
                self._must_stay_visible(*(self._key(new) for _row, _asked, new in valid))
        except EditRefused:  # because of one row, so each is tried alone
            for row, _asked, _new in valid:
                self._add_alone(row)
        else:
            for row, asked, new in valid:
                self._tell_new(row, new, asked)
        return len(valid)

    def _add_alone(self, row: Row) -> None:
        try:
            self._must_be_allowed()
            with self._saving(row.place):
                asked = self._asked(row.data)
                new = self._added(asked)
                self._tell_new(row, new, asked)
        except EditRefused as refusal:
            self.outcome.refuse(row.place, *refusal.errors)

    def _must_be_allowed(self) -> None:
        if not self.sheet.has_add_permission():
            raise EditRefused(entry(None, None, "forbidden", NO_ADDING))

    def _asked(self, data: dict[str, Any]) -> dict[str, Any]:
        """A new row in the form that the serializer accepts."""
        for name in data:
            column = self.sheet.column(name)
            if column is None or column.readonly:
                title = column.title if column else name
                message = _("%(column)s cannot be set here.") % {"column": title}
                raise EditRefused(entry(None, name, "readonly", message))
        return self.typed.row(data)

    def _added(self, asked: dict[str, Any]) -> models.Model:
        serializer = self.validation.of(asked)
        if serializer.errors:
            raise EditRefused(
                *(entry(None, self._known(name), "invalid", self._text(name, error))
                  for name, error in serializer.errors.items())
            )  # fmt: skip
        self.sheet.perform_add(serializer)
        instance: models.Model = serializer.instance
        self._saved(instance, Change.Kind.ADD)
        self._must_stay_visible(self._key(instance))
        return instance

    def _tell_new(self, row: Row, new: models.Model, asked: dict[str, Any]) -> None:
        columns = [column for column in self.sheet.columns if not column.readonly]
        self.outcome.left[row.place] = left.told(self.reader, new, columns, asked)
        self.outcome.results[row.place] = {"pk": self._key(new)}

    def _key(self, new: models.Model) -> str:
        return str(lineage.key(self.model, new.pk))

    def _text(self, name: str, error: Any) -> str:
        """The message of an error, with the name of its field if the sheet has no cell for it."""
        return text_of(error if self.sheet.column(name) else {name: error})

    def _known(self, name: str) -> str | None:
        return name if self.sheet.column(name) else None
