"""The open sockets for which one encoded frame is right, and what has been sent to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import NamedTuple
from weakref import WeakSet, ref

from livesheet import lineage, metrics, threads
from livesheet.feed import sight
from livesheet.feed.backlogs import Backlog, Delivery, add_labels
from livesheet.feed.cursors import Cursors
from livesheet.feed.frames import change_frames, label_frames
from livesheet.feed.kin import Kin
from livesheet.feed.likeness import Key
from livesheet.feed.opening import Together
from livesheet.feed.reading import Known, News, Reading
from livesheet.feed.resets import Resets
from livesheet.feed.returning import Moment
from livesheet.feed.snapshots import Snapshot, begin
from livesheet.feed.told import Told
from livesheet.log.batches import Batch
from livesheet.log.changelog import Entry, Position
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import Labels
from livesheet.tables import Change
from livesheet.wire.errands import Once
from livesheet.wire.sockets import Socket

logger = logging.getLogger("livesheet")

# The most rows of a batch, and of one that follows a batch whose reading took longer than this.
ROWS_PER_BATCH = 2_000
ROWS_PER_SLOW_BATCH = 500
READ_SECONDS = 0.1
FAN_OUT_SECONDS = 0.005
REACH_SECONDS = 3.0


Turn = Callable[[], AbstractAsyncContextManager[None]]


class Begun(NamedTuple):
    """The position at which somebody began to read, and labels that were read since then."""

    backlog: Backlog
    labels: Labels


class Audience:
    """Reads a batch once for all its sockets, encodes it once, and passes the same texts to each.

    While a read is under way, new changes accumulate, so the batch grows with the load, and the
    latency of an idle server is that of one read. A member that is not live has a backlog, which
    gets each batch too.
    """

    def __init__(
        self, key: Key, sheet: Sheet, language: str, position: Position, kin: Kin | None = None
    ) -> None:
        self.key = key
        self.cursors = Cursors(sheet)
        self.language = language
        self.label = lineage.label_of(sheet.get_model())
        self.related = frozenset(
            c.related_model._meta.label_lower for c in sheet.columns if c.related_model
        )
        self.depends_on = frozenset(lineage.label_of(model) for model in sheet.depends_on)
        self.comparison_wanted = asyncio.Event()
        self.members: set[Member] = set()
        self.reading = Reading(sheet, language, self.members, kin)
        self.told = Told()
        self.promised: frozenset[str] = frozenset()  # relations of which some member has all labels
        self.position = position  # members were told of everything up to here
        self.seen = position  # changes were noticed up to here
        self.found_at = -1  # where the log was when rows were last sent without a change
        self._read_through = position
        self._batches: deque[Batch] = deque()
        self._most_rows = ROWS_PER_BATCH
        self._backlogs: WeakSet[Backlog] = WeakSet()
        self._due: deque[Member] = deque()  # those whom the present delivery has not reached yet
        self._moved: asyncio.Event | None = None  # where somebody waits for it
        self._task: asyncio.Task[None] | None = None
        self._snapshot: ref[Snapshot] | None = None
        self._resets = Resets(self.reset)
        self.opening = Together(self._open)
        self.returning = Together(self._look)

    # --- in ----------------------------------------------------------------------------------

    def take(self, entries: Iterable[Entry], position: Position) -> None:
        """Note what was written; the frame follows as soon as it has been read."""
        self.seen = position
        for entry in entries:
            if entry.model == self.label or entry.model in self.related:
                self._open_batch().add(entry, self.label, self.related)
            if entry.model in self.depends_on:
                self.comparison_wanted.set()
            if entry.model in self.depends_on or entry.kind == Change.Kind.ACCESS:
                sight.forget(self.sheet)
        self._open_batch().position = position
        self._work_on()

    def tell(self, pks: Iterable[str], related: dict[str, set[str]]) -> None:
        """Send these rows and labels, for which there is no change."""
        self.found_at = self.seen.seq
        batch = self._open_batch()
        batch.by = {**dict.fromkeys(pks, ""), **batch.by}
        for model, keys in related.items():
            batch.related.setdefault(model, set()).update(keys)
        self._work_on()

    def start_from(self, position: Position) -> None:
        """The log has been replaced: give every member a snapshot."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._batches.clear()
        self.seen = self._read_through = position
        self.reset()  # at once: what is shown may belong to another log altogether

    def stop(self) -> None:
        self._resets.stop()
        if self._task is not None:
            self._task.cancel()

    def _open_batch(self) -> Batch:
        """The batch that is being filled; a batch with enough rows is left as it is."""
        if not self._batches or len(self._batches[-1].by) >= self._most_rows:
            self._batches.append(Batch(self.seen))
        return self._batches[-1]

    @property
    def sheet(self) -> Sheet:
        return self.reading.sheet

    def replace_sheet(self, sheet: Sheet) -> Sheet:
        """Read with the rights of ``sheet`` from now on. Returns the former sheet."""
        before, self.reading.sheet = self.sheet, sheet
        return before

    def sent(self) -> list[str] | None:
        """The rows that some member was sent; None if these are all rows that may be seen."""
        return None

    @property
    def is_listening(self) -> bool:
        """Whether some member has all rows; others may still be loading them."""
        return any(member.has_all for member in self.members)

    async def reaches(self, position: Position) -> bool:
        """Wait until all changes through ``position`` were sent. Returns False if it takes long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REACH_SECONDS):
                while self.position.epoch == position.epoch and self.position.seq < position.seq:
                    self._moved = self._moved or asyncio.Event()
                    await self._moved.wait()
        return self.position.epoch == position.epoch and self.position.seq >= position.seq

    # --- out ---------------------------------------------------------------------------------

    def _work_on(self) -> None:
        if self._task is not None:
            return
        if any(not batch.is_empty for batch in self._batches):
            self._task = asyncio.get_running_loop().create_task(self._work())
        else:
            self._batches.clear()
            self._move_to(self.seen)

    async def _work(self) -> None:
        threads.work_for(self.sheet.get_name())
        while self._batches:
            batch = self._batches.popleft()
            try:
                await self._publish(batch)
            except Exception:
                text = "%r cannot be read; its sockets start anew."
                facts = self.reading.facts("audience.reset")
                logger.exception(text, type(self.sheet), extra=facts)
                self._resets.want()
            self._move_to(batch.position)
        self._task = None

    async def _publish(self, batch: Batch) -> None:
        if batch.resync:
            self._resets.want()
        if not (batch.by or batch.related) or not (self.is_listening or self._backlogs):
            return
        metrics.batch_rows.observe(len(batch.by))
        news = await self._read_batch(batch)
        # No await from here to the backlogs: a reader begins before all of this, or after it.
        delivery = self._encoded(batch, news)
        for backlog in self._backlogs:
            backlog.add(delivery)
        await self._hand_out(delivery)

    def _encoded(self, batch: Batch, news: News) -> Delivery:
        sent, rows = self.told.pks, news.rows
        gone = [pk for pk in batch.by if pk not in rows and pk in sent]
        missing = [pk for pk in batch.by if pk not in rows and pk not in sent]
        by = {pk: batch.by[pk] for pk in (*rows, *gone)}
        refs = batch.refs_of(by, {(member.user, member.client) for member in self.members})
        self.told.note(news.marks, gone, news.labels)
        former, reached = self.position, self._move_to(batch.position)
        texts = label_frames(news.labels)
        if texts or by or refs:  # each delivery brings a cursor, which acknowledges it
            here, there = partial(self.cursors.seal, former), self.cursors.seal(reached)
            texts += change_frames(here, there, list(rows.values()), gone, by, refs)
        return Delivery(texts, reached, by, refs, news.labels, missing)

    async def _hand_out(self, delivery: Delivery) -> None:
        self._due.extend(member for member in self.members if member.is_live)
        pause_at = time.perf_counter() + FAN_OUT_SECONDS
        while self._due:
            self._due.popleft().hear(delivery)
            if time.perf_counter() > pause_at:
                await asyncio.sleep(0)  # let other tasks have a turn
                pause_at = time.perf_counter() + FAN_OUT_SECONDS

    @property
    def is_quiet(self) -> bool:
        """Whether each live member has been given everything through ``position``."""
        return not self._due

    def _move_to(self, position: Position) -> Position:
        """Returns the position to send: not past a change that only a snapshot can bring."""
        self._read_through = position
        if not self._resets.is_wanted:
            self.position = position
            if self._moved is not None:
                self._moved.set()
            self._moved = None
        return self.position

    # --- reading -----------------------------------------------------------------------------

    async def _read_batch(self, batch: Batch) -> News:
        began, common = time.perf_counter(), self.told.common
        known = Known(common, self.told.labels, self.told.followed)
        if self._backlogs:  # those who are reading may have any label in its former form
            known = Known(common, {}, self.reading.relations)
        news = await self.reading.news(list(batch.by), batch.related, known)
        if self.told.common is not common:  # meanwhile somebody came who has none of them
            add_labels(news.labels, await threads.run(self.reading.labels_of, news.rows))
        self._take_linked(batch, news)
        is_slow = time.perf_counter() - began > READ_SECONDS
        self._most_rows = ROWS_PER_SLOW_BATCH if is_slow else ROWS_PER_BATCH
        return news

    def _take_linked(self, batch: Batch, news: News) -> None:
        """Rows that were not written themselves are sent if their members have changed."""
        if news.linked is None:
            self.comparison_wanted.set()
        marks = dict(news.marks)
        for pk in (news.linked or set()).difference(batch.by):
            if marks.get(pk) != self.told.pks.mark_of(pk):
                batch.by[pk] = ""
            else:
                news.rows.pop(pk, None)

    # --- readers -----------------------------------------------------------------------------

    def backlog(self) -> Backlog:
        """Collects every delivery from now on, for a member that begins to read."""
        backlog = Backlog(self.position)
        self._backlogs.add(backlog)
        self.told.expect_reader()
        return backlog

    async def _open(self) -> Snapshot:
        told, backlog = self.told, self.backlog()
        labels = await threads.run(begin, self.sheet, self.language, self.promised)
        return self.snapshot(Begun(backlog, labels) if self.told is told else None)

    async def _look(self) -> Moment:
        moment = Moment(self.reading, self.backlog(), self.label, self.related)
        await threads.run(moment.begin, self.promised)
        return moment

    def snapshot(self, begun: Begun | None = None) -> Snapshot:
        """All rows; a reading that is under way is shared by all that load in the meantime."""
        snapshot = self._snapshot() if self._snapshot is not None else None
        if snapshot is None or snapshot.is_over:
            backlog, labels = begun or (self.backlog(), None)
            snapshot = Snapshot(
                self.sheet, self.language, self.told, backlog, labels, self.promised
            )
            self._snapshot = ref(snapshot)  # kept alive by those who take its chunks
        return snapshot

    def reset(self) -> None:
        """Give every member a new snapshot now."""
        self._resets.begun()
        self._snapshot = None  # what is being read may be older than the reset
        self.told = Told()
        self._due.clear()
        self._move_to(self._read_through)
        for member in tuple(self.members):
            member.reload()


class Member:
    """One connection's place in an audience; live once it has all rows and no backlog."""

    # A process has thousands, and a dictionary of each would take 0.2 KB.
    __slots__ = (
        "__weakref__", "_turn", "audience", "backlog", "client", "has_all", "loaded", "socket",
        "user",
    )  # fmt: skip

    audience: Audience

    def __init__(self, socket: Socket, client: str, user: str, turn: Turn = nullcontext) -> None:
        """``turn`` makes a context to load in, which waits for the user's other sheets."""
        self.socket = socket
        self.client, self.user = client, user
        self.loaded = Once()
        self.has_all = False
        self.backlog: Backlog | None = None
        self._turn = turn

    @property
    def is_live(self) -> bool:
        return self.has_all and self.backlog is None

    def hear(self, delivery: Delivery) -> None:
        self.socket.deliver(delivery.texts, delivery.position)
        if self.socket.behind_since is not None:
            self.backlog = self.audience.backlog()

    def reload(self) -> None:
        raise NotImplementedError
