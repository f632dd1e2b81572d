"""Reading rows as the wire has them: ``[pk, value, …]``, values in column order."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from livesheet.columns import COMPLETE_LABELS, Column
from livesheet.sheets import Sheet

logger = logging.getLogger("livesheet")

Row = list[Any]

READ_BATCH = 500
BROKEN_CELL = "#ERROR"


class RowReader:
    """Reads the rows that one sheet object may see. Synchronous: belongs on a database thread."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.columns = sheet.columns
        self.many = [(n, c) for n, c in enumerate(sheet.columns, 1) if c.is_many and not c.attname]

    @cached_property
    def plain(self) -> bool:
        """Whether all values can be read without making model instances (ten times faster)."""
        return all(c.attname or (c.is_many and c.related_model) for c in self.columns)

    def chunks(self, queryset: models.QuerySet[Any], size: int) -> Iterator[list[Row]]:
        """The rows of ``queryset`` in its order, streamed from the database."""
        stream = self._stream(queryset, size)
        while rows := list(islice(stream, size)):
            self._fill_many(rows, self.many)
            yield rows

    def read(self, pks: Iterable[str]) -> dict[str, Row]:
        """The rows among ``pks`` that exist and may be seen, by pk."""
        keys = self.keys(pks)
        found: dict[str, Row] = {}
        for start in range(0, len(keys), READ_BATCH):
            batch = self.sheet.rows().filter(pk__in=keys[start : start + READ_BATCH])
            for rows in self.chunks(batch.order_by(), READ_BATCH):
                found.update((row[0], row) for row in rows)
        return found

    def visible_pks(self) -> list[str]:
        pks = self.sheet.rows().order_by().values_list("pk", flat=True)
        return [str(pk) for pk in pks.iterator()]

    def visible(self, pks: Iterable[str]) -> list[str]:
        """Those of ``pks`` whose rows exist and may be seen."""
        keys = self.keys(pks)
        found: list[str] = []
        for start in range(0, len(keys), READ_BATCH):
            batch = self.sheet.rows().filter(pk__in=keys[start : start + READ_BATCH])
            found += [str(pk) for pk in batch.order_by().values_list("pk", flat=True)]
        return found

    def keys(self, pks: Iterable[str]) -> list[Any]:
        """Texts as primary keys; what cannot be one of this model is left out."""
        field = self.sheet.get_model()._meta.pk
        keys = []
        for text in pks:
            try:
                key = field.to_python(text)
            except (ValidationError, ValueError, OverflowError):
                continue
            if str(key) == text and _fits(field, key):
                keys.append(key)
        return keys

    def of_instance(self, instance: models.Model, columns: Iterable[Column]) -> dict[str, Any]:
        """What these columns hold, by name. (Others may need annotations that it lacks.)"""
        names = {column.name for column in columns}
        row: Row = [str(instance.pk), *[None] * len(self.columns)]
        for n, column in enumerate(self.columns, 1):
            if column.name in names:
                row[n] = self._cell(column, instance)
        self._fill_many([row], [(n, column) for n, column in self.many if column.name in names])
        return {column.name: row[n] for n, column in enumerate(self.columns, 1)}

    def _stream(self, queryset: models.QuerySet[Any], size: int) -> Iterator[Row]:
        if not self.plain:
            for instance in queryset.iterator(chunk_size=size):
                yield [str(instance.pk), *(self._cell(c, instance) for c in self.columns)]
            return
        read = [column for column in self.columns if column.attname]
        at = {id(column): n for n, column in enumerate(read, 1)}
        plan = [(column.to_wire, at.get(id(column))) for column in self.columns]
        names = ["pk", *(str(column.attname) for column in read)]
        for values in queryset.values_list(*names).iterator(chunk_size=size):
            yield [str(values[0]), *(None if n is None else wire(values[n]) for wire, n in plan)]

    def _cell(self, column: Column, instance: models.Model) -> Any:
        if column.is_many and column.related_model:
            return None  # filled for all rows at once
        try:
            if column.attname:
                return column.to_wire(getattr(instance, column.attname))
            field = self._serializer.fields[column.name]
            value = field.get_attribute(instance)
            return column.to_wire(None if value is None else field.to_representation(value))
        except Exception:  # one bad row must not take the sheet away
            name, sheet = column.name, type(self.sheet)
            facts = {"event": "row.unread", "sheet": sheet.get_name(), "column": name}
            logger.exception("Column %r of %r cannot be read.", name, sheet, extra=facts)
            return BROKEN_CELL

    @cached_property
    def _serializer(self) -> Any:
        return self.sheet.get_serializer()

    def _fill_many(self, rows: list[Row], many: Iterable[tuple[int, Column]]) -> None:
        for n, column in many:
            keys = self._many_keys(column, [row[0] for row in rows])
            texts = read_labels(self.sheet, column, {k for found in keys.values() for k in found})
            for row in rows:
                row[n] = sorted(keys.get(row[0], ()), key=lambda k: (texts.get(k, ""), k))

    def _many_keys(self, column: Column, pks: Sequence[str]) -> dict[str, list[str]]:
        field: Any = self.sheet.get_model()._meta.get_field(column.source)
        through, mine = field.remote_field.through, field.m2m_field_name()
        pairs = through._default_manager.using(self.sheet.alias).filter(
            **{f"{mine}__in": self.keys(pks)}
        )
        found: dict[str, list[str]] = defaultdict(list)
        for pk, key in pairs.values_list(f"{mine}_id", f"{field.m2m_reverse_field_name()}_id"):
            found[str(pk)].append(str(key))
        return found


