"""The open connections for which one encoded frame is right, and what they have been sent."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Container, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import InterfaceError, OperationalError, models
from django.utils import translation

from livesheet import metrics, threads, wire
from livesheet.batches import Batch
from livesheet.changelog import Entry, Position
from livesheet.cursors import Cursors
from livesheet.frames import change_frame
from livesheet.pksets import PkSet
from livesheet.rows import Labels, Row, RowReader, mark_of, renamed_labels, used_labels
from livesheet.sheets import Sheet
from livesheet.snapshots import Snapshot
from livesheet.sockets import Socket

logger = logging.getLogger("livesheet")

ROWS_PER_FRAME = 500
GONE_REMEMBERED = 10_000
TRIES = 3

Key = Hashable


def audience_key(sheet: Sheet, language: str) -> Key:
    """Covers everything that the bytes of a shared frame depend on."""
    params = tuple(sorted((name, str(value)) for name, value in sheet.params.items()))
    names = tuple((column.name, column.type) for column in sheet.columns)
    return (sheet.get_name(), params, names, language, sheet.audience)


def digest(sheet: Sheet, language: str) -> str:
    """Tells whether a client's copy is still of this sheet, user, audience and columns."""
    described = [column.describe() for column in sheet.columns]
    whole = (repr(audience_key(sheet, language)), repr(described), str(sheet.user.pk))
    return hashlib.sha256("\0".join(whole).encode()).hexdigest()[:12]


def _label_of(model: type[models.Model]) -> str:
    return (model._meta.concrete_model or model)._meta.label_lower


@dataclass(slots=True)
class News:
    """What a read found: rows by pk that may be seen now, and labels that they need."""

    rows: dict[str, Row]
    labels: Labels


