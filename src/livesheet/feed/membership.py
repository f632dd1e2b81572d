"""Bringing one connection up to date: a snapshot, a resume, or what it missed while it was slow.

One rule leaves no gap: set a boundary, then read, then send what was announced since the boundary.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import nullcontext
from typing import Any

from django.utils.translation import gettext_lazy as _

from livesheet import threads
from livesheet.exceptions import Refused
from livesheet.feed.audiences import Audience, Begun, Member, Turn
from livesheet.feed.backlogs import Backlog
from livesheet.feed.frames import ROWS_PER_FRAME, change_frame, label_frames
from livesheet.feed.pksets import UNKNOWN
from livesheet.feed.reading import Known, News
from livesheet.feed.returning import Moment
from livesheet.feed.snapshots import Snapshot
from livesheet.log.changelog import Position
from livesheet.sheet.rows import Labels, RowReader
from livesheet.wire import protocol
from livesheet.wire.sockets import Socket

MAX_MISSED = 2_000
SNAPSHOT_SECONDS = 120
# How often the cursor of a quiet sheet catches up with the log. If it did so more often, a client
# that asks all the time could count what is written in other sheets.
SKIP_SECONDS = 15

logger = logging.getLogger("livesheet")

# Makes the hello frame, given the relations all of whose labels follow.
Hello = Callable[[Iterable[str]], dict[str, Any]]


class Membership(Member):
    """One connection's membership in an audience, from its opening to its end."""

    __slots__ = ("_promised", "_skip_at", "_stale", "_task")

    def __init__(
        self,
        socket: Socket,
        audience: Audience,
        client: str,
        user: str = "",
        turn: Turn = nullcontext,
    ) -> None:
        super().__init__(socket, client, user, turn)
        self.audience = audience
        self._task: asyncio.Task[None] | None = None
        self._stale = False
        self._promised: frozenset[str] = frozenset()  # the relations of which it has all labels
        self._skip_at = 0.0

    # --- life --------------------------------------------------------------------------------

    async def open(self, cursor: Position | None, have: list[str] | None, hello: Hello) -> None:
        """Say hello, then send a resume if possible, otherwise a snapshot; then go live."""
        async with self._turn():
            await self._open(cursor, have, hello)
        self.loaded.set()

    async def _open(self, cursor: Position | None, have: list[str] | None, hello: Hello) -> None:
        if cursor is None or have is None:
            await self._open_anew(hello)
        else:
            await self._come_back(cursor, have, hello)
        await self._until_fresh()

    async def _open_anew(self, hello: Hello) -> None:
        snapshot = await self.audience.opening.result()
        self.backlog = backlog = snapshot.backlog
        await self._greet(await snapshot.labels(), hello)
        await self._snapshot(snapshot if self.backlog is backlog else None)

    async def _come_back(self, cursor: Position, have: list[str], hello: Hello) -> None:
        moment = await self.audience.returning.result()
        self.backlog = backlog = moment.backlog
        await self._greet(moment.labels, hello)
        if not await self._resume(cursor, have, moment):
            begun = Begun(backlog, moment.labels) if self.backlog is backlog else None
            await self._snapshot(self.audience.snapshot(begun))

    async def _greet(self, labels: Labels, hello: Hello) -> None:
        """Say hello; the ``labels`` are sent whole."""
        self._promised = frozenset(labels)
        self.audience.promised |= self._promised
        self.audience.told.follow(self.audience.promised)
        self.socket.say(await threads.run(hello, labels.keys()))

    def reload(self) -> None:
        """Start again with a snapshot, because what was sent is no longer reliable."""
        self._stale, self.has_all, self.backlog = True, False, None
        self._go_on()

    def catch_up(self) -> None:
        """Send a socket that was behind what it missed, in the background."""
        if self.is_live:  # only answers had piled up, and it missed no change
            self.socket.caught_up()
        else:
            self._go_on()

    def cursor(self) -> Position | None:
        """How far the client is. It moves on a quiet sheet, too, or the log is trimmed past it."""
        is_due = time.monotonic() > self._skip_at
        if self.is_live and self.audience.is_quiet and is_due:
            self._skip_at = time.monotonic() + SKIP_SECONDS
            self.socket.deliver([], self.audience.position)
        return self.socket.position

    def leave(self) -> None:
        self.audience.members.discard(self)
        self.has_all, self.backlog = False, None
        if self._task is not None:
            self._task.cancel()

    async def _until_fresh(self) -> None:
        while self._stale:  # two snapshots at once would mix, so one ends before the next
            await self._snapshot()

    def _go_on(self) -> None:
        if self.loaded.is_set() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._carry_out())  # a running one sees what is new

    async def _carry_out(self) -> None:
        try:
            await self._go_live()
            if self._stale:
                async with self._turn():
                    await self._until_fresh()
        except Refused as refusal:
            self.socket.refuse(refusal)
        except Exception:
            facts = {"event": "sheet.broke", "sheet": self.audience.sheet.get_name()}
            logger.exception("A sheet could not be brought up to date.", extra=facts)
            self.socket.refuse(
                Refused(protocol.TRY_AGAIN, _("Something went wrong on the server."), 2)
            )

    # --- snapshot ----------------------------------------------------------------------------

    async def _snapshot(self, snapshot: Snapshot | None = None) -> None:
        """All rows, then what was announced since their reading began."""
        self._stale = False
        if snapshot is None or not snapshot.is_for(self.audience.told):
            snapshot = self.audience.snapshot()
        self.backlog = snapshot.backlog
        first, position = True, snapshot.backlog.position
        try:
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                async for text, labels in snapshot.chunks():
                    self._say_labels(labels)
                    if text:
                        self.socket.write(_rows_frame(text, first))
                        first = False
                        await self.socket.drained()
                        await asyncio.sleep(0)  # a server may take all at once; others wait
        except TimeoutError:
            raise Refused(protocol.TOO_SLOW, _("The sheet could not be sent in time."), 5) from None
        complete = frozenset(snapshot.complete or ())
        if self._promised - complete:  # its next hello promises less
            raise Refused(protocol.TRY_AGAIN, _("Something went wrong on the server."), 1)
        self.audience.told.follow(complete)
        cursor = self.audience.cursors.seal(position)
        done = {"type": "rows", "rows": [], "reset": first, "done": True, "cursor": cursor}
        self.socket.say(done)
        self.socket.start_from(position)
        if snapshot.late:
            frame = change_frame(cursor, [], snapshot.late, {}, [])
            self.socket.deliver([frame], position)
        if self.backlog is snapshot.backlog:
            await self._go_live()

    # --- resume ------------------------------------------------------------------------------

    async def _resume(self, cursor: Position, have: list[str], moment: Moment) -> bool:
        """Send what was written since ``cursor``, if a snapshot is not cheaper."""
        backlog = moment.backlog
        # The client may have any label, from an earlier connection.
        self.audience.told.follow(self.audience.reading.relations)
        found = await threads.run(self._find_missed, cursor, moment, set(have))
        if found is None or self.backlog is not backlog:
            return False
        missed, gone, kept = found
        marks = [(pk, UNKNOWN) for pk in kept]
        gone += self.audience.told.admit(marks, missed.labels, backlog)
        self._say_labels(moment.labels)
        await self._say_missed(missed, backlog, gone, MAX_MISSED, moment.news)
        await self._go_live()
        return True

    def _find_missed(
        self, cursor: Position, moment: Moment, have: set[str]
    ) -> tuple[Backlog, list[str], set[str]] | None:
        """What a client missed, which other rows it must forget, and which it may keep.

        None if a snapshot is cheaper, or the log does not say everything.
        """
        audience, epoch = self.audience, moment.backlog.position.epoch
        if cursor.epoch != epoch or cursor.seq <= audience.found_at:
            return None
        if (batch := moment.logged(cursor)) is None:
            return None
        missed, visible = Backlog(cursor), moment.visible()
        linked = RowReader(audience.sheet).showing(batch.related, MAX_MISSED)
        wanted = visible.intersection({*batch.by, *(linked or ())}) | visible.difference(have)
        if linked is None or len(wanted) > MAX_MISSED:
            return None
        # Nobody learns who wrote rows that are hidden from them.
        missed.by = {pk: batch.by.get(pk, "") for pk in wanted}
        missed.refs = batch.refs_of(wanted, {(self.user, self.client)})
        reading = audience.reading
        missed.labels = reading.renamed(batch.related, Known(followed=reading.relations))
        return missed, list(have - visible), set(visible - wanted)

    # --- going live --------------------------------------------------------------------------

    async def _go_live(self) -> None:
        """Send what was announced since the boundary, and then everything as it comes."""
        self.socket.caught_up()
        while (backlog := self.backlog) is not None and backlog.deliveries is None:
            self.backlog = self.audience.backlog()
            await self._say_missed(backlog, self.backlog, [], ROWS_PER_FRAME, self._news)
        if backlog is None:
            return  # told meanwhile to start anew
        for delivery in backlog.deliveries or ():
            self.socket.deliver(delivery.texts, delivery.position)
        self.has_all, self.backlog = True, None
        if self.socket.behind_since is not None:
            self.backlog = self.audience.backlog()

    async def _say_missed(
        self,
        missed: Backlog,
        backlog: Backlog,
        gone: list[str],
        at_once: int,
        read: Callable[[list[str]], Awaitable[News]],
    ) -> None:
        """Read the missed rows once, now that ``backlog`` has begun. ``gone`` are further rows."""
        pks = list(missed.by)
        self._say_labels(missed.labels)
        for start in range(0, len(pks), at_once) or [0]:
            part = pks[start : start + at_once]
            news = await read(part)
            if self.backlog is not backlog:
                return
            went_meanwhile = self.audience.told.admit(news.marks, news.labels, backlog)
            rows = {pk: row for pk, row in news.rows.items() if pk not in went_meanwhile}
            went, refs, position = [pk for pk in part if pk not in rows], [], missed.position
            if start + at_once >= len(pks):
                went, refs, position = [*went, *gone], missed.refs, backlog.position
            cursor = self.audience.cursors.seal(position)
            frame = change_frame(cursor, list(rows.values()), went, missed.by, refs)
            self.socket.deliver([*label_frames(news.labels), frame], position)
            await self.socket.drained()

    def _news(self, pks: list[str]) -> Awaitable[News]:
        return self.audience.reading.news(pks, {}, Known())

    def _say_labels(self, labels: Labels) -> None:
        for text in label_frames(labels):
            self.socket.write(text)


def _rows_frame(rows: str, first: bool) -> str:
    reset = "true" if first else "false"
    return f'{{"type":"rows","rows":{rows},"reset":{reset},"done":false,"cursor":null}}'
