"""Keeps the change log and the receipts short, without an unnoticed gap.

``tidy`` does a little of this and may be called by anybody at any time. It waits for no lock, so it
delays neither writers nor readers of the log.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import OperationalError, models, transaction
from django.utils import timezone

from livesheet import conf
from livesheet.log import changelog
from livesheet.log.changelog import head, place
from livesheet.log.transactions import atomic, short_waits
from livesheet.tables import Change, Clock, EditRecord, new_epoch

# More would lock the clock for longer than readers wait for it.
AT_ONCE = 20_000
FORGOTTEN_AT_ONCE = 100_000
DELETED_AT_ONCE = 2_000
# How long one call of ``tidy`` trims, and how long its caller rests if there is more.
TRIM_SECONDS = 1.0
REST_SECONDS = 0.5
# The log may exceed its limits by this factor before ``tidy`` trims it: on SQLite, a trim
# blocks writers.
SLACK = 0.05
SLACK_HOURS = 6


def tidy(using: str) -> bool:
    """Number and trim a little. Returns whether there is more to do at once."""
    try:
        return _tidied(using)
    except OperationalError as error:
        if "database is locked" in str(error):
            return False  # SQLite: somebody writes for longer than it waits, and rings at the end
        raise


def _tidied(using: str) -> bool:
    is_more = _number_some(using)
    end = time.monotonic() + TRIM_SECONDS
    if _is_due(using):
        for _deleted in _trim(using):
            if time.monotonic() > end:
                return True
    trim_records(using)
    return is_more


# --- what has no place yet -------------------------------------------------------------------


def _number_some(using: str) -> bool:
    changelog.clock(using)  # made anew after a flush
    if changelog.stamp(using, AT_ONCE, waits=False) < AT_ONCE:
        return False
    while forget(using):
        pass
    return True


def catch_up(using: str) -> tuple[int, int]:
    """Number everything, for a command. Returns how many changes were deleted and numbered."""
    forgotten = numbered = 0
    while deleted := forget(using):
        forgotten += deleted
    while found := changelog.stamp(using, AT_ONCE):
        numbered += found
    return forgotten, numbered


def forget(using: str) -> int:
    """Delete the oldest changes without a number, beyond ``KEEP_CHANGES``. Returns how many.

    They can no longer be sent to anybody, so the log becomes a new one: its epoch changes in the
    same transaction.
    """
    keep = max(1, conf.get("KEEP_CHANGES"))
    waiting = Change.objects.using(using).filter(seq=None)
    if changelog.ordered_by_id(using) or not _ids(waiting.order_by("-id"), keep, keep + 1):
        return 0
    waits = short_waits(using, changelog.LOCK_SECONDS, changelog.IDLE_SECONDS)
    with transaction.atomic(using=using), waits:
        row = changelog.locked_clock(using, waits=False)
        oldest_kept = _ids(waiting.order_by("-id"), keep - 1, keep)
        if row is None or not oldest_kept:
            return 0
        older = waiting.filter(id__lt=oldest_kept[0]).order_by("id")
        ids = _ids(older, 0, FORGOTTEN_AT_ONCE)
        _delete(using, ids)
        row.epoch = new_epoch()
        row.save(using=using, update_fields=["epoch"])
    return len(ids)


def _ids(changes: models.QuerySet[Change], first: int, last: int) -> list[int]:
    return list(changes.values_list("id", flat=True)[first:last])


# --- what is too old or too much -------------------------------------------------------------


def trim(using: str) -> int:
    """Delete what is older than ``KEEP_DAYS`` or beyond ``KEEP_CHANGES``. Returns how many changes.

    ``trimmed_through`` moves in the same transaction, so a reader who asks afterwards knows. The
    newest change stays, because its tag proves that a cursor belongs to this log.
    """
    return sum(_trim(using))


def _trim(using: str) -> Iterator[int]:
    """In short transactions, by primary key only, so that writers are not blocked by gap locks."""
    name, newest = place(using), head(using).seq
    through = min(newest - 1, max(_through_by_age(using, name), newest - conf.get("KEEP_CHANGES")))
    older = Change.objects.using(using).filter(**{f"{name}__lte": through}).order_by(name)
    while through > 0:
        with atomic(using):
            found = list(older.values_list("id", name)[:DELETED_AT_ONCE])
            if not found:
                return
            _delete(using, [row[0] for row in found])
            Clock.objects.using(using).filter(pk=1, trimmed_through__lt=found[-1][1]).update(
                trimmed_through=found[-1][1]
            )
        yield len(found)


def _is_due(using: str) -> bool:
    """Whether trimming is worthwhile, by a few cheap checks."""
    name, row = place(using), changelog.clock(using)
    newest, keep = head(using).seq, conf.get("KEEP_CHANGES")
    if newest - max(row.trimmed_through, _first(using, name) - 1) > keep * (1 + SLACK):
        return True
    horizon = timezone.now() - timedelta(days=conf.get("KEEP_DAYS"), hours=SLACK_HOURS)
    placed = Change.objects.using(using).filter(**{f"{name}__lt": newest}).order_by(name)
    oldest = placed.values_list("at", flat=True).first()
    return oldest is not None and oldest < horizon


def _first(using: str, name: str) -> int:
    placed = Change.objects.using(using).filter(**{f"{name}__isnull": False}).order_by(name)
    return placed.values_list(name, flat=True).first() or 0


def _through_by_age(using: str, name: str) -> int:
    horizon = timezone.now() - timedelta(days=conf.get("KEEP_DAYS"))
    old = Change.objects.using(using).filter(at__lt=horizon, **{f"{name}__isnull": False})
    return old.order_by(f"-{name}").values_list(name, flat=True).first() or 0


def _delete(using: str, ids: list[int]) -> None:
    for first in range(0, len(ids), DELETED_AT_ONCE):
        some = ids[first : first + DELETED_AT_ONCE]
        Change.objects.using(using).filter(id__in=some).delete()


def trim_records(using: str) -> int:
    """Delete the receipts of edits that nobody may send again."""
    horizon = timezone.now() - timedelta(days=conf.get("RESEND_DAYS") + 1)
    records, deleted = EditRecord.objects.using(using), 0
    old = records.filter(at__lt=horizon).order_by("at").values_list("id", flat=True)
    while ids := list(old[:DELETED_AT_ONCE]):
        deleted += records.filter(id__in=ids).delete()[0]
    return deleted
