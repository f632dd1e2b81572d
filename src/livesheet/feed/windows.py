"""The requests of a connection to a large sheet: for an order, a page of it, and rows of the page.

They are answered one after the other, independently of edits and questions. A request for a new
order ends the wait for the former one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

from django.utils import translation
from django.utils.translation import gettext as _

from livesheet import conf, threads
from livesheet.exceptions import FrameError, LiveSheetError
from livesheet.feed.following import NO_PAGE, Following, Page
from livesheet.feed.frames import label_frames
from livesheet.orders.anchors import STRIDE
from livesheet.orders.order import Listed, Order, Ordered
from livesheet.orders.view import View, read_text, read_view
from livesheet.sheet.narrowing import computable
from livesheet.sheet.rows import Labels
from livesheet.wire.errands import Broke, Line, Once
from livesheet.wire.protocol import MAX_PAGE, Arrange, Enter, Looking, Window
from livesheet.wire.sockets import Socket

logger = logging.getLogger("livesheet")

T = TypeVar("T")

# The blocks of a page. Rows that were added between its first and its last row are in it as well.
BLOCKS = MAX_PAGE // STRIDE
MOST_ROWS = MAX_PAGE + MAX_PAGE // 5

NOT_WINDOWED = "This sheet is not shown in windows: see `windowed` in hello."
NO_ORDER = "This order no longer exists. Arrange the rows again."
SUPERSEDED = "Another order was requested in the meantime."


class Windows:
    """The requests of one connection, answered one after the other."""

    def __init__(
        self,
        socket: Socket,
        language: str,
        broke: Broke,
        turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        """``turn`` makes a context that limits how many orders are begun at a time.

        ``broke`` is called with what ends the connection.
        """
        self._socket = socket
        self._language = language
        self._turn = turn
        self._member: Following | None = None
        self._opened = Once()
        self._line = Line[Looking](conf.get("MAX_QUESTIONS"), self._reply, broke)
        self.unanswered = 0
        self._orders_waiting = 0
        self._given_up = Once()

    def serve(self, member: Following | None) -> None:
        """The connection is a member of its audience; None if it was sent all rows."""
        self._member = member
        self._opened.set()

    def put(self, request: Looking) -> None:
        """Add a request. Raises ``FrameError`` if too many are waiting."""
        try:
            self._line.put(request)
        except asyncio.QueueFull:
            message = f"Expected at most {self._line.most} waiting requests; got one more."
            raise FrameError("too_many", message, request.ref) from None
        self.unanswered += 1
        if isinstance(request, Arrange):
            self._orders_waiting += 1
            self._give_up()

    def cancel(self) -> None:
        """Stop reading the order. The known places remain."""
        if (member := self._member) is not None and member.order is not None:
            member.audience.orders.leave(member.order, member.tell)
            member.tell(member.order)
            self._give_up()

    def _give_up(self) -> None:
        waiting, self._given_up = self._given_up, Once()
        waiting.set()

    def end(self) -> None:
        """The connection has ended."""
        self._line.end()

    async def _reply(self, request: Looking) -> None:
        await self._opened.wait()
        self._orders_waiting -= isinstance(request, Arrange)
        await self._socket.room()
        try:
            with computable(self._language):
                await self._answer(request)
        except LiveSheetError as error:
            self._say_error(request, error.code, error.detail)
        except Exception:
            facts = {"event": "window.broke"}
            logger.exception("A window could not be read.", extra=facts)
            self._say_error(request, "failed", self._trouble())
        self.unanswered -= 1

    def _say_error(self, request: Looking, code: str, message: str) -> None:
        self._socket.say({"type": "error", "code": code, "message": message, "ref": request.ref})

    def _trouble(self) -> str:
        with translation.override(self._language):
            return _("Something went wrong on the server.")

    async def _answer(self, request: Looking) -> None:
        if (member := self._member) is None:
            raise LiveSheetError("not_windowed", NOT_WINDOWED)
        await member.loaded.wait()
        if isinstance(request, Arrange):
            await self._arrange(member, request)
            return
        order = member.order
        if order is None or order.is_dropped or request.order != member.number:
            raise LiveSheetError("no_order", NO_ORDER)
        if isinstance(request, Window) and member.page is NO_PAGE:  # it could not be entered
            raise LiveSheetError("no_order", NO_ORDER)
        if isinstance(request, Enter):
            await self._enter(member, order, request)
        else:
            await self._say_part(member, request)

    # --- orders ------------------------------------------------------------------------------

    async def _arrange(self, member: Following, request: Arrange) -> None:
        """Send the first rows at once, however long it takes to read the rest of the order."""
        view = replace(read_view(request.view), search=read_text(request.search))
        audience, position = member.audience, member.audience.position
        async with self._turn():
            first, labels = await self._unless_superseded(
                threads.run_look(self._first, member, view)
            )
        if member.has_left:  # the client begins anew where its connection is now
            raise LiveSheetError("superseded", SUPERSEDED)
        order = audience.orders.of(view, position)
        order.saw(len(first.pks), is_all=len(first.pks) < STRIDE)
        member.arrange(order)
        audience.orders.build(order, member.tell)
        member.tell(order, ref=request.ref)
        audience.look_for_new(order)
        if request.near is not None or request.place:
            near, place = request.near, request.place
            begin = Enter(request.ref, member.number, place, near, request.rows)
            await self._enter(member, order, begin)
        else:
            member.enter(Page(0, first.pks))
            self._say_page(member, request.ref, order, 0, min(STRIDE, order.count), first, labels)
            await self._say_rows(member, request.ref, 0, request.rows)

    def _first(self, member: Following, view: View) -> tuple[Listed, Labels]:
        with member.audience.reading.in_language():
            ordered = Ordered(member.audience.sheet, view)
            first = ordered.first(STRIDE)
            return first, ordered.labels(first.starts)

    # --- pages -------------------------------------------------------------------------------

    async def _enter(self, member: Following, order: Order, request: Enter) -> None:
        place = request.place
        if request.near is not None:
            await self._reach(member, order, None)
            found = await self._unless_superseded(
                threads.run_look(self._place_of, member, order, request.near)
            )
            place = found if found is not None else request.place
        await self._reach(member, order, place)
        if self._orders_waiting:
            raise LiveSheetError("superseded", SUPERSEDED)
        if order.is_dropped or member.order is not order:
            raise LiveSheetError("no_order", NO_ORDER)
        place = max(0, min(place, order.known - 1))
        first, last = _blocks_around(place // STRIDE, _blocks(order))
        listed, labels = await threads.run(self._listed, member, order, first, last)
        if member.order is not order:
            raise LiveSheetError("no_order", NO_ORDER)
        pks = listed.pks
        member.enter(Page(first * STRIDE, pks), request.keep)
        end = min((last + 1) * STRIDE, max(order.count, first * STRIDE))
        self._say_page(member, request.ref, order, place, end, listed, labels)
        if request.near in pks:
            start = pks.index(request.near)
        else:
            start = min(place - first * STRIDE, max(0, len(pks) - 1))
        await self._say_rows(member, request.ref, start, request.rows)

    async def _reach(self, member: Following, order: Order, place: int | None) -> None:
        """Wait until the place is known; None for the whole order."""
        wanted = place if place is not None else 2**63
        building = member.audience.orders.building(order)
        if building is None or order.known > wanted or self._orders_waiting:
            return
        reached = asyncio.ensure_future(building.reaches(wanted))
        try:
            await self._wait(reached)
        finally:
            reached.cancel()

    async def _unless_superseded(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of reading. If another order is requested meanwhile, the database stops."""
        reading = asyncio.ensure_future(work)
        try:
            while not (self._orders_waiting or reading.done()):
                await self._wait(reading)
            if self._orders_waiting:
                raise LiveSheetError("superseded", SUPERSEDED)
            return await reading
        finally:
            reading.cancel()

    async def _wait(self, work: asyncio.Future[Any]) -> None:
        """Wait until it is done, or the order is given up."""
        given_up = asyncio.ensure_future(self._given_up.wait())
        try:
            await asyncio.wait([given_up, work], return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up.cancel()

    def _place_of(self, member: Following, order: Order, pk: str) -> int | None:
        with member.audience.reading.in_language():
            return Ordered(member.audience.sheet, order.view).place_of(order, pk)

    def _listed(
        self, member: Following, order: Order, first: int, last: int
    ) -> tuple[Listed, Labels]:
        with member.audience.reading.in_language():
            ordered = Ordered(member.audience.sheet, order.view)
            listed = ordered.keys(order, first, last, MOST_ROWS)
            return listed, ordered.labels(listed.starts)

    def _say_page(
        self, member: Following, ref: str, order: Order, place: int, end: int,
        listed: Listed, labels: Labels,
    ) -> None:  # fmt: skip
        page = member.page
        groups = {}
        if order.view.grouped is not None:
            groups = {"groups": listed.starts, "within": listed.within}
            member.audience.learn(labels)
            for text in label_frames(labels):
                self._socket.write(text)
        self._socket.say(
            {
                "type": "page",
                "ref": ref,
                "order": member.number,
                "from": page.start,
                "to": end,
                "place": place,
                "rows": len(page),
                **groups,
            }
        )

    # --- rows --------------------------------------------------------------------------------

    async def _say_rows(self, member: Following, ref: str, start: int, rows: int) -> None:
        if rows and len(member.page):
            await self._say_part(member, Window(ref, member.number, start, start + rows))

    async def _say_part(self, member: Following, request: Window) -> None:
        page = member.page
        pks = page.part(request.start, request.end) if request.start < len(page) else []
        rows, labels = await member.rows_of(pks)
        if member.number != request.order:
            raise LiveSheetError("no_order", NO_ORDER)
        for text in label_frames(labels):
            self._socket.write(text)
        self._socket.answer(
            {
                "type": "part",
                "ref": request.ref,
                "order": request.order,
                "from": request.start,
                "keys": pks,
                "rows": rows,
            }
        )


def _blocks(order: Order) -> int:
    """The number of blocks to which a user can go."""
    return max(1, -(-order.known // STRIDE))


def _blocks_around(block: int, blocks: int) -> tuple[int, int]:
    """The first and the last block of the page around this block."""
    first = max(0, min(block - BLOCKS // 2, blocks - BLOCKS))
    return first, min(first + BLOCKS, blocks) - 1
