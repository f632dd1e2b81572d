"""One connection that looks at a part of the rows: its page, and what it was sent of it.

The same rule as for a whole sheet leaves no gap: rows are followed before they are read, and what
is told of them meanwhile is newer than what was read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from livesheet import threads
from livesheet.exceptions import Refused
from livesheet.feed.audiences import Member, Turn
from livesheet.feed.backlogs import Backlog, Delivery, add_labels
from livesheet.feed.frames import Said, label_frames
from livesheet.feed.membership import SKIP_SECONDS, Hello
from livesheet.feed.pksets import PkSet, integers
from livesheet.feed.windowed import Bulletin, WindowedAudience
from livesheet.log.changelog import Position
from livesheet.orders.order import Order
from livesheet.sheet.rows import Labels, Row, complete_labels
from livesheet.wire import protocol
from livesheet.wire.sockets import Socket

logger = logging.getLogger("livesheet")

PIECE = 1_000


class Page:
    """The keys of some rows of an order, as they were on entering the page; in little memory."""

    def __init__(self, start: int, pks: Sequence[str]) -> None:
        self.start = start
        self._length = len(pks)
        pieces = [pks[n : n + PIECE] for n in range(0, len(pks), PIECE)]
        self._pieces = [_packed(piece) for piece in pieces]

    def __len__(self) -> int:
        return self._length

    def part(self, start: int, end: int) -> list[str]:
        first, last = start // PIECE, (end - 1) // PIECE
        found = [pk for piece in self._pieces[first : last + 1] for pk in _unpacked(piece)]
        return found[start - first * PIECE : end - first * PIECE]


def _packed(pks: Sequence[str]) -> Any:
    numbers = integers(list(pks))
    return "\0".join(pks) if numbers is None else numbers  # no key contains this character


def _unpacked(piece: Any) -> Iterable[str]:
    return piece.split("\0") if isinstance(piece, str) else map(str, piece)


# For an order that was arranged but of which no page was entered.
NO_PAGE = Page(0, [])


class Following(Member):
    """Its ``have`` are the rows that it was sent since it entered its page."""

    __slots__ = (
        "_is_stale", "_missed", "_skip_at", "_task", "have", "new", "number", "order", "page",
        "whole",
    )  # fmt: skip

    audience: WindowedAudience

    def __init__(
        self,
        socket: Socket,
        audience: WindowedAudience,
        client: str,
        user: str = "",
        turn: Turn = nullcontext,
    ) -> None:
        super().__init__(socket, client, user, turn)
        self.audience = audience
        self.have = PkSet()
        self.whole: frozenset[str] = frozenset()
        self.number = 0  # counts its orders
        self.order: Order | None = None
        self.new: int | None = 0  # how many rows of the order were added since; None: too many
        self.page = NO_PAGE
        self._missed: Backlog | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stale = False
        self._skip_at = 0.0

    # --- life --------------------------------------------------------------------------------

    async def open(self, _cursor: Position | None, _have: Any, hello: Hello) -> None:
        """Say hello, and that there are no rows yet. A returning client asks for its rows anew."""
        async with self._turn():
            await self._begin(hello)
        self.loaded.set()
        self._go_on()  # in case all had to begin anew meanwhile

    async def _begin(self, hello: Hello | None = None) -> None:
        audience = self.audience
        since = audience.backlog()
        labels = await threads.run(self._complete)
        self.whole = frozenset(labels)
        audience.promised |= self.whole
        audience.told.follow(self.whole)
        if hello is not None:
            self.socket.say(await threads.run(hello, self.whole))
        add_labels(labels, {n: t for n, t in since.labels.items() if n in labels})
        audience.learn(labels)
        self._write(label_frames(labels))
        position, self._missed = audience.position, None
        done = {"reset": True, "done": True, "cursor": audience.cursors.seal(position)}
        self.socket.say({"type": "rows", "rows": [], **done})
        self.socket.start_from(position)
        self.has_all = True

    def _complete(self) -> Labels:
        with self.audience.reading.in_language():
            return complete_labels(self.audience.sheet, self.audience.promised)

    @property
    def has_left(self) -> bool:
        """Whether another place was found for the connection, because its rights have changed."""
        return self not in self.audience.members

    def leave(self) -> None:
        self.audience.members.discard(self)
        self.has_all = False
        self.arrange(None)
        if self._task is not None:
            self._task.cancel()

    def reload(self) -> None:
        """What it holds can no longer be trusted: it has to ask for everything anew."""
        self.has_all, self._is_stale = False, True
        self.arrange(None)
        self._go_on()

    def cursor(self) -> Position | None:
        """How far the client is. Now and then it moves past changes that do not concern it."""
        if self.is_live and self._missed is None and time.monotonic() > self._skip_at:
            self._skip_at = time.monotonic() + SKIP_SECONDS
            if self.audience.is_quiet:
                self.socket.deliver([], self.audience.position)
        return self.socket.position

    # --- what it looks at --------------------------------------------------------------------

    def arrange(self, order: Order | None) -> None:
        """Look at another order; nothing of it was sent yet."""
        former, self.order = self.order, order
        if former is not None and former is not order:
            self.audience.orders.leave(former, self.tell)
        self.number, self.new = self.number + 1, 0
        self.enter(NO_PAGE)

    def enter(self, page: Page, keep: Iterable[str] = ()) -> None:
        """``keep``: of the rows that it was sent, those that it goes on to follow."""
        self.page = page
        self.have = PkSet([pk for pk in keep if pk in self.have])
        self.audience.let_go()

    def tell(self, order: Order, ref: str | None = None) -> None:
        """How far an order is known."""
        if order is not self.order:
            return
        about = order.about or 0
        self.socket.say(
            {
                "type": "order",
                "ref": ref,
                "order": self.number,
                "count": order.count,
                "exact": order.is_exact,
                "about": None if order.is_exact or about <= order.count else about,
                "building": self.audience.orders.tells(order, self.tell),
                "new": self.new,
            }
        )

    def count_new(self, new: int | None) -> None:
        if self.order is not None and new != self.new:
            self.new = new
            self.tell(self.order)

    async def rows_of(self, pks: list[str]) -> tuple[list[Row], Labels]:
        """Rows that it follows from now on, without those that it was told of meanwhile.

        If it had a row that is gone by now, it goes on following it: a change will report that.
        """
        audience, page = self.audience, self.page
        since, new = audience.backlog(), [pk for pk in pks if pk not in self.have]
        self.have.update(pks)
        audience.follow(pks)
        news = await audience.reading.news(pks, {}, audience.known(self.whole))
        if self.page is page:
            for pk in new:
                if pk not in news.rows and not since.decides(pk):
                    self.have.discard(pk)
        for pk, mark in news.marks:
            if not since.decides(pk):
                audience.told.pks.blend(pk, mark)
        labels = {  # what others were told since is newer
            column: {key: since.labels.get(column, {}).get(key, texts[key]) for key in texts}
            for column, texts in news.labels.items()
        }
        audience.learn(labels)
        rows = [news.rows[pk] for pk in pks if pk in news.rows and not since.decides(pk)]
        return rows, {column: texts for column, texts in labels.items() if texts}

    # --- changes -----------------------------------------------------------------------------

    def hear(self, delivery: Delivery) -> None:
        assert isinstance(delivery, Bulletin)
        author = self.user, self.client
        own = {pk for pk, who, ref in delivery.asked if (who, ref[0]) == author}
        rows = [pk for pk in delivery.rows if pk in own or pk in self.have]
        gone = [pk for pk in delivery.gone if pk in self.have]
        refs = delivery.refs_of({*rows, *gone}, author)
        self.have.update(rows)
        self.audience.follow(own.intersection(rows))
        if self._missed is not None:
            self._miss(self._missed, delivery, (*rows, *gone), refs)
            return
        for pk in gone:
            self.have.discard(pk)
        self.socket.deliver(delivery.texts_of(rows, gone, refs), delivery.position)
        if self.socket.behind_since is not None:
            self._missed = Backlog(delivery.position)

    def _miss(
        self, missed: Backlog, delivery: Bulletin, pks: Iterable[str], refs: list[list[Any]]
    ) -> None:
        missed.by.update({pk: delivery.by.get(pk, "") for pk in pks})
        missed.refs += refs
        add_labels(missed.labels, delivery.renamed)

    def catch_up(self) -> None:
        """Tell a socket that was behind what it missed; in the background."""
        self.socket.caught_up()
        self._go_on()

    def _go_on(self) -> None:
        is_needed = self._missed is not None or self._is_stale
        if is_needed and self.loaded.is_set() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._carry_out())

    async def _carry_out(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                await self._begin()
            while self._missed is not None and self.socket.behind_since is None:
                await self._say_missed(self._missed)
        except Exception:
            facts = {"event": "sheet.broke", "sheet": self.audience.sheet.get_name()}
            logger.exception("A sheet could not be brought up to date.", extra=facts)
            self.socket.refuse(
                Refused(protocol.TRY_AGAIN, _("Something went wrong on the server."), 2)
            )

    async def _say_missed(self, missed: Backlog) -> None:
        if not (missed.by or missed.refs or missed.labels):
            self._missed = None
            return
        audience = self.audience
        self._missed = Backlog(audience.position)  # what is told while these are read
        former = partial(audience.cursors.seal, missed.position)
        position = audience.position
        audience.follow(pk for pk in missed.by if pk in self.have)  # a gone row may be back
        news = await audience.reading.news(list(missed.by), {}, audience.known(self.whole))
        rows = {pk: row for pk, row in news.rows.items() if pk in self.have}
        gone = [pk for pk in missed.by if pk not in news.rows and pk in self.have]
        for pk in gone:
            self.have.discard(pk)
        audience.learn(news.labels)
        add_labels(news.labels, missed.labels)
        cursor = audience.cursors.seal(position)
        said = Said(list(rows.values()), gone, missed.by, missed.refs)
        frames = said.frames(former, cursor)
        self.socket.deliver([*label_frames(news.labels), *frames], position)
        await self.socket.drained()

    def _write(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.socket.write(text)
