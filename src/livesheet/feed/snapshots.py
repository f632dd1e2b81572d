"""All visible rows of an audience, read and encoded once for all that load at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator

from django.utils import translation
from django.utils.translation import gettext as _

from livesheet import threads
from livesheet.exceptions import Refused
from livesheet.feed.backlogs import Backlog, add_labels
from livesheet.feed.told import Marks, Told
from livesheet.sheet import row_texts
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import Labels, RowReader, complete_labels, labels_of_keys
from livesheet.wire import protocol

FIRST_CHUNK = 250
CHUNK = 2_000
SNAPSHOTS_AT_ONCE = 1

# Rows as JSON, and the labels that they need.
Chunk = tuple[str, Labels]


def begin(sheet: Sheet, language: str, promised: Collection[str]) -> Labels:
    """The labels that are sent whole, including the ``promised`` ones. Synchronous.

    Raises ``Refused`` if the sheet has too many rows.
    """
    count = sheet.rows().count()
    with translation.override(language):
        if count > sheet.max_rows:
            raise Refused(protocol.TOO_MANY_ROWS, _too_many(count, sheet.max_rows))
        return complete_labels(sheet, promised)


def _too_many(count: int, most: int) -> str:
    """The message, for the user and for the developer whom the user will ask."""
    words = _(
        "This sheet has %(count)s rows but can show only %(most)s. Narrow its"
        " get_queryset() or raise max_rows."
    )
    return words % {"count": f"{count:,}", "most": f"{most:,}"}


class Snapshot:
    """One reading, begun at once. It never waits for a client; clients wait for its chunks.

    ``backlog`` began before the first row was read, and gets whatever is told since. ``late`` are
    the keys of rows that disappeared meanwhile without a word in the backlog.
    """

    def __init__(
        self,
        sheet: Sheet,
        language: str,
        told: Told,
        backlog: Backlog,
        labels: Labels | None,
        promised: Collection[str] = (),
    ) -> None:
        """``labels`` are those that are sent whole, if they have been read already."""
        self.sheet = sheet
        self.language = language
        self.backlog = backlog
        self.late: list[str] = []
        self.complete = labels
        self._promised = promised
        self._told = told
        self._chunks: list[Chunk] = []
        self._more = asyncio.Event()
        self._gate = _gate(sheet.get_name())
        self._reading = asyncio.get_running_loop().create_task(self._read())
        self._reading.add_done_callback(self._ended)

    @property
    def is_over(self) -> bool:
        return self._reading.done()

    def is_for(self, told: Told) -> bool:
        """Whether it was read since the last reset. Of an older one, no row would ever be gone."""
        return self._told is told

    async def labels(self) -> Labels:
        """Those that are sent whole; raises what went wrong with the reading."""
        while self.complete is None:
            if self._reading.done():
                self._reading.result()
            await self._more.wait()
        return self.complete

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The chunks from the first on; raises what went wrong with the reading."""
        taken = 0
        while True:
            while taken < len(self._chunks):
                yield self._chunks[taken]
                taken += 1
            if self._reading.done():
                self._reading.result()
                return
            await self._more.wait()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()

        def produce() -> None:
            if self.complete is None:
                self.complete = begin(self.sheet, self.language, self._promised)
            loop.call_soon_threadsafe(self._add, "", [], self.complete)
            for text, marks, needed in self._read_chunks():
                loop.call_soon_threadsafe(self._add, text, marks, needed)

        threads.work_for(self.sheet.get_name())
        async with self._gate:
            await threads.run(produce)

    def _read_chunks(self) -> Iterator[tuple[str, Marks, Labels]]:
        known: Labels = {}
        add_labels(known, self.complete or {})
        with translation.override(self.language):
            reader, first = RowReader(self.sheet), FIRST_CHUNK
            # A screenful at once, the rest in larger pieces.
            for rows in row_texts.chunks(reader, self.sheet.ordered_rows(), CHUNK):
                for part in filter(None, (rows[:first], rows[first:])):
                    labels = labels_of_keys(self.sheet, part.keys, known)
                    add_labels(known, labels)
                    marks = list(zip(part.pks, part.marks, strict=True))
                    yield f"[{','.join(part.texts)}]", marks, labels
                first = CHUNK

    def _add(self, text: str, marks: Marks, labels: Labels) -> None:
        self.late += self._told.admit(marks, labels, self.backlog)
        self._chunks.append((text, labels))
        self._wake()

    def _ended(self, reading: asyncio.Task[None]) -> None:
        if not reading.cancelled():
            reading.exception()  # nobody may be left to be told
        self._wake()

    def _wake(self) -> None:
        waiting, self._more = self._more, asyncio.Event()
        waiting.set()


_gates: dict[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = {}


def _gate(sheet_name: str) -> asyncio.Semaphore:
    """Limits how many snapshots of one sheet a process reads at a time, but not other sheets'."""
    loop = asyncio.get_running_loop()
    for old in [known for known in _gates if known.is_closed()]:
        del _gates[old]
    gates = _gates.setdefault(loop, {})
    return gates.setdefault(sheet_name, asyncio.Semaphore(SNAPSHOTS_AT_ONCE))
