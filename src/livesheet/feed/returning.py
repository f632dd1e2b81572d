"""Reads that are shared by all who come back to an audience at the same time.

After a restart, a thousand sockets ask for what they missed, most of them since the same moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from threading import Lock

from livesheet.feed.backlogs import Backlog
from livesheet.feed.reading import Known, News, Reading
from livesheet.feed.snapshots import begin
from livesheet.log import changelog
from livesheet.log.batches import Batch
from livesheet.log.changelog import Position
from livesheet.sheet.rows import Labels, RowReader

# The most keys in the log, or changes, that a resume reads.
MAX_LOGGED = 20_000


class Moment:
    """``backlog`` has just begun; each part is read when somebody first needs it."""

    def __init__(self, reading: Reading, backlog: Backlog, label: str, related: frozenset[str]):
        self.backlog = backlog
        self.labels: Labels = {}
        self._reading, self._sheet = reading, reading.sheet
        self._label, self._related = label, related
        self._lock = Lock()
        self._visible: frozenset[str] | None = None
        self._logged: dict[Position, Batch | None] = {}
        self._news: dict[frozenset[str], asyncio.Task[News]] = {}

    def begin(self, promised: Collection[str]) -> None:
        """Read the labels that are sent whole. Synchronous."""
        self.labels = begin(self._sheet, self._reading.language, promised)

    def visible(self) -> frozenset[str]:
        """The keys of all rows that may be seen. Synchronous."""
        with self._lock:
            if self._visible is None:
                self._visible = frozenset(RowReader(self._sheet).visible_pks())
            return self._visible

    def logged(self, cursor: Position) -> Batch | None:
        """The changes since ``cursor``; None if the log does not say everything. Synchronous."""
        with self._lock:
            if cursor not in self._logged:
                self._logged[cursor] = self._read_log(cursor)
            return self._logged[cursor]

    def _read_log(self, cursor: Position) -> Batch | None:
        upto, using = self.backlog.position, self._sheet.alias
        batch, left, models = Batch(upto), MAX_LOGGED, (self._label, *self._related)
        for entry in changelog.each(using, cursor.seq, upto.seq, models):
            batch.add(entry, self._label, self._related)
            left -= max(1, len(entry.pks))
            if left < 0 or batch.resync:
                return None
        return batch if changelog.holds(using, cursor) else None

    async def news(self, pks: Collection[str]) -> News:
        """These rows as they are now, or were when somebody else asked for the same."""
        key = frozenset(pks)
        if key not in self._news:
            reading = asyncio.get_running_loop().create_task(self._reading.news(pks, {}, Known()))
            reading.add_done_callback(_heard)
            self._news[key] = reading
        return await asyncio.shield(self._news[key])


def _heard(task: asyncio.Task[News]) -> None:
    if not task.cancelled():
        task.exception()  # nobody may be left to be told
