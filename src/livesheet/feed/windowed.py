"""An audience in which each socket shows a part of the rows, and hears only of changes to these.

A socket follows the rows that it was sent, until it enters another page. After each batch of
changes, the rows that at least one socket follows are read once for all of them, and each socket
is sent those that it follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from livesheet import threads
from livesheet.exceptions import LiveSheetError
from livesheet.feed.audiences import Audience
from livesheet.feed.backlogs import Delivery, add_labels
from livesheet.feed.building import Orders
from livesheet.feed.frames import Said, label_frames
from livesheet.feed.pksets import PkSet
from livesheet.feed.reading import MOST_LINKED, Known
from livesheet.feed.told import DIFFERING
from livesheet.log.batches import Batch
from livesheet.log.changelog import Entry, Position
from livesheet.orders.keysets import Keyset
from livesheet.orders.order import Order
from livesheet.orders.viewquery import ViewQuery
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import Labels, Row, RowReader
from livesheet.tables import Change

logger = logging.getLogger("livesheet")

# New rows are counted at most this often, and up to this number.
COUNT_SECONDS, MOST_NEW = 5.0, 1_000
# How many keys that nobody follows any more are tolerated before they are removed.
MOST_STRAY = 5_000


def shows_windows(sheet: Sheet) -> bool:
    """Whether clients that support windows are sent windows of this sheet. Synchronous."""
    if sheet.window is not None:
        return sheet.window
    above = sheet.rows().order_by().values_list("pk")[sheet.window_above : sheet.window_above + 1]
    return bool(list(above)) and _has_places(sheet)


def _has_places(sheet: Sheet) -> bool:
    try:
        Keyset(sheet.ordered_rows())
    except LiveSheetError:
        return False
    return True


@dataclass(slots=True)
class Bulletin(Delivery):
    """A batch's changes to all followed rows, from which each socket takes its own."""

    rows: dict[str, Row] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, list[Any]]] = field(default_factory=list)  # pk, who, ref
    cursors: tuple[str, str] = ("", "")
    renamed: Labels = field(default_factory=dict)
    _encoded: dict[Any, list[str]] = field(default_factory=dict)

    def refs_of(self, pks: Collection[str], author: tuple[str, str]) -> list[list[Any]]:
        """The refs of one author's requests, and of all requests that changed these rows."""
        found = (tuple(ref) for pk, who, ref in self.asked if pk in pks or (who, ref[0]) == author)
        return [list(ref) for ref in dict.fromkeys(found)]

    def texts_of(self, rows: list[str], gone: list[str], refs: list[list[Any]]) -> list[str]:
        """The frames for some of the rows. Sockets that show the same rows share them."""
        key = tuple(rows), tuple(gone), repr(refs)
        if key not in self._encoded:
            self._encoded[key] = self._made(rows, gone, refs)
        return self._encoded[key]

    def _made(self, rows: list[str], gone: list[str], refs: list[list[Any]]) -> list[str]:
        labels = {column: dict(texts) for column, texts in self.renamed.items()}
        if rows:
            add_labels(labels, self.labels)
        texts = label_frames(labels)
        if texts or rows or gone or refs:
            shown = [self.rows[pk] for pk in rows]
            here, there = self.cursors
            texts += Said(shown, gone, self.by, refs).frames(lambda: here, there)
        return texts


class Follower(Protocol):
    """What this module needs of a member."""

    client: str
    user: str
    order: Order | None
    have: PkSet
    whole: frozenset[str]  # the relations of which it was sent all labels

    def count_new(self, new: int | None) -> None: ...


