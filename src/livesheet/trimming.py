"""Keeping the change log and the edit records short, without ever leaving a silent gap."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from livesheet import conf
from livesheet.changelog import head, place
from livesheet.tables import Change, Clock, EditRecord
from livesheet.transactions import atomic


def trim(using: str) -> int:
    """Delete what is older than ``KEEP_DAYS`` or beyond ``KEEP_CHANGES``. Returns how many changes.

    ``trimmed_through`` moves in the same transaction, so a reader who asks afterwards knows. The
    newest change stays, because its tag proves that a cursor belongs to this log.
    """
    name, newest = place(using), head(using).seq
    with atomic(using):
        through = min(
            newest - 1, max(_through_by_age(using, name), newest - conf.get("KEEP_CHANGES"))
        )
        if through <= 0:
            return 0
        deleted, _ = Change.objects.using(using).filter(**{f"{name}__lte": through}).delete()
        Clock.objects.using(using).filter(pk=1, trimmed_through__lt=through).update(
            trimmed_through=through
        )
    return deleted


def _through_by_age(using: str, name: str) -> int:
    horizon = timezone.now() - timedelta(days=conf.get("KEEP_DAYS"))
    old = Change.objects.using(using).filter(at__lt=horizon, **{f"{name}__isnull": False})
    return old.order_by(f"-{name}").values_list(name, flat=True).first() or 0


def trim_records(using: str) -> int:
    """Delete the answers to edits that nobody may send again."""
    horizon = timezone.now() - timedelta(days=conf.get("RESEND_DAYS") + 1)
    deleted, _ = EditRecord.objects.using(using).filter(at__lt=horizon).delete()
    return deleted
