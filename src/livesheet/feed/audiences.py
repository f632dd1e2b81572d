"""The open sockets for which one encoded frame is right, and what has been sent to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import NamedTuple
from weakref import WeakSet, ref

from livesheet import lineage, metrics, threads
from livesheet.feed import sight
from livesheet.feed.backlogs import Backlog, Delivery, add_labels
from livesheet.feed.cursors import Cursors
from livesheet.feed.frames import Said, label_frames
from livesheet.feed.intake import Intake
from livesheet.feed.kin import Answer, Found, Kin, Question
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

FAN_OUT_SECONDS = 0.005
# The most members that are told without a task of the audience's own.
FEW_MEMBERS = 20
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

    A small audience with kin has no task of its own: theirs reads for all of them, and each writes
    its frames when it is answered.
    """

    reads_with_kin = True

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
        self.found_at = -1  # where the log was when rows were last sent without a change
        self._read_through = position
        whose = kin if self.reads_with_kin else None
        self._intake = Intake(self.label, self.related, position, whose)
        self._backlogs: WeakSet[Backlog] = WeakSet()
        self._due: deque[Member] = deque()  # those whom the present delivery has not reached yet
        self._moved: asyncio.Event | None = None  # where somebody waits for it
        self._task: asyncio.Task[None] | None = None
        self._is_asking = False  # the kin will ask for a batch, or read one
        self._asked: Batch | None = None  # the one that they are reading
        self._snapshot: ref[Snapshot] | None = None
        self._resets = Resets(self.reset)
        self.opening = Together(self._open)
        self.returning = Together(self._look)

    # --- in ----------------------------------------------------------------------------------

    def take(self, entries: Sequence[Entry], position: Position) -> None:
        """Note what was written; the frame follows as soon as it has been read."""
        for entry in entries:
            if entry.model in self.depends_on:
                self.comparison_wanted.set()
            if entry.model in self.depends_on or entry.kind == Change.Kind.ACCESS:
                sight.forget(self.sheet)
        if self._intake.note(entries, position):
            self._work_on()

    def tell(self, pks: Iterable[str], related: dict[str, set[str]]) -> None:
        """Send these rows and labels, for which there is no change."""
        self.found_at = self.seen.seq
        self._intake.add(pks, related)
        self._work_on()

    def start_from(self, position: Position) -> None:
        """The log has been replaced: give every member a snapshot."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._is_asking, self._asked = False, None
        self._intake.clear(position)
        self._read_through = position
        self.reset()  # at once: what is shown may belong to another log altogether

    def stop(self) -> None:
        self._resets.stop()
        self._is_asking, self._asked = False, None
        if self._task is not None:
            self._task.cancel()

    @property
    def seen(self) -> Position:
        """Changes were noticed up to here."""
        return self._intake.seen

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
        if self._task is not None or self._is_asking:
            return
        if self._intake.is_empty:
            self._intake.clear()
            self._move_to(self.seen)
        elif self._can_ask() and (kin := self.reading.kin) is not None:
            self._is_asking = True
            kin.ask(self)
        else:
            self._begin_to_work()

    def _can_ask(self) -> bool:
        is_small = self.reads_with_kin and len(self.members) <= FEW_MEMBERS
        return is_small and self.reading.has_kin and self._intake.is_plain

    def question(self) -> Question | None:
        """What the kin have to read for the next batch; None if nothing of it is wanted."""
        if not self._is_asking or self._asked is not None or not self._intake:
            return None
        batch = self._intake.next()
        if not (self.is_listening or self._backlogs):
            self._go_on_from(batch)
            return None
        self._asked = batch
        return Question(self.sheet, batch.by, self.told.common, self)

    def answered(self, question: Question, answer: Answer) -> None:
        """``_publish``, without a task, of what the kin have read for all of them."""
        if self._asked is None or self._asked.by is not question.pks:
            return  # nobody is left, or another log was begun
        batch, self._asked = self._asked, None
        is_new = self.told.common is not question.known  # somebody came
        if not isinstance(answer, Found) or (is_new and self.reading.relations):
            self._is_asking = False
            self._intake.put_back(batch)
            return self._begin_to_work(alone=answer is None)
        try:
            metrics.batch_rows.observe(len(batch.by))
            delivery = self._announced(batch, answer)
            for member in [member for member in self.members if member.is_live]:
                member.hear(delivery)
        except Exception:
            self._fell_over()
        self._go_on_from(batch)

    def _go_on_from(self, batch: Batch) -> None:
        self._is_asking = False
        self._move_to(batch.position)
        if self._intake:
            self._work_on()

    def _begin_to_work(self, alone: bool = False) -> None:
        self._task = asyncio.get_running_loop().create_task(self._work(alone))

    async def _work(self, alone: bool = False) -> None:
        """``alone``: the kin could not read the first batch."""
        threads.work_for(self.sheet.get_name())
        while self._intake:
            batch = self._intake.next()
            try:
                await self._publish(batch, alone)
            except Exception:
                self._fell_over()
            self._move_to(batch.position)
            alone = False
        self._task = None

    def _fell_over(self) -> None:
        text = "%r cannot be read; its sockets start anew."
        facts = self.reading.facts("audience.reset")
        logger.exception(text, type(self.sheet), extra=facts)
        self._resets.want()

    async def _publish(self, batch: Batch, alone: bool = False) -> None:
        if batch.resync:
            self._resets.want()
        if not (batch.by or batch.related) or not (self.is_listening or self._backlogs):
            return
        metrics.batch_rows.observe(len(batch.by))
        news = await self._read_batch(batch, alone)
        await self._hand_out(self._announced(batch, news))

    def _announced(self, batch: Batch, news: News | Found) -> Delivery:
        """Not a coroutine: a reader begins before all of this, or after it."""
        delivery = self._encoded(batch, news)
        for backlog in self._backlogs:
            backlog.add(delivery)
        return delivery

    def _encoded(self, batch: Batch, news: News | Found) -> Delivery:
        absent = [pk for pk in batch.by if pk not in news.rows]
        gone = [pk for pk in absent if pk in self.told.pks]
        said = self._said(batch, news, absent, gone)
        self.told.note(news.marks, gone, news.labels)
        former, reached = self.position, self._move_to(batch.position)
        texts = label_frames(news.labels)
        if texts or said.by or said.refs:  # each delivery brings a cursor, which acknowledges it
            here, there = partial(self.cursors.seal, former), self.cursors.seal(reached)
            texts += said.frames(here, there)
        missing = [pk for pk in absent if pk not in gone]
        return Delivery(texts, reached, said.by, said.refs, news.labels, missing)

    def _said(self, batch: Batch, news: News | Found, absent: list[str], gone: list[str]) -> Said:
        # Who sees all of its rows is told all of its refs; others of their own, beside their rows'.
        authors = frozenset((member.user, member.client) for member in self.members if absent)
        key = tuple(gone), authors
        if key not in news.said:
            by = {pk: batch.by[pk] for pk in (*news.rows, *gone)}
            refs = batch.refs_of(by, authors)
            news.said[key] = Said(list(news.rows.values()), gone, by, refs)
        return news.said[key]

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

    async def _read_batch(self, batch: Batch, alone: bool) -> News:
        began, common = time.perf_counter(), self.told.common
        known = Known(common, self.told.labels, self.told.followed)
        if self._backlogs:  # those who are reading may have any label in its former form
            known = Known(common, {}, self.reading.relations)
        news = await self.reading.news(list(batch.by), batch.related, known, alone)
        if self.told.common is not common:  # meanwhile somebody came who has none of them
            add_labels(news.labels, await threads.run(self.reading.labels_of, news.rows))
        self._take_linked(batch, news)
        self._intake.took(time.perf_counter() - began)
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
