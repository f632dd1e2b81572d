"""The change log: written in the writer's transaction, ordered after the commit, read by feeds.

A *position* is a place in the log of one database alias. On SQLite, which has one writer at a time,
the id of a change is its place. On other databases, ids are assigned before the commit, so a reader
that asks for ``id > cursor`` would miss slow transactions. There, ``stamp`` numbers the committed
changes (``seq``); docs/how-an-edit-travels.md proves that no reader can pass a gap.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connections, models, router, transaction

from livesheet import metrics
from livesheet.log import actors, numbering
from livesheet.log.inserting import insert
from livesheet.log.transactions import short_waits
from livesheet.tables import (
    PKS_BEFORE_RESYNC,
    PKS_PER_CHANGE,
    Change,
    Clock,
    new_epoch,
)

logger = logging.getLogger("livesheet")

STAMP_BATCH = 2_000
EACH_AT_ONCE = 100
LOCK_SECONDS = 1
IDLE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Position:
    """``epoch`` names the log, ``seq`` the last change seen, ``tag`` proves that it is that one."""

    epoch: str
    seq: int
    tag: str

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}.{self.tag}"

    @classmethod
    def parse(cls, text: str | None) -> Position | None:
        """The position that a client sent back, or None if it is not valid."""
        parts = (text or "").split(".")
        if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit():
            return None
        return cls(parts[0], int(parts[1][:18]), parts[2])


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as a reader sees it."""

    seq: int
    model: str
    kind: str
    pks: tuple[str, ...]
    actor: str
    origin: str
    client: str
    ref: str
    index: int | None
    tag: str

    @property
    def who(self) -> str | list[str]:
        """A user's key, or an origin, or both; empty if the author is unknown."""
        if self.actor and self.origin:
            return [self.actor, self.origin]
        return self.actor or self.origin


# --- writing ---------------------------------------------------------------------------------


def record(
    model: type[models.Model],
    pks: Iterable[Any],
    kind: str,
    *,
    using: str,
    fields: Iterable[str] | None = None,
) -> None:
    """Insert change rows for ``pks`` of ``model``, in the transaction that is open on ``using``."""
    actor, label = actors.current(), model._meta.label_lower
    keys = [str(pk) for pk in pks]
    if actor.captured is not None:
        actor.captured.update((label, key) for key in keys)
    if len(keys) > PKS_BEFORE_RESYNC:
        insert(using, label, Change.Kind.RESYNC, [], None, actor)
        return
    for start in range(0, len(keys), PKS_PER_CHANGE):
        insert(using, label, kind, keys[start : start + PKS_PER_CHANGE], fields, actor)


def record_resync(model: type[models.Model], *, using: str) -> None:
    """Log that any rows of ``model`` may have been written."""
    insert(using, model._meta.label_lower, Change.Kind.RESYNC, [], None, actors.current())


def record_access(user_keys: Sequence[str], *, using: str) -> None:
    """Log that the rights of these users may have changed, so that every process checks them."""
    insert(using, "", Change.Kind.ACCESS, list(user_keys), None, actors.current())


def record_views(room: str, *, using: str) -> None:
    """Log that the views of this room have changed."""
    insert(using, "", Change.Kind.VIEWS, [room], None, actors.current())


def is_kept_on(using: str) -> bool:
    """Whether the log's tables should exist on this alias."""
    return bool(router.allow_migrate_model(using, Change))


# --- ordering --------------------------------------------------------------------------------


def ordered_by_id(using: str) -> bool:
    return connections[using].vendor == "sqlite"


def place(using: str) -> str:
    """The column that contains the place of a change on this alias."""
    return "id" if ordered_by_id(using) else "seq"


def clock(using: str) -> Clock:
    """The clock row; made again, with a new epoch, if a flush has deleted it."""
    row = Clock.objects.using(using).filter(pk=1).first()
    if row is None:
        row, _ = Clock.objects.using(using).get_or_create(pk=1, defaults={"epoch": new_epoch()})
    return row


def begin_anew(using: str) -> None:
    """Give the log a new epoch: all cursors become invalid, so every client gets a snapshot."""
    clock(using)
    Clock.objects.using(using).filter(pk=1).update(epoch=new_epoch())


@dataclass(frozen=True, slots=True)
class Stamped:
    """What one stamper numbered: its ``rows`` are all between ``before`` and ``after``."""

    before: Position
    after: Position
    rows: numbering.Found