class WindowedAudience(Audience):
    reads_with_kin = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.orders = Orders(self.reading)
        self._added: deque[tuple[int, str]] = deque(maxlen=MOST_NEW + 1)
        self._count_at, self._counted = 0.0, 0
        self._counting: asyncio.TimerHandle | asyncio.Task[None] | None = None

    def stop(self) -> None:
        super().stop()
        self.orders.stop()
        if self._counting is not None:
            self._counting.cancel()

    def take(self, entries: Iterable[Entry], position: Position) -> None:
        entries, label = list(entries), self.label
        added = [e for e in entries if e.kind == Change.Kind.ADD and e.model == label]
        self._added.extend((entry.seq, pk) for entry in added for pk in entry.pks)
        if any(e.kind == Change.Kind.ACCESS or e.model in self.depends_on for e in entries):
            self.orders.forget()
        if added:
            self._count_soon()
        super().take(entries, position)

    def reset(self) -> None:
        self.orders.forget()
        super().reset()

    def sent(self) -> list[str]:
        return list(self.told.pks)

    # --- what is followed --------------------------------------------------------------------

    @property
    def followers(self) -> list[Follower]:
        members: Iterable[Any] = self.members
        return list(members)

    def follow(self, pks: Iterable[str]) -> None:
        """Called before rows are read, so that no later change to them is missed."""
        self.told.pks.update(pks)

    def let_go(self) -> None:
        """A socket follows other rows now. Remove keys that nobody follows if there are many."""
        kept = [follower.have for follower in self.followers]
        if len(self.told.pks) <= MOST_STRAY + 2 * sum(map(len, kept)):
            return
        former, self.told.pks = self.told.pks, PkSet()
        for pk in (pk for have in kept for pk in have):
            if (mark := former.mark_of(pk)) is not None:
                self.told.pks.mark(pk, mark)

    def learn(self, labels: Labels) -> None:
        """Some sockets were sent these labels. Others, which may have older ones, must be sent them
        when a row that uses them is written.

        If all labels of a relation were sent before, no earlier socket knows of a new one.
        """
        is_one_alone = not self.is_listening
        for column, texts in labels.items():
            known = self.told.labels.setdefault(column, {})
            for key, text in texts.items():
                unheard = None if column in self.promised and not is_one_alone else text
                known[key] = text if known.get(key, unheard) == text else DIFFERING

    def known(self, whole: Iterable[str]) -> Known:
        """The labels that need not be sent with the rows."""
        return Known(used={name: self.told.labels.get(name, {}) for name in whole})

    # --- out ---------------------------------------------------------------------------------

    async def _publish(self, batch: Batch, alone: bool = False) -> None:
        if batch.resync:
            self._resets.want()
        if not (batch.by or batch.related) or not (self.is_listening or self._backlogs):
            return
        bulletin = await self._read_bulletin(batch)
        for backlog in self._backlogs:
            backlog.add(bulletin)
        await self._hand_out(bulletin)

    async def _read_bulletin(self, batch: Batch) -> Bulletin:
        told, sent = self.told, self.told.pks
        renamed: Labels = {}
        authors = {(one.user, one.client) for one in self.followers}
        own = {pk for pk, who, ref in batch.refs if (who, ref[0]) in authors}
        wanted = {pk: who for pk, who in batch.by.items() if pk in sent or pk in own}
        if batch.related:
            known = Known(sent=told.labels, followed=self.promised)
            renamed = await threads.run(self.reading.renamed, batch.related, known)
            for pk in await self._linked(batch):
                wanted.setdefault(pk, "")
        whole = frozenset.intersection(*(one.whole for one in self.followers), self.promised)
        news = await self.reading.news(list(wanted), {}, self.known(whole))
        # No await from here on: a socket that begins to read does so before all of this, or after.
        gone = [pk for pk in wanted if pk not in news.rows and pk in self.told.pks]
        self.told.note(news.marks, gone, renamed)
        self.learn(news.labels)
        here = self.cursors.seal(self.position)
        reached = self._move_to(batch.position)
        by = {pk: wanted[pk] for pk in (*news.rows, *gone)}
        labels = {column: dict(texts) for column, texts in news.labels.items()}
        add_labels(labels, renamed)
        missing = [pk for pk in wanted if pk not in by]
        return Bulletin(
            [], reached, by, [], labels, missing, news.rows, gone, batch.refs,
            (here, self.cursors.seal(reached)), renamed,
        )  # fmt: skip

    async def _linked(self, batch: Batch) -> list[str]:
        """The followed rows that have one of these related objects among their members."""
        found = await threads.run(RowReader(self.sheet).showing, batch.related, MOST_LINKED)
        if found is None:
            self.comparison_wanted.set()
        return [pk for pk in found or () if pk in self.told.pks]

    # --- new rows ----------------------------------------------------------------------------

    def look_for_new(self, order: Order) -> None:
        """Somebody joins an order that exists already. Rows added since then are new to them."""
        if self._added and self._added[-1][0] > order.position.seq:
            self._count_soon()

    def _count_soon(self) -> None:
        if self._counting is None:
            loop = asyncio.get_running_loop()
            at = max(self._count_at, loop.time())
            self._counting = loop.call_at(at, self._begin_to_count)

    def _begin_to_count(self) -> None:
        loop = asyncio.get_running_loop()
        self._count_at = loop.time() + COUNT_SECONDS
        self._counting = None
        self._counted = self._added[-1][0]
        if self.is_listening:
            self._counting = loop.create_task(self._count())
            self._counting.add_done_callback(self._has_counted)

    def _has_counted(self, task: asyncio.Task[None]) -> None:
        self._counting = None
        if not task.cancelled() and self._added[-1][0] != self._counted:
            self._count_soon()
        if not task.cancelled() and (error := task.exception()) is not None:
            facts = self.reading.facts("order.uncounted")
            logger.warning("New rows could not be counted: %r", error, extra=facts)

    async def _count(self) -> None:
        by_order: dict[Order, list[Follower]] = defaultdict(list)
        for follower in self.followers:
            if follower.order is not None:
                by_order[follower.order].append(follower)
        for order, followers in by_order.items():
            new = await self._new_of(order)
            for follower in followers:
                if follower.order is order:
                    follower.count_new(new)

    async def _new_of(self, order: Order) -> int | None:
        """The number of added rows that belong to the order; None if too many were added."""
        added = [pk for seq, pk in self._added if seq > order.position.seq]
        return None if len(added) > MOST_NEW else await threads.run(self._belonging, order, added)

    def _belonging(self, order: Order, pks: list[str]) -> int:
        with self.reading.in_language():
            keys = RowReader(self.sheet).keys(pks)
            rows = ViewQuery(self.sheet).narrowed(order.view).filter(pk__in=keys)
            return len(rows.order_by().values_list("pk"))
