"""Bringing one connection up to date: a snapshot, a resume, or what it missed while it was slow.

The order is what makes it gapless: take the cursor, then read, then stream; hold shared frames
back from a known place; read what changed between; then let the held frames go.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from livesheet import changelog, protocol, threads
from livesheet.audiences import Audience, Member, News
from livesheet.batches import Batch
from livesheet.changelog import Position
from livesheet.exceptions import Refused
from livesheet.frames import change_frame
from livesheet.rows import Labels, RowReader, used_labels
from livesheet.snapshots import begin
from livesheet.sockets import Socket

MAX_MISSED = 2_000
SNAPSHOT_SECONDS = 120
# How often the cursor of a quiet sheet goes along with the log. Oftener, and whoever asks all the
# time could count what is written in other sheets.
SKIP_SECONDS = 15

logger = logging.getLogger("livesheet")

# Makes the hello frame, given the relations all of whose labels follow.
Hello = Callable[[Iterable[str]], dict[str, Any]]


@dataclass(slots=True)
class Missed:
    """What a client lacks, read at ``position`` or later. ``hidden`` were written but not found."""

    position: Position
    news: News
    hidden: list[str]
    batch: Batch


class Loading(Member):
    """One connection's membership in an audience, from its opening to its end."""

    def __init__(self, socket: Socket, audience: Audience, client: str, user: str = "") -> None:
        self.socket = socket
        self.audience = audience
        self.client, self.user = client, user
        self.listens = False
        self.loaded = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stale = False
        self._skip_at = 0.0

    # --- opening -----------------------------------------------------------------------------

    async def open(self, cursor: Position | None, have: list[str] | None, hello: Hello) -> None:
        """Say hello, then a resume where that is possible, else a snapshot; then go live."""
        audience = self.audience
        position, labels = await threads.run(begin, audience.sheet, audience.language)
        audience.complete = frozenset(labels)
        self.socket.say(await threads.run(hello, labels.keys()))
        self._say_labels(labels)
        if cursor is None or have is None or not await self._resume(cursor, position, have):
            await self._snapshot(position)
        while self._stale:
            await self._snapshot()
        self.loaded.set()

    def reload(self) -> None:
        """Start anew with a snapshot; called where what was sent can no longer be trusted."""
        self._stale = True  # two snapshots at once would mix, so the opening one ends first
        if self.loaded.is_set() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._in_background(self._snapshot()))

    async def _in_background(self, work: Awaitable[None]) -> None:
        try:
            await work
            while self._stale:  # called for once more while it was under way
                await self._snapshot()
        except Refused as refusal:
            self.socket.refuse(refusal)
        except Exception:
            facts = {"event": "sheet.broke", "sheet": self.audience.sheet.get_name()}
            logger.exception("A sheet could not be brought up to date.", extra=facts)
            self.socket.refuse(Refused(protocol.TRY_AGAIN, _("The server had trouble."), 2))

    def cursor(self) -> Position | None:
        """How far the client is; a quiet sheet's must not grow so old that the log is trimmed."""
        if self.listens and self.loaded.is_set() and time.monotonic() > self._skip_at:
            self._skip_at = time.monotonic() + SKIP_SECONDS
            self.socket.skip_to(self.audience.position)
        return self.socket.position if self.socket.behind_since is None else None

    def leave(self) -> None:
        self.audience.members.discard(self)
        if self._task is not None:
            self._task.cancel()

    # --- snapshot ----------------------------------------------------------------------------

    async def _snapshot(self, upto: Position | None = None) -> None:
        """All rows, and what was written since they were read: through ``upto`` at least."""
        self.listens = self._stale = False
        first, snapshot = True, self.audience.snapshot()
        try:
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                async for text, labels in snapshot.chunks():
                    self._say_labels(labels)
                    if text:
                        self.socket.write(_rows_frame(text, first))
                        first = False
                        await self.socket.drained()
        except TimeoutError:
            raise Refused(protocol.TOO_SLOW, _("The sheet could not be sent in time."), 5) from None
        position = snapshot.position
        self.audience.complete = frozenset(snapshot.complete)
        cursor = self.audience.cursors.seal(position)
        done = {"type": "rows", "rows": [], "reset": first, "done": True, "cursor": cursor}
        self.socket.say(done)
        self.socket.start_from(position)
        await self._join(position, snapshot.pks, upto)

    # --- resume ------------------------------------------------------------------------------

    async def _resume(self, cursor: Position, upto: Position, have: list[str]) -> bool:
        missed = await threads.run(self._read_missed, cursor, upto, have)
        if missed is None:
            return False
        gone = set(missed.hidden)
        had = {pk for pk in have if pk not in gone} | missed.news.rows.keys()
        self.audience.sent.update(had)
        self.audience.note(missed.news, (), missed.position.seq)
        self._say_labels(missed.news.labels)
        self._say_missed(missed, missed.hidden)
        await self._join(missed.position, had)
        return True

    def _read_missed(
        self, cursor: Position, position: Position, have: list[str] | None
    ) -> Missed | None:
        """What was written in between; with ``have`` also what became visible or hidden unseen.

        None where a snapshot is cheaper, or where the log does not go back that far.
        """
        sheet = self.audience.sheet
        if position.epoch != cursor.epoch or position.seq < cursor.seq:
            return None
        batch, label = Batch(), self.audience.label
        for entry in changelog.entries(sheet.alias, cursor.seq, position.seq, model=label):
            batch.add(entry, label, ())
        with self.audience.in_language():
            missed = self._compare(batch, position, have)
        return missed if changelog.holds(sheet.alias, cursor) else None

    def _compare(self, batch: Batch, position: Position, have: list[str] | None) -> Missed | None:
        reader = RowReader(self.audience.sheet)
        wanted = set(batch.by)
        hidden: list[str] | None = None
        if have is not None:
            visible, had = set(reader.visible_pks()), set(have)
            wanted = (wanted & visible) | (visible - had)
            hidden = [pk for pk in have if pk not in visible]
        if batch.resync or len(wanted) > MAX_MISSED:
            return None
        rows = reader.read(wanted)
        if hidden is None:
            hidden = [pk for pk in batch.by if pk not in rows]
        labels = used_labels(self.audience.sheet, rows.values(), {})
        return Missed(position, News(rows, labels), hidden, batch)

    # --- joining -----------------------------------------------------------------------------

    async def _join(
        self, base: Position, had: Container[str], through: Position | None = None
    ) -> None:
        """Close the gap between ``base`` and the audience (or ``through``), then go live."""
        self.listens = True
        self.socket.hold()
        self.audience.admit(had)
        # Not only what was delivered: the first parts of a batch may have gone out already.
        upto = self.audience.seen
        if through is not None and through.epoch == upto.epoch and through.seq > upto.seq:
            upto = through
        for column, texts in tuple(self.audience.labels.items()):
            self._say_labels({column: texts})
        if upto.epoch != base.epoch or upto.seq > base.seq:
            missed = None
            if upto.epoch == base.epoch:
                missed = await threads.run(self._read_missed, base, upto, None)
            if missed is None:
                await self._snapshot()
                return
            self._catch(missed, [pk for pk in missed.hidden if pk in had])
        self.socket.release()

    def _catch(self, missed: Missed, gone: list[str]) -> None:
        # Gone here need not be gone for the others yet: they hear of it by their own frame.
        self.audience.note(missed.news, (), missed.position.seq)
        self._say_labels(missed.news.labels)
        self._say_missed(missed, gone)

    def catch_up(self) -> None:
        """Tell a socket that was behind what it missed; in the background."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._in_background(self._catch_up()))

    async def _catch_up(self) -> None:
        base, upto = self.socket.position, self.audience.seen
        recent = None if base is None else self.audience.gone_since(base.seq)
        missed = None
        if base is not None and recent is not None:
            self.socket.hold()
            missed = await threads.run(self._read_missed, base, upto, None)
        self.socket.caught_up()
        if missed is None or recent is None:
            await self._snapshot()
            return
        self._say_labels(self.audience.labels)
        sent = self.audience.sent
        self._catch(missed, [pk for pk in missed.hidden if pk in recent or pk in sent])
        self.socket.release()

    # --- saying ------------------------------------------------------------------------------

    def _say_missed(self, missed: Missed, gone: list[str]) -> None:
        refs, by = self.audience.refs_to_tell(missed.batch), missed.batch.by
        cursor = self.audience.cursors.seal(missed.position)
        frame = change_frame(cursor, missed.news.rows, gone, by, refs)
        self.socket.say(frame, missed.position)

    def _say_labels(self, labels: Labels) -> None:
        for column, texts in labels.items():
            self.socket.say({"type": "labels", "column": column, "labels": texts})
            self.audience.labels.setdefault(column, {}).update(texts)


def _rows_frame(rows: str, first: bool) -> str:
    reset = "true" if first else "false"
    return f'{{"type":"rows","rows":{rows},"reset":{reset},"done":false,"cursor":null}}'