def stamp(using: str, most: int = STAMP_BATCH, *, waits: bool = True) -> int:
    """Number the oldest committed changes. Returns how many were numbered.

    With ``waits=False``, nothing is done while another stamper is at work.
    """
    stamped = _stamp(using, most, ("tag",), waits=waits) if _is_any_waiting(using) else None
    return len(stamped.rows) if stamped else 0


def news(
    using: str, after: Position | None, most: int, *, expected: bool = False
) -> tuple[Position, list[Entry] | None]:
    """Number what is new, and read what was written after ``after``: at most ``most`` changes.

    ``expected`` says that something was written just now, so there is no need to look first whether
    there is anything. Returns the log's position after that, and the entries; None for "start anew
    from there".
    """
    if ordered_by_id(using):
        return _news_by_id(using, after, most)
    stamped = None
    if expected or _is_any_waiting(using):
        stamped = _stamp(using, most, _ENTRY, waits=True)
    if stamped is not None and stamped.before == after:  # so nobody else has numbered meanwhile
        return stamped.after, [_entry(using, row) for row in stamped.rows]
    now = stamped.after if stamped is not None else head(using)
    if after is None or now.epoch != after.epoch or now.seq < after.seq:
        return now, None
    if now.seq == after.seq:
        return now, ([] if now.tag == after.tag else None)
    found = entries(using, after.seq, now.seq, limit=most)
    return now, found if holds(using, after) else None


def _news_by_id(
    using: str, after: Position | None, most: int
) -> tuple[Position, list[Entry] | None]:
    """The same on databases without numbering. The change at ``after`` is read too, as proof."""
    if after is None:
        return head(using), None
    row, rows = numbering.with_clock(using, after.seq, most + 1, _ENTRY)
    found = [_entry(using, row) for row in rows]
    proof = found.pop(0) if found and after.seq else None
    is_whole = (proof.seq, proof.tag) == (after.seq, after.tag) if proof else after.seq == 0
    epoch, trimmed_through = row or ("", 0)  # a flush has deleted it
    if epoch != after.epoch or trimmed_through > after.seq or not is_whole:
        return head(using), None
    found = found[:most]  # one more was read where nothing stands at the beginning of a log
    return Position(epoch, found[-1].seq, found[-1].tag) if found else after, found


def _is_any_waiting(using: str) -> bool:
    """Whether there are committed changes to number."""
    return not ordered_by_id(using) and _unstamped(using).exists()


def _stamp(using: str, most: int, columns: Sequence[str], *, waits: bool) -> Stamped | None:
    """One short transaction. None if it would have to wait although it must not.

    Whoever holds the clock row's lock sees every stamp made before, because the changes are
    selected by a new statement *after* the lock was granted. A rolled back stamper gives its
    numbers back with the clock row. So numbers are gapless and no reader can pass a hole.
    """
    is_postgresql = connections[using].vendor == "postgresql"
    if is_postgresql and waits and numbering.takes_several(using):
        found = numbering.at_once(using, most, columns, LOCK_SECONDS)
        if found:
            return _stamped_at_once(found, columns)
        clock(using)  # a flush has deleted it
        return _stamp(using, most, columns, waits=True)
    # Paused while it holds the lock, a stamper must not hold up the others for long.
    with transaction.atomic(using=using), short_waits(using, LOCK_SECONDS, IDLE_SECONDS):
        row = locked_clock(using, waits=waits)
        if row is not None and is_postgresql:
            return _stamped_at_once(numbering.at_once(using, most, columns, None), columns)
        if row is not None:
            return _stamped_by_key(using, row, most, columns)
    clock(using)  # a flush has taken it
    return _stamp(using, most, columns, waits=True) if waits else None


def _stamped_at_once(found: numbering.Found, columns: Sequence[str]) -> Stamped:
    before = Position(*found[0][:3])
    rows = [row[3:] for row in found if row[3] is not None]
    return Stamped(before, _last_of(before, rows, columns), rows)


def _stamped_by_key(using: str, row: Clock, most: int, columns: Sequence[str]) -> Stamped:
    before = Position(row.epoch, row.last_seq, row.last_tag)
    rows = numbering.by_key(using, row.last_seq, most, columns)
    after = _last_of(before, rows, columns)
    if rows:
        row.last_seq, row.last_tag = after.seq, after.tag
        row.save(using=using, update_fields=["last_seq", "last_tag"])
    return Stamped(before, after, rows)