def _fits(field: models.Field[Any, Any], key: Any) -> bool:
    # PostgreSQL raises for an integer beyond the column's range, where others just find nothing.
    return not isinstance(key, int) or abs(key) < 2**63


def mark_of(row: Row, files: Sequence[int] = ()) -> int:
    """A number that stands for what the row holds, within this process.

    ``files`` are the places of files, which are compared by name: addresses may be signed anew.
    """
    if files:
        row = [cell["name"] if n in files and cell else cell for n, cell in enumerate(row)]
    try:
        mark = hash(tuple(row))
    except TypeError:  # a list or an object among the values
        mark = hash(repr(row))
    return mark if mark not in (0, 1) else 2  # these two mean something else


def places_of_files(sheet: Sheet) -> tuple[int, ...]:
    return tuple(n for n, column in enumerate(sheet.columns, 1) if column.type == "file")


# --- labels of relations ---------------------------------------------------------------------

Labels = dict[str, dict[str, str]]


def read_labels(sheet: Sheet, column: Column, keys: Iterable[str] | None) -> dict[str, str]:
    """What the related objects with these keys are called; None asks for all of them."""
    related = sheet.get_related_queryset(column.source).using(sheet.alias)
    if keys is not None:
        wanted = list(keys)
        if not wanted:
            return {}
        related = related.filter(**{f"{column.key_field}__in": wanted})
    return {str(getattr(obj, column.key_field)): _name(obj) for obj in related}


def _name(obj: models.Model) -> str:
    try:
        return str(obj)
    except Exception:  # one bad object must not take the sheet away
        facts = {"event": "label.unread", "model": obj._meta.label_lower}
        logger.exception("An object of %r cannot say its name.", type(obj), extra=facts)
        return BROKEN_CELL


def related_columns(sheet: Sheet) -> list[tuple[int, Column]]:
    return [(n, c) for n, c in enumerate(sheet.columns, 1) if c.related_model is not None]


def complete_labels(sheet: Sheet) -> Labels:
    """All labels of those relations that have few enough to be sent at once."""
    complete = {}
    for _n, column in related_columns(sheet):
        related = sheet.get_related_queryset(column.source).using(sheet.alias)
        if len(related.values_list("pk", flat=True)[: COMPLETE_LABELS + 1]) <= COMPLETE_LABELS:
            complete[column.name] = read_labels(sheet, column, None)
    return complete


def used_labels(sheet: Sheet, rows: Iterable[Row], known: Labels) -> Labels:
    """Labels of the keys in ``rows`` that are not known yet."""
    rows, found = list(rows), {}
    for n, column in related_columns(sheet):
        keys: set[str] = set()
        for row in rows:
            keys.update(row[n] if column.is_many else [row[n]] if row[n] is not None else [])
        sent = known.get(column.name, {})  # the event loop may add to it meanwhile
        missing = {key for key in keys if key not in sent}
        if missing and (labels := read_labels(sheet, column, missing)):
            found[column.name] = labels
    return found


def renamed_labels(
    sheet: Sheet, model_label: str, pks: Iterable[str], known: Labels, complete: Iterable[str]
) -> Labels:
    """Labels that differ from what was sent, after the related objects ``pks`` were written."""
    found: Labels = {}
    for _n, column in related_columns(sheet):
        target = column.related_model
        if target is None or target._meta.label_lower != model_label:
            continue
        related = sheet.get_related_queryset(column.source).using(sheet.alias)
        now = {
            str(getattr(obj, column.key_field)): _name(obj)
            for obj in related.filter(pk__in=list(pks))
        }
        sent = known.get(column.name, {})
        # A new object is of interest only where the browser was promised every acceptable key.
        wanted = now.keys() if column.name in complete else now.keys() & set(sent)
        if news := {key: now[key] for key in wanted if sent.get(key) != now[key]}:
            found[column.name] = news
    return found
