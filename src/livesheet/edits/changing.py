"""Edits: permission → lock → base → validation → save, row by row or many rows together."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.utils.translation import gettext as _

from livesheet.edits import left, together
from livesheet.edits.refusals import entry, for_cell, text_of
from livesheet.edits.texts import Cell
from livesheet.edits.writing import NOT_FOUND, Writing
from livesheet.exceptions import EditRefused
from livesheet.sheet.cells import BROKEN_CELL
from livesheet.sheet.columns import Column
from livesheet.sheet.provenance import says_everything
from livesheet.tables import Change
from livesheet.wire.protocol import Edit

MISSING: Any = object()  # the base of a writer that has none (REST)


class Row(NamedTuple):
    """What is to be changed in a locked row: only what is allowed and is not there already."""

    pk: str
    instance: models.Model
    cells: list[Cell]


class Changing(Writing):
    def edit(self, request: Edit) -> None:
        waiting: list[Row] = []
        for row in self.asked_for(request, self.lock(no_key=True)):
            if self.is_plain:
                waiting.append(row)
            else:
                self.edit_row(row)
        self._edit_rows(waiting)

    def asked_for(self, request: Edit, locked: Mapping[str, models.Model]) -> Iterator[Row]:
        """The rows to save, one by one; all other cells are answered."""
        self.outcome.results = [None] * len(request.cells)
        by_pk: dict[str, list[Cell]] = {}
        for n, (pk, name, value, base) in enumerate(request.cells):
            column = self.sheet.column(name)
            if column is None:
                message = _("There is no column '%(name)s'.") % {"name": name}
                self.outcome.refuse(n, entry(pk, name, "unknown_column", message))
            else:
                by_pk.setdefault(pk, []).append((n, column, value, base))
        for pk, cells in by_pk.items():
            instance = locked.get(pk)
            if instance is None:
                self._refuse(cells, pk, "not_found", NOT_FOUND)
                continue
            read = self.typed.cells(pk, cells, self.outcome.refuse)
            if wanted := self._allowed(pk, instance, read):
                yield Row(pk, instance, wanted)

    def _allowed(self, pk: str, instance: models.Model, cells: list[Cell]) -> list[Cell]:
        if self.sheet.has_change_permission(instance):
            return self._wanted(pk, instance, cells)
        self._refuse(cells, pk, "forbidden", _("You do not have permission to change this row."))
        return []

    def _edit_rows(self, rows: list[Row]) -> None:
        """Save rows, as many as possible by one statement."""
        while rows:
            done = self._edit_together(rows)
            if not done:
                self.edit_row(rows[0])
            rows = rows[done or 1 :]

    def _edit_together(self, rows: list[Row]) -> int:
        """How many of the first ``rows`` are done; 0 if the first one must be saved separately."""
        valid: list[tuple[Row, models.Model]] = []
        names: set[str] = set()
        try:
            with self._saving(None):
                for row in rows:
                    values = self.plain_values(row)
                    if values is None:
                        break
                    valid.append((row, copy.copy(row.instance)))
                    names |= together.changed(valid[-1][1], values)
                if len(valid) < 2:
                    return 0
                together.update([instance for _row, instance in valid], names, self.sheet.alias)
                if not self.sees_all:
                    self._must_stay_visible(*(row.pk for row, _instance in valid))
        except EditRefused:  # because of one row, so each is tried alone
            for row, _instance in valid:
                self.edit_row(row)
        else:
            for row, instance in valid:
                self.tell(instance, row.cells)
        return len(valid)

    def plain_values(self, row: Row) -> dict[str, Any] | None:
        """The values to write, if they are valid, and in columns of the row's own table."""
        is_whole = not row.instance.get_deferred_fields()
        if not is_whole or any(column.is_many for _n, column, _v, _b in row.cells):
            return None
        serializer = self._validated(row.instance, row.cells)
        return None if serializer.errors else dict(serializer.validated_data)

    def edit_row(self, row: Row) -> None:
        try:
            with self._saving(None):
                self._save(row.pk, row.instance, row.cells)
        except EditRefused as refusal:
            for n, column, value, _base in row.cells:
                if self.outcome.results[n] is None:
                    self.outcome.refuse(n, for_cell(refusal, row.pk, column.name, value))

    def _wanted(self, pk: str, instance: models.Model, cells: list[Cell]) -> list[Cell]:
        """The cells that would change something and may be changed; the others are answered."""
        now = self.reader.of_instance(
            instance, [column for _n, column, _v, _b in cells if not column.readonly]
        )
        wanted = []
        for cell in cells:
            n, column, value, base = cell
            current = now[column.name]
            if column.readonly or self._is_beyond_a_browser(instance, column, current):
                message = _("%(column)s cannot be changed here.") % {"column": column.title}
                self.outcome.refuse(n, entry(pk, column.name, "readonly", message))
            elif column.same(value, current) or self._is_its_key(instance, column, value):
                self.outcome.results[n], self.outcome.left[n] = "unchanged", current
            elif column.attname == self.model._meta.pk.attname:
                message = _("A row’s key cannot be changed. Add a new row instead.")
                self.outcome.refuse(n, entry(pk, column.name, "readonly", message))
            elif self._conflicts(column, base, current):
                self.outcome.refuse(n, self._conflict(pk, column, current))
            else:
                wanted.append(cell)
        return wanted

    def _is_beyond_a_browser(self, instance: models.Model, column: Column, current: Any) -> bool:
        """Whether the cell shows only a part of its value, so that an edit would lose the rest."""
        if column.too_exact_for_a_browser(current):
            return True
        if not column.foreign or current == BROKEN_CELL:
            return False
        return not says_everything(self.sheet.get_serializer().fields[column.name], instance)

    def _is_its_key(self, instance: models.Model, column: Column, value: Any) -> bool:
        """Whether it is the row's own key, in whatever form REST writes it."""
        pk = self.model._meta.pk
        if column.attname != pk.attname:
            return False
        try:
            return bool(pk.to_python(value) == instance.pk)
        except (ModelValidationError, TypeError, ValueError, OverflowError):
            return False

    def _conflicts(self, column: Column, base: Any, current: Any) -> bool:
        if base is MISSING or self.sheet.conflict == "overwrite":
            return False
        return not column.same(base, current)

    def _conflict(self, pk: str, column: Column, current: Any) -> dict[str, Any]:
        error = entry(pk, column.name, "conflict", _("Somebody changed this cell in the meantime."))
        return {**error, "value": current}

    def _save(self, pk: str, instance: models.Model, cells: list[Cell]) -> None:
        """Validate and save a row; cells with errors drop out and the others are tried again."""
        serializer = self._validated(instance, cells)
        if serializer.errors:
            bad = {column.name for _n, column, _v, _b in cells} & serializer.errors.keys()
            good = [cell for cell in cells if cell[1].name not in bad]
            self._refuse_invalid(pk, cells, serializer.errors, bad)
            if not good or not bad:
                return
            cells, serializer = good, self._validated(instance, good)
            if serializer.errors:
                self._refuse_invalid(pk, cells, serializer.errors, set())
                return
        self.sheet.perform_edit(serializer)
        self._saved(serializer.instance or instance, Change.Kind.SAVE)
        if not self.sees_all:
            self._must_stay_visible(pk)
        self.tell(serializer.instance or instance, cells)

    def tell(self, written: models.Model, cells: list[Cell]) -> None:
        asked = {column.name: value for _n, column, value, _b in cells}
        columns = [column for _n, column, _v, _b in cells]
        found = left.told(self.reader, written, columns, asked)
        for n, column, _value, _base in cells:
            self.outcome.results[n] = "saved"
            if column.name in found:
                self.outcome.left[n] = found[column.name]

    def _validated(self, instance: models.Model, cells: list[Cell]) -> Any:
        data = {column.name: column.accept(value) for _n, column, value, _base in cells}
        return self.validation.of(data, instance)

    def _refuse_invalid(
        self, pk: str, cells: list[Cell], errors: dict[str, Any], bad: set[str]
    ) -> None:
        """Field errors go to their cell; an error of the whole row goes to all its cells."""
        for n, column, value, _base in cells:
            if not bad or column.name in bad:
                message = text_of(errors.get(column.name, errors))
                error = entry(pk, column.name, "invalid", message)
                self.outcome.refuse(n, {**error, "value": value})

    def _refuse(self, cells: list[Cell], pk: str, code: str, message: Any) -> None:
        for n, column, _value, _base in cells:
            self.outcome.refuse(n, entry(pk, column.name, code, message))
