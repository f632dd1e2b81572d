"""Bringing one connection up to date: a snapshot, a resume, or what it missed while it was slow.

One rule makes it gapless: take a boundary, then read, then send what was told since the boundary.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from livesheet import changelog, protocol, threads
from livesheet.audiences import Audience, Begun, Member, News
from livesheet.backlogs import Backlog, add_labels
from livesheet.batches import Batch
from livesheet.budget import Turns
from livesheet.changelog import Position
from livesheet.exceptions import Refused
from livesheet.frames import ROWS_PER_FRAME, change_frame, label_frames
from livesheet.pksets import UNKNOWN
from livesheet.rows import Labels, RowReader, related_columns, renamed_labels
from livesheet.snapshots import begin
from livesheet.sockets import Socket

MAX_MISSED = 2_000
# Keys in the log, or changes, of which a resume reads no more.
MAX_LOGGED = 20_000
SNAPSHOT_SECONDS = 120
# How often the cursor of a quiet sheet goes along with the log. Oftener, and whoever asks all the
# time could count what is written in other sheets.
SKIP_SECONDS = 15

logger = logging.getLogger("livesheet")

# Makes the hello frame, given the relations all of whose labels follow.
Hello = Callable[[Iterable[str]], dict[str, Any]]


@dataclass(slots=True)
class Missed:
    """What a client lacks: what was written, and what of it may be seen, with all that may be."""

    batch: Batch
    news: News
    visible: set[str]


class Loading(Member):
    """One connection's membership in an audience, from its opening to its end."""

    def __init__(
        self,
        socket: Socket,
        audience: Audience,
        client: str,
        user: str = "",
        turns: Turns | None = None,
    ) -> None:
        """``turns`` bounds how many sheets ``user`` loads at a time."""
        self._turns = turns or Turns(lambda: 1)
        self.socket = socket
        self.audience = audience
        self.client, self.user = client, user
        self.loaded = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stale = False
        self._skip_at = 0.0

    # --- life --------------------------------------------------------------------------------

    async def open(self, cursor: Position | None, have: list[str] | None, hello: Hello) -> None:
        """Say hello, then a resume where that is possible, else a snapshot; then go live."""
        async with self._turns.turn(self.user):
            await self._open(cursor, have, hello)
        self.loaded.set()

    async def _open(self, cursor: Position | None, have: list[str] | None, hello: Hello) -> None:
        audience = self.audience
        if cursor is not None and not await audience.reaches(cursor):
            cursor = None
        self.backlog = backlog = audience.backlog()
        labels = await threads.run(begin, audience.sheet, audience.language)
        audience.follow(labels)
        self.socket.say(await threads.run(hello, labels.keys()))
        begun = Begun(backlog, labels)
        if cursor is None or have is None or not await self._resume(cursor, have, begun):
            await self._snapshot(begun if self.backlog is backlog else None)
        await self._until_fresh()

    def reload(self) -> None:
        """Start anew with a snapshot; called where what was sent can no longer be trusted."""
        self._stale, self.has_all, self.backlog = True, False, None
        if self.loaded.is_set():
            self._in_background(self._reload)

    async def _reload(self) -> None:
        async with self._turns.turn(self.user):
            await self._until_fresh()

    def catch_up(self) -> None:
        """Tell a socket that was behind what it missed; in the background."""
        if self.is_live:  # it was answers that had piled up, and it missed nothing meanwhile
            self.socket.caught_up()
        elif self.has_all:
            self._in_background(self._go_live)

    def cursor(self) -> Position | None:
        """How far the client is; a quiet sheet's must not grow so old that the log is trimmed."""
        is_due = time.monotonic() > self._skip_at
        if self.is_live and self.audience.is_quiet and is_due:
            self._skip_at = time.monotonic() + SKIP_SECONDS
            self.socket.deliver([], self.audience.position)
        return self.socket.position if self.socket.behind_since is None else None

    def leave(self) -> None:
        self.audience.members.discard(self)
        self.has_all, self.backlog = False, None
        if self._task is not None:
            self._task.cancel()

    async def _until_fresh(self) -> None:
        while self._stale:  # two snapshots at once would mix, so one ends before the next
            await self._snapshot()

    def _in_background(self, work: Callable[[], Awaitable[None]]) -> None:
        if self._task is None or self._task.done():  # else it sees what was asked for meanwhile
            self._task = asyncio.create_task(self._carry_out(work))

    async def _carry_out(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            await self._until_fresh()
        except Refused as refusal:
            self.socket.refuse(refusal)
        except Exception:
            facts = {"event": "sheet.broke", "sheet": self.audience.sheet.get_name()}
            logger.exception("A sheet could not be brought up to date.", extra=facts)
            self.socket.refuse(Refused(protocol.TRY_AGAIN, _("The server had trouble."), 2))

    # --- snapshot ----------------------------------------------------------------------------

    async def _snapshot(self, begun: Begun | None = None) -> None:
        """All rows, then what was told since their reading began."""
        self._stale = False
        snapshot = self.audience.snapshot(begun)
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
                        await asyncio.sleep(0)  # where a server takes everything, others wait
        except TimeoutError:
            raise Refused(protocol.TOO_SLOW, _("The sheet could not be sent in time."), 5) from None
        self.audience.follow(snapshot.complete or ())
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

    async def _resume(self, cursor: Position, have: list[str], begun: Begun) -> bool:
        """Send what was written since ``cursor``, if a snapshot is not cheaper."""
        backlog, whole = begun
        self.audience.follow(self._relations())  # it may have any label, from an earlier life
        missed = await threads.run(self._read_missed, cursor, backlog.position, have)
        if missed is None or self.backlog is not backlog:
            return False
        rows, marks, labels = missed.news.rows, missed.news.marks, missed.news.labels
        marks += [(pk, UNKNOWN) for pk in missed.visible if pk not in rows]
        went = set(self.audience.told.admit(marks, labels, backlog))
        told = {pk: row for pk, row in rows.items() if pk not in went}
        gone = [pk for pk in have if pk not in missed.visible or pk in went]
        by = {pk: missed.batch.by.get(pk, "") for pk in told}  # who wrote hidden rows is hidden
        refs = missed.batch.refs_of(told, {(self.user, self.client)})
        self._say_labels(whole | labels)
        cursor_now = self.audience.cursors.seal(backlog.position)
        frame = change_frame(cursor_now, list(told.values()), gone, by, refs)
        self.socket.deliver([frame], backlog.position)
        await self._go_live()
        return True

    def _read_missed(self, cursor: Position, upto: Position, have: list[str]) -> Missed | None:
        """None where a snapshot is cheaper, or where the log does not tell everything."""
        batch = self._logged(cursor, upto)
        if batch is None:
            return None
        with self.audience.in_language():
            reader = RowReader(self.audience.sheet)
            visible, linked = set(reader.visible_pks()), reader.showing(batch.related, MAX_MISSED)
            if linked is None:
                return None
            wanted = visible.intersection({*batch.by, *linked}) | visible.difference(have)
            if len(wanted) > MAX_MISSED:
                return None
            news = self.audience.read(wanted, {}, {})
            for model, keys in batch.related.items():
                renamed = renamed_labels(self.audience.sheet, model, keys, {}, self._relations())
                add_labels(news.labels, renamed)
        return Missed(batch, news, visible)

    def _logged(self, cursor: Position, upto: Position) -> Batch | None:
        audience, batch, left = self.audience, Batch(upto), MAX_LOGGED
        if cursor.epoch != upto.epoch or cursor.seq > upto.seq or cursor.seq <= audience.found_at:
            return None
        models = (audience.label, *audience.related)
        for entry in changelog.each(audience.sheet.alias, cursor.seq, upto.seq, models):
            batch.add(entry, audience.label, audience.related)
            left -= max(1, len(entry.pks))
            if left < 0 or batch.resync:
                return None
        return batch if changelog.holds(audience.sheet.alias, cursor) else None

    # --- going live --------------------------------------------------------------------------

    async def _go_live(self) -> None:
        """Send what was told since the boundary, and hear the rest as it comes."""
        self.socket.caught_up()
        while (backlog := self.backlog) is not None and backlog.deliveries is None:
            self.backlog = self.audience.backlog()
            await self._say_missed(backlog, self.backlog)
        if backlog is None:
            return  # called to start anew
        for delivery in backlog.deliveries or ():
            self.socket.deliver(delivery.texts, delivery.position)
        self.has_all, self.backlog = True, None
        if self.socket.behind_since is not None:
            self.backlog = self.audience.backlog()

    async def _say_missed(self, missed: Backlog, backlog: Backlog) -> None:
        """It was too much to keep: read its rows once, now that ``backlog`` has begun."""
        pks = list(missed.by)
        self._say_labels(missed.labels)
        for start in range(0, len(pks), ROWS_PER_FRAME) or [0]:
            part = pks[start : start + ROWS_PER_FRAME]
            news = await self.audience.read_for(backlog, part)
            if self.backlog is not backlog:
                return
            is_last = start + ROWS_PER_FRAME >= len(pks)
            position = backlog.position if is_last else self.socket.position or missed.position
            gone = [pk for pk in part if pk not in news.rows]
            refs = missed.refs if is_last else []
            cursor = self.audience.cursors.seal(position)
            frame = change_frame(cursor, list(news.rows.values()), gone, missed.by, refs)
            self.socket.deliver([*label_frames(news.labels), frame], position)
            await self.socket.drained()

    def _relations(self) -> list[str]:
        return [column.name for _n, column in related_columns(self.audience.sheet)]

    def _say_labels(self, labels: Labels) -> None:
        for text in label_frames(labels):
            self.socket.write(text)


def _rows_frame(rows: str, first: bool) -> str:
    reset = "true" if first else "false"
    return f'{{"type":"rows","rows":{rows},"reset":{reset},"done":false,"cursor":null}}'