class Audience:
    """Reads a batch once for all its sockets, encodes it once, hands the same text to each.

    While a read is under way new changes gather, so the batch grows with the load and the idle
    latency stays that of one read.
    """

    def __init__(self, key: Key, sheet: Sheet, language: str, position: Position) -> None:
        self.key = key
        self.sheet = sheet
        self.cursors = Cursors(sheet)
        self.language = language
        self.label = _label_of(sheet.get_model())
        self.related = frozenset(
            c.related_model._meta.label_lower for c in sheet.columns if c.related_model
        )
        self.depends_on = frozenset(_label_of(model) for model in sheet.depends_on)
        self.comparison_wanted = asyncio.Event()
        self._touched: set[str] = set()
        self.members: set[Member] = set()
        self.sent = PkSet()
        self.labels: Labels = {}
        self.complete: frozenset[str] = frozenset()  # relations all of whose labels were sent
        self.position = position  # delivered through here
        self.seen = position  # noticed through here
        self._recent_gone: deque[tuple[int, str]] = deque(maxlen=GONE_REMEMBERED)
        self._gone_since = position.seq
        self._batch = Batch()
        self._reading: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._snapshot: Snapshot | None = None

    # --- in ----------------------------------------------------------------------------------

    def take(self, entries: Iterable[Entry], position: Position) -> None:
        """Note what was written; the frame follows as soon as it has been read."""
        concerns = False
        for entry in entries:
            concerns = self._batch.add(entry, self.label, self.related) or concerns
            if entry.model == self.label:
                self._touched.update(entry.pks)
            if entry.model in self.depends_on:
                self.comparison_wanted.set()
        self.seen = position
        if self._task is None and concerns:
            self._task = asyncio.get_running_loop().create_task(self._work())
        elif self._task is None:
            self.position = position

    def start_from(self, position: Position) -> None:
        """The log is another one now: give everybody a snapshot."""
        self.stop()
        self._task, self._batch = None, Batch()
        self.position = self.seen = position
        self._recent_gone.clear()
        self._gone_since = position.seq
        self.reset()

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    @property
    def is_listening(self) -> bool:
        """Whether somebody here has all rows; others may still be loading them."""
        return any(member.listens for member in self.members)

    def in_language(self) -> AbstractContextManager[None]:
        return translation.override(self.language)

    def _facts(self, event: str) -> dict[str, Any]:
        return {"event": event, "sheet": self.sheet.get_name(), "sockets": len(self.members)}

    # --- out ---------------------------------------------------------------------------------

    async def _work(self) -> None:
        try:
            while self.position.seq < self.seen.seq or self.position.epoch != self.seen.epoch:
                batch, position, self._batch = self._batch, self.seen, Batch()
                self._reading = set(batch.by)
                await self._publish(batch, position)
                self.position, self._reading = position, set()
        except Exception:
            text = "%r cannot be read; its sockets start anew."
            logger.exception(text, type(self.sheet), extra=self._facts("audience.reset"))
            self.position = self.seen
            self.reset()
        if self._task is asyncio.current_task():
            self._task = None

    async def _publish(self, batch: Batch, position: Position) -> None:
        if not self.is_listening:
            return  # those who are loading read the log themselves
        if batch.resync:
            self.reset()
            return
        metrics.batch_rows.observe(len(batch.by))
        pks = iter(batch.by)
        parts = iter(lambda: list(islice(pks, ROWS_PER_FRAME)), [])
        part, following = next(parts, []), next(parts, None)
        while following is not None:
            await self._publish_part(part, batch, position, last=False)
            part, following = following, next(parts, None)
        await self._publish_part(part, batch, position, last=True)

    async def _publish_part(
        self, pks: list[str], batch: Batch, position: Position, *, last: bool
    ) -> None:
        news = await self._read(pks, batch.related if last else {})
        gone = [pk for pk in pks if pk not in news.rows and pk in self.sent]
        self.note(news, gone, position.seq)
        self._broadcast_labels(news.labels)
        # A ref says that all its rows have come, so refs go with the last part.
        refs = self.refs_to_tell(batch) if last else []
        if news.rows or gone or refs:
            at = position if last else self.position
            frame = change_frame(self.cursors.seal(at), news.rows, gone, batch.by, refs)
            self._broadcast(wire.dumps(frame), position, last, keep=bool(gone))

    def refs_to_tell(self, batch: Batch) -> list[list[Any]]:
        """A ref of a row that this audience never saw would tell of a hidden write."""
        # By user, too: a client id is seen by others and may be claimed by anybody.
        authors = {(member.user, member.client) for member in self.members}
        recent = {pk for _seq, pk in self._recent_gone}
        told = (
            tuple(ref)
            for pk, actor, ref in batch.refs
            if (actor, ref[0]) in authors or pk in self.sent or pk in recent
        )
        return [list(ref) for ref in dict.fromkeys(told)]

    async def _read(self, pks: list[str], related: dict[str, set[str]]) -> News:
        for attempt in range(TRIES):
            try:
                return await threads.run(self.read, pks, related)
            except (OperationalError, InterfaceError):
                text = "The rows of %r cannot be read; trying again."
                logger.warning(text, type(self.sheet), extra=self._facts("audience.unread"))
                await asyncio.sleep(0.5 * 2**attempt)
        return await threads.run(self.read, pks, related)

    def read(self, pks: list[str], related: dict[str, set[str]]) -> News:
        """The current committed state of these rows. Synchronous."""
        with self.in_language(), metrics.read_seconds.time():
            rows = RowReader(self.sheet).read(pks)
            labels = used_labels(self.sheet, rows.values(), self.labels)
            for label, keys in related.items():
                renamed = renamed_labels(self.sheet, label, keys, self.labels, self.complete)
                for column, texts in renamed.items():
                    labels.setdefault(column, {}).update(texts)
        return News(rows, labels)

    # --- what this audience has --------------------------------------------------------------

    def note(self, news: News, gone: Iterable[str], seq: int) -> None:
        """Remember what is being sent, so that nothing else is ever called gone."""
        for pk, row in news.rows.items():
            self.sent.mark(pk, mark_of(row))
        for pk in gone:
            self.sent.discard(pk)
            if len(self._recent_gone) == GONE_REMEMBERED:
                self._gone_since = self._recent_gone[0][0]
            self._recent_gone.append((seq, pk))
        for column, texts in news.labels.items():
            self.labels.setdefault(column, {}).update(texts)

    def admit(self, had: Container[str]) -> None:
        """A member who read for itself may still have what was called gone while it did."""
        self.sent.update(pk for _seq, pk in self._recent_gone if pk in had)

    @contextmanager
    def watching(self) -> Iterator[set[str]]:
        """The pks that are noticed as written meanwhile, or wait to be read."""
        self._touched = set(self._batch.by) | self._reading
        yield self._touched
        self._touched = set()

    def gone_since(self, seq: int) -> set[str] | None:
        """The pks called gone after ``seq``; None where that is no longer known."""
        if seq < self._gone_since:
            return None
        return {pk for at, pk in self._recent_gone if at > seq}

    def _broadcast_labels(self, labels: Labels) -> None:
        for column, texts in labels.items():
            text = wire.dumps({"type": "labels", "column": column, "labels": texts})
            self._broadcast(text, None)

    def _broadcast(
        self, text: str, position: Position | None, last: bool = True, keep: bool = False
    ) -> None:
        for member in tuple(self.members):
            if member.listens:
                member.socket.deliver(text, position, last, keep)

    def snapshot(self) -> Snapshot:
        """All rows; one that is being read is for everybody who loads meanwhile."""
        if self._snapshot is None or self._snapshot.is_over:
            self._snapshot = Snapshot(self.sheet, self.language, dict(self.labels), self.sent)
        return self._snapshot

    def reset(self) -> None:
        """Give every member a new snapshot."""
        self._snapshot = None  # what is being read may be from before
        for member in tuple(self.members):
            member.reload()


class Member:
    """One connection's place in an audience. ``listens`` once its own loading has got that far."""

    socket: Socket
    client: str
    user: str
    listens: bool

    def reload(self) -> None:
        raise NotImplementedError
