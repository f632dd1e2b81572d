"""What was changed lately: the rows that the change log names, as far as this user may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from livesheet import lineage
from livesheet.exceptions import LiveSheetError
from livesheet.log import changelog
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.tables import Change

MAX_SECONDS = 7 * 86_400
# Of the newest; a sheet in which more happens than this has no quiet rows to leave out.
MAX_CHANGES = 20_000
PAGE = 2_000


def recent(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"seconds": n}`` → the pks of rows written since; ``all`` where any may have been.

    Raises ``LiveSheetError`` where ``seconds`` is no number of seconds within a week.
    """
    seconds = query.get("seconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds <= MAX_SECONDS:
        message = f"Expected seconds from 1 to {MAX_SECONDS}; got {seconds!r:.80}."
        raise LiveSheetError("bad_query", message)
    changes = _changes(sheet, timezone.now() - timedelta(seconds=seconds))
    named = dict.fromkeys(pk for _kind, pks in changes for pk in pks)
    unnamed = any(kind == Change.Kind.RESYNC for kind, _pks in changes)
    return {"pks": RowReader(sheet).visible(named), "all": unnamed or len(changes) >= MAX_CHANGES}


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
