"""Audiences that show the same columns of different rows: their reads are done together.

A row that was written is read once for all of them, and one statement finds out who sees it. Both
happen in one snapshot of the database, so that nobody is sent what a row contained while they could
not see it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, WeakValueDictionary

from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import translation

from livesheet import metrics, threads
from livesheet.feed import sight
from livesheet.sheet.declaration import Sheet, varying
from livesheet.sheet.marks import mark_of, places_of_files
from livesheet.sheet.rows import (
    READ_BATCH,
    Labels,
    Row,
    RowReader,
    keys_in,
    related_columns,
    used_labels,
)
from livesheet.sheet.variation import OF_ROWS

if TYPE_CHECKING:
    from livesheet.feed.told import Marks

# How many audiences are answered before other tasks have a turn: each then encodes a frame and
# writes it to its sockets.
AT_ONCE = 8


@dataclass(slots=True)
class Found:
    """What one of the audiences sees of the rows that were written."""

    rows: dict[str, Row]
    marks: Marks
    labels: Labels


@dataclass(slots=True, eq=False)
class _Question:
    sheet: Sheet
    pks: Collection[str]
    known: Labels
    answer: asyncio.Future[Found | None]


class Kin:
    """Answers questions together that come within one turn of the event loop, or while others are
    being answered.
    """

    def __init__(self, language: str, first: Sheet) -> None:
        self._language = language
        self.first = first  # its kin can use what was built for it
        self._waiting: list[_Question] = []
        self._task: asyncio.Task[None] | None = None
        self._readers: WeakSet[Any] = WeakSet()

    def join(self, reader: object) -> None:
        """Count the reader as kin, for as long as it exists."""
        self._readers.add(reader)

    @property
    def is_one_alone(self) -> bool:
        return len(self._readers) < 2

    async def read(self, sheet: Sheet, pks: Collection[str], known: Labels) -> Found | None:
        """The rows among ``pks`` that ``sheet`` shows, and labels that are not ``known`` yet.

        None if it must be read separately.
        """
        loop = asyncio.get_running_loop()
        question = _Question(sheet, pks, known, loop.create_future())
        self._waiting.append(question)
        if self._task is None:
            self._task = loop.create_task(self._work())
        return await question.answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._all_have_asked()
                asked, self._waiting = self._waiting, []
                await self._answer([one for one in asked if not one.answer.done()])
        finally:
            self._task = None

    async def _all_have_asked(self) -> None:
        count = 0
        while count != len(self._waiting):
            count = len(self._waiting)
            await asyncio.sleep(0)

    async def _answer(self, asked: list[_Question]) -> None:
        try:
            answers = await threads.run(_read, asked, self._language) if len(asked) > 1 else None
        except (OperationalError, InterfaceError) as error:  # the database is away for all
            for question in asked:
                if not question.answer.done():
                    question.answer.set_exception(error)
            return
        except Exception:  # mostly one user's hook, not the others': each asks alone
            answers = None
        for n, question in enumerate(asked):
            if not question.answer.done():
                question.answer.set_result(answers[n] if answers else None)
            if n % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)


class Kinships:
    """The kinships of one feed, for as long as their audiences exist."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[Hashable, Kin] = WeakValueDictionary()

    def of(self, sheet: Sheet, language: str) -> Kin | None:
        """The audiences to read with; None if other users may see other values in a row."""
        own = set(varying(type(sheet)))
        if own - OF_ROWS or sheet.serializer_class is not None:
            return None
        reader = RowReader(sheet)
        if not reader.plain or reader.many or sheet.style is not None:
            return None
        key = (type(sheet), sheet.alias, language, *(column.name for column in sheet.columns))
        kin = self._known.get(key)
        if kin is None:
            kin = self._known[key] = Kin(language, sheet)
        return kin


def _read(asked: Sequence[_Question], language: str) -> list[Found] | None:
    """The answer to each question; None if each must be asked separately. Synchronous."""
    first, sheets = asked[0].sheet, [question.sheet for question in asked]
    reader, files = RowReader(first), places_of_files(first)
    keys = reader.keys(dict.fromkeys(pk for question in asked for pk in question.pks))
    with translation.override(language), metrics.read_seconds.time():
        try:
            for sheet in sheets:  # before the snapshot: a hook may ask the database, too
                sight.statement_of(sheet)
            with _snapshot(first.alias):
                shown = sight.seen(sheets, keys)
                rows = _rows(reader, first, {key for found in shown for key in found})
        except sight.Refused:
            return None
        labels = used_labels(first, rows.values(), {})
    marks = {pk: mark_of(row, files) for pk, row in rows.items()}
    return [
        _found(question, {str(key) for key in seen}, rows, marks, labels)
        for question, seen in zip(asked, shown, strict=True)
    ]


def _rows(reader: RowReader, sheet: Sheet, keys: Iterable[Any]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), READ_BATCH):
        part = sight.all_rows(sheet).filter(pk__in=wanted[start : start + READ_BATCH])
        for rows in reader.chunks(part.order_by(), READ_BATCH):
            found.update((row[0], row) for row in rows)
    return found


def _found(
    question: _Question,
    seen: set[str],
    rows: dict[str, Row],
    marks: dict[str, int],
    labels: Labels,
) -> Found:
    own = {pk: rows[pk] for pk in question.pks if pk in seen and pk in rows}
    used: Labels = {}
    for n, column in related_columns(question.sheet) if labels else ():
        texts, known = labels.get(column.name, {}), question.known.get(column.name, {})
        keys = {key for row in own.values() for key in keys_in(row[n])}
        if new := {key: texts[key] for key in keys if key in texts and key not in known}:
            used[column.name] = new
    return Found(own, [(pk, marks[pk]) for pk in own], used)


@contextmanager
def _snapshot(using: str) -> Iterator[None]:
    """Everything that is read inside is from one moment; SQLite's transactions do this by
    themselves.
    """
    connection = connections[using]
    with transaction.atomic(using=using):
        if connection.vendor in ("postgresql", "mysql"):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