def _last_of(before: Position, rows: numbering.Found, columns: Sequence[str]) -> Position:
    if not rows:
        return before
    return Position(before.epoch, rows[-1][0], rows[-1][1 + columns.index("tag")])


def locked_clock(using: str, *, waits: bool) -> Clock | None:
    """The clock row, locked in the open transaction; None if this would have to wait."""
    rows, features = Clock.objects.using(using), connections[using].features
    if waits:
        rows = rows.select_for_update()
    elif features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    elif features.has_select_for_update:
        rows = rows.select_for_update(nowait=True)
    return rows.filter(pk=1).first()


def _unstamped(using: str) -> models.QuerySet[Change]:
    return Change.objects.using(using).filter(seq=None)


# --- reading ---------------------------------------------------------------------------------


_KINDS = frozenset(Change.Kind.values)
_ENTRY = ("model", "kind", "pks", "actor", "origin", "client", "ref", "ref_index", "tag")


def head(using: str) -> Position:
    """The newest place in the log."""
    row = clock(using)
    if not ordered_by_id(using):
        return Position(row.epoch, row.last_seq, row.last_tag)
    newest = Change.objects.using(using).order_by("-id").values_list("id", "tag").first()
    seq, tag = newest or (0, "")
    return Position(row.epoch, seq, tag)


def entries(
    using: str, after: int, upto: int | None = None, *, model: str = "", limit: int | None = None
) -> list[Entry]:
    """The changes after a place, oldest first; ``model`` is a label such as ``"shop.product"``."""
    name = place(using)
    changes = Change.objects.using(using).filter(**{f"{name}__gt": after})
    if upto is not None:
        changes = changes.filter(**{f"{name}__lte": upto})
    if model:
        changes = changes.filter(model=model)
    rows = changes.order_by(name).values_list(name, *_ENTRY)[:limit]
    return [_entry(using, row) for row in rows]


def each(using: str, after: int, upto: int, models: Iterable[str]) -> Iterator[Entry]:
    """The same for several models, one by one, so that the caller can stop before the end."""
    name = place(using)
    changes = Change.objects.using(using).filter(
        **{f"{name}__gt": after, f"{name}__lte": upto}, model__in=list(models)
    )
    for row in changes.order_by(name).values_list(name, *_ENTRY).iterator(EACH_AT_ONCE):
        yield _entry(using, row)


def _entry(using: str, row: tuple[Any, ...]) -> Entry:
    """An entry that cannot be read keeps its place and its tag, but contains nothing."""
    seq, model, kind, pks, *rest = row
    keys = keys_of(pks)
    if keys is not None and kind in _KINDS:
        return Entry(seq, model, kind, keys, *rest)
    _say_skipped(using, seq, rest[-1], model, kind)
    return Entry(seq, "", "", (), "", "", "", "", None, rest[-1])


def keys_of(pks: str) -> tuple[str, ...] | None:
    """The keys that a change names; None if it is not a JSON list of texts or numbers."""
    try:
        keys = json.loads(pks)
    except (ValueError, RecursionError):
        return None
    if not isinstance(keys, list) or not all(type(key) in (str, int) for key in keys):
        return None
    return tuple(map(str, keys))


@lru_cache(maxsize=1_000)
def _say_skipped(using: str, seq: int, tag: str, model: str, kind: str) -> None:
    """Log this once for each such change, however many readers skip it."""
    metrics.unreadable.add(using)
    logger.error(
        "A change of %r at place %d of the log of %r cannot be read, and is passed over.",
        model[:200],
        seq,
        using,
        extra={"event": "log.unreadable", "database": using, "place": seq, "kind": kind[:8]},
    )


def unstamped(using: str, *, model: str) -> list[Entry]:
    """Committed changes that have no place yet, in the order of their ids; their ``seq`` is 0."""
    rows = _unstamped(using).filter(model=model).order_by("id")
    return [_entry(using, (0, *row)) for row in rows.values_list(*_ENTRY)]


def holds(using: str, position: Position) -> bool:
    """Whether the log still has everything after ``position``, and is still the same log.

    Call it *after* reading: a trim in between must not leave an unnoticed gap.
    """
    row = clock(using)
    if row.epoch != position.epoch or position.seq < row.trimmed_through:
        return False
    if position.seq == 0:
        return True
    found = Change.objects.using(using).filter(**{place(using): position.seq})
    return list(found.values_list("tag", flat=True)) == [position.tag]
