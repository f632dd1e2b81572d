"""Rows that were written lately: those that the change log names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from livesheet import lineage
from livesheet.log import changelog
from livesheet.orders.terms import NOTHING
from livesheet.orders.view import bad
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.tables import Change

# Of the newest; a sheet in which more happens than this has no quiet rows to leave out.
MAX_CHANGES = 20_000
PAGE = 2_000
# More rows than a statement can name.
MOST_KEYS = 20_000


def written_since(sheet: Sheet, since: datetime) -> tuple[Mapping[str, None], bool]:
    """The pks of rows written since, the newest first; and whether any row may have been."""
    changes = _changes(sheet, since)
    named = dict.fromkeys(pk for _kind, pks in changes for pk in pks)
    unnamed = any(kind == Change.Kind.RESYNC for kind, _pks in changes)
    return named, unnamed or len(changes) >= MAX_CHANGES


def were_written(sheet: Sheet, since: str) -> Q:
    """The same as a condition; whose rows these are is asked beside it."""
    named, is_any = written_since(sheet, datetime.fromisoformat(since))
    if is_any:
        return ~NOTHING
    if len(named) > MOST_KEYS:
        raise bad(f"More than {MOST_KEYS:,} rows were changed in that time. Choose a shorter one.")
    return Q(pk__in=RowReader(sheet).keys(named))


def _changes(sheet: Sheet, since: datetime) -> list[tuple[str, Sequence[str]]]:
    """Kind and pks, the newest first. Ids stand nearly in the order of time, and have an index."""
    label = lineage.label_of(sheet.get_model())
    log = Change.objects.using(sheet.alias).order_by("-id")
    found: list[tuple[str, Sequence[str]]] = []
    pages = log
    while len(found) < MAX_CHANGES:
        page = list(pages.values_list("id", "model", "kind", "pks", "at")[:PAGE])
        found += [
            (kind, changelog.keys_of(pks) or ())
            for _id, name, kind, pks, at in page
            if name == label and at >= since and kind != Change.Kind.DELETE
        ]
        if len(page) < PAGE or page[-1][4] < since:
            break
        pages = log.filter(id__lt=page[-1][0])
    return found
