"""Recently written rows that a user may see, found in the change log.

Only these rows count towards the limit. If all rows in the log counted, the answer would reveal how
much is written that the user may not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from livesheet import lineage
from livesheet.log import changelog
from livesheet.orders.terms import NOTHING
from livesheet.orders.view import bad
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.tables import Change

PAGE = 2_000
# The most keys that are put into one statement.
MOST_KEYS = 20_000
# The log may hold as many changes as `KEEP_CHANGES` allows, each with many keys. It is not read
# beyond this number of keys, whoever asks.
MOST_READ = 2_000_000


def written_since(sheet: Sheet, since: datetime) -> tuple[list[str], bool]:
    """The pks of rows written since then, newest first; and whether any row may have been."""
    found: dict[str, None] = {}
    reader, read = RowReader(sheet), 0
    for page in _changes(sheet, since):
        if any(kind == Change.Kind.RESYNC for kind, _pks in page):
            return list(found), True
        named = dict.fromkeys(pk for _kind, pks in page for pk in pks if pk not in found)
        visible = set(reader.visible(named))
        found |= {pk: None for pk in named if pk in visible}
        read += len(named)
        if len(found) > MOST_KEYS or read > MOST_READ:
            return list(found), True
    return list(found), False


def were_written(sheet: Sheet, since: str) -> Q:
    """The same as a condition."""
    named, is_any = written_since(sheet, datetime.fromisoformat(since))
    if len(named) > MOST_KEYS:
        raise bad(f"More than {MOST_KEYS:,} rows were changed in that time. Choose a shorter one.")
    return ~NOTHING if is_any else Q(pk__in=RowReader(sheet).keys(named))


def _changes(sheet: Sheet, since: datetime) -> Iterator[list[tuple[str, Sequence[str]]]]:
    """Kind and pks, the newest first. Ids are nearly in the order of time, and are indexed."""
    label = lineage.label_of(sheet.get_model())
    log = Change.objects.using(sheet.alias).order_by("-id")
    pages = log
    while page := list(pages.values_list("id", "model", "kind", "pks", "at")[:PAGE]):
        yield [
            (kind, changelog.keys_of(pks) or ())
            for _id, name, kind, pks, at in page
            if name == label and at >= since and kind != Change.Kind.DELETE
        ]
        if len(page) < PAGE or page[-1][4] < since:
            return
        pages = log.filter(id__lt=page[-1][0])
