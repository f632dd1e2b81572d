"""Audiences that show the same columns of different rows: their reads are done together.

A row that was written is read once for all of them, and one statement finds out who sees it. Both
happen in one snapshot of the database, so that nobody is sent what a row contained while they could
not see it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Container, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet, WeakValueDictionary

from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import translation

from livesheet import metrics, scopes, threads
from livesheet.feed import sight
from livesheet.feed.garbage import sparing
from livesheet.log.batches import Batch
from livesheet.log.changelog import Entry, Position
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
from livesheet.tables import Change

if TYPE_CHECKING:
    from livesheet.feed.frames import Said
    from livesheet.feed.told import Marks

# How long audiences are answered before other tasks have a turn: each then writes a frame to its
# sockets, which the kernel takes up at the end of the turn.
ANSWER_SECONDS = 0.0015
# The most rows of a batch that audiences have in common.
MOST_COMMON = 500


@dataclass(slots=True, eq=False)
class Found:
    """What one of the audiences sees of the rows that were written.

    Those who see the same share it, and with it what their frames have in common (``said``).
    """

    rows: dict[str, Row]
    marks: Marks
    labels: Labels
    said: dict[Hashable, Said] = field(default_factory=dict)


Answer = Found | None | Exception


@dataclass(slots=True, eq=False)
class Question:
    """One object for each audience and change: the garbage collector looks at all of them."""

    sheet: Sheet
    pks: Collection[str]
    known: Labels
    asker: Asks


class Asks(Protocol):
    """Who is answered; with None if the question has to be asked separately."""

    def answered(self, question: Question, answer: Answer) -> None: ...


class Asker(Asks, Protocol):
    """An audience that has a batch to read."""

    def question(self) -> Question | None: ...


class Kin:
    """Answers questions together that come within one turn of the event loop, or while others are
    being answered, in one task for all of them.
    """

    def __init__(self, language: str, first: Sheet) -> None:
        self._language = language
        self.first = first  # its kin can use what was built for it
        self._waiting: list[Question] = []
        self._askers: list[Asker] = []
        self._task: asyncio.Task[None] | None = None
        self._readers: WeakSet[Any] = WeakSet()
        self._noted: Sequence[Entry] = ()
        self._began_with: Sequence[Entry] = ()
        self._common: Batch | None = None

    def join(self, reader: object) -> None:
        """Count the reader as kin, for as long as it exists."""
        self._readers.add(reader)

    @property
    def is_one_alone(self) -> bool:
        return len(self._readers) < 2

    # --- what they have in common ------------------------------------------------------------

    def common(
        self,
        entries: Sequence[Entry],
        position: Position,
        label: str,
        related: Container[str],
        last: Batch | None,
    ) -> Batch | None:
        """The batch that all of the audiences fill, with these ``entries``, noted once for them.

        ``last`` is what the audience itself is filling. None if it has to note them by itself: it
        has fallen out of step, or they are not plain.
        """
        if entries is not self._noted:
            self._noted = entries
            self._common = self._filled(entries, position, label, related, last)
        may_begin = last is None and self._began_with is entries
        return self._common if may_begin or last is self._common else None

    def _filled(
        self,
        entries: Sequence[Entry],
        position: Position,
        label: str,
        related: Container[str],
        last: Batch | None,
    ) -> Batch | None:
        size = sum(len(entry.pks) for entry in entries)
        if size > MOST_COMMON or not all(_is_plain(entry, related) for entry in entries):
            return None
        batch = self._common
        if batch is None or batch is not last or len(batch.by) + size > MOST_COMMON:
            batch, self._began_with = Batch(position, is_common=True), entries
        for entry in entries:
            batch.add(entry, label, related)
        batch.position = position
        return batch

    def ask(self, asker: Asker) -> None:
        """Have the ``asker`` asked for its question as soon as there is a turn for it."""
        self._askers.append(asker)
        self._begin()

    async def read(self, sheet: Sheet, pks: Collection[str], known: Labels) -> Found | None:
        """The rows among ``pks`` that ``sheet`` shows, and labels that are not ``known`` yet.

        None if it must be read separately.
        """
        promised = _Promised()
        self._waiting.append(Question(sheet, pks, known, promised))
        self._begin()
        return await promised.future

    # --- answers -----------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._task is None:  # for all of them, in nobody's context
            context = scopes.empty_context(scopes.current())
            self._task = asyncio.get_running_loop().create_task(self._work(), context=context)

    async def _work(self) -> None:
        if self.first is not None:
            threads.work_for(self.first.get_name())
        try:
            while self._waiting or self._askers:
                await self._all_have_asked()
                if asked := self._asked():
                    await self._answer(asked)
                    del asked
                    sparing.worked()
        finally:
            self._task = None

    async def _all_have_asked(self) -> None:
        count = 0
        while count != (count := len(self._waiting) + len(self._askers)):
            await asyncio.sleep(0)

    def _asked(self) -> list[Question]:
        """What is to be read now. The batch that they have in common is complete with this."""
        self._common = None
        asked, self._waiting = self._waiting, []
        askers, self._askers = self._askers, []
        return [*asked, *filter(None, [asker.question() for asker in askers])]

    def complete(self, batch: Batch) -> None:
        """Nothing more is added to ``batch``, which one of them begins to read."""
        if self._common is batch:
            self._common = None

    async def _answer(self, asked: Sequence[Question]) -> None:
        answers: Sequence[Answer] | None = None
        try:
            if len(asked) > 1:
                answers = await threads.run(_read, asked, self._language)
        except (OperationalError, InterfaceError) as error:  # the database is away for all
            answers = [error] * len(asked)
        except Exception:  # mostly one user's hook, not the others': each asks alone
            answers = None
        pause_at = time.perf_counter() + ANSWER_SECONDS
        for n, question in enumerate(asked):
            question.asker.answered(question, answers[n] if answers else None)
            if time.perf_counter() > pause_at:
                await asyncio.sleep(0)
                pause_at = time.perf_counter() + ANSWER_SECONDS


def _is_plain(entry: Entry, related: Container[str]) -> bool:
    return entry.kind != Change.Kind.RESYNC and entry.model not in related


class _Promised:
    """The answer for one who waits for it."""

    def __init__(self) -> None:
        self.future: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()

    def answered(self, _question: Question, answer: Answer) -> None:
        if self.future.done():
            return
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


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


def _read(asked: Sequence[Question], language: str) -> list[Found] | None:
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
    kept: dict[Hashable, Found] = {}
    found = []
    for question, seen in zip(asked, shown, strict=True):
        key = id(question.pks), frozenset(seen)  # a batch that they have in common is one object
        if key not in kept:
            kept[key] = _found(question, {str(one) for one in seen}, rows, marks)
        found.append(_with_labels(kept[key], question, labels) if labels else kept[key])
    return found


def _rows(reader: RowReader, sheet: Sheet, keys: Iterable[Any]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    wanted = list(keys)
    for start in range(0, len(wanted), READ_BATCH):
        part = sight.all_rows(sheet).filter(pk__in=wanted[start : start + READ_BATCH])
        for rows in reader.chunks(part.order_by(), READ_BATCH):
            found.update((row[0], row) for row in rows)
    return found


def _found(
    question: Question, seen: set[str], rows: dict[str, Row], marks: dict[str, int]
) -> Found:
    own = {pk: rows[pk] for pk in question.pks if pk in seen and pk in rows}
    return Found(own, [(pk, marks[pk]) for pk in own], {})


def _with_labels(found: Found, question: Question, labels: Labels) -> Found:
    """The same, with the labels that this audience has not been told yet."""
    used: Labels = {}
    for n, column in related_columns(question.sheet):
        texts, known = labels.get(column.name, {}), question.known.get(column.name, {})
        keys = {key for row in found.rows.values() for key in keys_in(row[n])}
        if new := {key: texts[key] for key in keys if key in texts and key not in known}:
            used[column.name] = new
    return Found(found.rows, found.marks, used, found.said) if used else found


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
