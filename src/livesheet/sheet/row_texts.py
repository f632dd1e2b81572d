"""Reads rows as the JSON texts that are sent, as far as possible written by the database.

A column takes part if the database is proven to write what Python would (see ``database_json``);
others are read and encoded here and put in between. Where nothing is proven, for a whole sheet or
for a row, ``RowReader`` reads it. Whichever way a row is read, its text is the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models, transaction

from livesheet.sheet import database_json
from livesheet.sheet.columns import LATER, Column
from livesheet.sheet.database_json import Cell, RowJson
from livesheet.sheet.guards import guarded
from livesheet.sheet.marks import mark_of, mark_of_text, places_of_files
from livesheet.sheet.narrowing import DRIVERS
from livesheet.sheet.rows import (
    Row,
    RowReader,
    keys_in,
    related_columns,
)
from livesheet.sheet.serializers import model_field
from livesheet.wire.values import dumps, of_text

logger = logging.getLogger("livesheet")

# The names under which parts of rows are asked for.
PART = "livesheet_part_"


@dataclass(slots=True)
class RowTexts:
    """Some rows: their keys, texts and marks, and the related keys in them by column."""

    pks: list[str]
    texts: list[str]
    marks: list[int]
    keys: dict[str, set[str]] = field(default_factory=dict)

    def __getitem__(self, some: slice) -> RowTexts:
        return RowTexts(self.pks[some], self.texts[some], self.marks[some], self.keys)

    def __len__(self) -> int:
        return len(self.pks)


def chunks(reader: RowReader, rows: models.QuerySet[Any], size: int) -> Iterator[RowTexts]:
    """The rows of the queryset in its order. Synchronous.

    If the database fails on the way, those that were given before come once more.
    """
    asking = _Asking.about(reader, rows)
    if asking is not None:
        try:
            yield from asking.chunks(size)
            return
        except DRIVERS as error:
            label = rows.model._meta.label_lower
            facts = {"event": "rows.encoded", "model": label}
            text = "The database does not encode the rows of %s, after %s."
            logger.info(text, label, type(error).__name__, extra=facts)
    for found in reader.chunks(rows, size):
        yield encoded(reader, found)


def encoded(reader: RowReader, rows: list[Row]) -> RowTexts:
    """Rows that ``reader`` has read."""
    texts, files = list(map(dumps, rows)), places_of_files(reader.sheet)
    marks = [mark_of(row, files) for row in rows] if files else list(map(mark_of_text, texts))
    keys = {
        column.name: {key for row in rows for key in keys_in(row[n])}
        for n, column in related_columns(reader.sheet)
    }
    return RowTexts([row[0] for row in rows], texts, marks, keys)


class _Asking:
    """A query for the parts of rows: texts of several cells each, and columns between them."""

    def __init__(
        self, reader: RowReader, rows: models.QuerySet[Any], cells: Sequence[Cell | None]
    ) -> None:
        """``cells`` are of the key and of each column, None where nothing is proven."""
        self._reader = reader
        self._is_whole = all(cells)
        expressions: dict[str, RowJson] = {}
        self._parts: list[Column | str] = []
        names = ["pk", *(column.attname for column in reader.columns)]
        for is_proven, group in groupby(range(len(cells)), lambda n: cells[n] is not None):
            places = list(group)
            if not is_proven:
                self._parts += [reader.columns[n - 1] for n in places]
                continue
            written = [(cell, models.F(str(names[n]))) for n in places if (cell := cells[n])]
            name = f"{PART}{len(expressions)}"
            expressions[name] = RowJson(written, "[]" if self._is_whole else "")
            self._parts.append(name)
        asked = [part if isinstance(part, str) else part.attname for part in self._parts]
        self._names = [name for name in asked if name]
        self._rows = rows.prefetch_related(None).annotate(**expressions)

    @classmethod
    def about(cls, reader: RowReader, rows: models.QuerySet[Any]) -> _Asking | None:
        """None if too little is proven for it to be worthwhile, or the query is of a rare kind."""
        connection = connections[rows.db]
        # A transaction of somebody else's must not break if the database fails.
        is_able = database_json.can_write(connection) and not connection.in_atomic_block
        if not is_able or not reader.plain or places_of_files(reader.sheet) or _is_rare(rows.query):
            return None
        try:
            cells = list(_cells(reader, rows))
        except (EmptyResultSet, *DRIVERS):
            return None
        is_worth_it = cells[0] is not None and 2 * cells.count(None) < len(cells)
        return cls(reader, rows, cells) if is_worth_it else None

    def chunks(self, size: int) -> Iterator[RowTexts]:
        found = guarded(self._rows.values_list("pk", *self._names)).iterator(chunk_size=size)
        # In a transaction, PostgreSQL need not compute all rows before it gives the first.
        with self._in_a_transaction():
            while rows := list(islice(found, size)):
                yield self._completed(self._encoded(rows))

    def _in_a_transaction(self) -> AbstractContextManager[None]:
        if connections[self._rows.db].vendor != "postgresql":  # SQLite's would keep others waiting
            return nullcontext()
        together: AbstractContextManager[None] = transaction.atomic(using=self._rows.db)
        return together

    def _encoded(self, rows: list[tuple[Any, ...]]) -> tuple[list[str | None], RowTexts]:
        keys, *held = zip(*rows, strict=True)
        given = dict(zip(self._names, held, strict=True))
        found = RowTexts(list(map(str, keys)), [], [])
        if self._is_whole:
            return list(held[0]), found
        parts = [
            given[part] if isinstance(part, str) else self._column(part, given, found)
            for part in self._parts
        ]
        joined = zip(*parts, strict=True)
        return [None if None in row else f"[{','.join(row)}]" for row in joined], found

    def _column(self, column: Column, given: dict[str, Any], found: RowTexts) -> Iterable[str]:
        cells: Iterable[Any]
        if column.placeholder is LATER:
            cells = self._reader.members(column, found.pks)
        elif column.attname:
            cells = self._reader.straight(column, given[column.attname])
        else:
            cells = [None] * len(found)
        if column.related_model is not None:
            found.keys[column.name] = {key for cell in cells for key in keys_in(cell)}
        return map(dumps, cells)

    def _completed(self, given: tuple[list[str | None], RowTexts]) -> RowTexts:
        """Includes the rows of which something is not proven; these are read separately."""
        texts, found = given
        left = [pk for pk, text in zip(found.pks, texts, strict=True) if text is None]
        if left:
            apart = encoded(self._reader, list(self._reader.read(left).values()))
            theirs = dict(zip(apart.pks, apart.texts, strict=True))
            both = zip(found.pks, texts, strict=True)
            texts = [theirs.get(pk) if text is None else text for pk, text in both]
            for name, keys in apart.keys.items():
                found.keys.setdefault(name, set()).update(keys)
            found.pks = [pk for pk, text in zip(found.pks, texts, strict=True) if text is not None]
        found.texts = [text for text in texts if text is not None]
        found.marks = list(map(mark_of_text, found.texts))
        return found


def _is_rare(query: Any) -> bool:
    return bool(
        query.combinator or query.distinct or query.is_sliced or query.group_by is not None
        or query.extra or any(name.startswith(PART) for name in query.annotations)
    )  # fmt: skip


def _cells(reader: RowReader, rows: models.QuerySet[Any]) -> Iterator[Cell | None]:
    """What is proven of the key and of each column, given the types that they really have."""
    model, connection = rows.model, connections[rows.db]
    names = ["pk", *(column.attname for column in reader.columns if column.attname)]
    asked = rows.prefetch_related(None).order_by().values_list(*names).query
    sql, params = asked.get_compiler(rows.db).as_sql()
    with connection.cursor() as cursor:
        types_alone = f"SELECT * FROM ({sql}) livesheet_types LIMIT 0"  # nosec B608: Django's
        cursor.execute(types_alone, params)
        types = iter([one[1] for one in cursor.description])
    yield database_json.cell_of(connection, model._meta.pk, next(types), of_text)
    for column in reader.columns:
        plain, kind = model_field(model, column.source), next(types) if column.attname else None
        yield database_json.cell_of(connection, plain, kind, column.to_wire)
