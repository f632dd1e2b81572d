"""Recent changes: the rows that the change log names, as far as this user may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from livesheet.exceptions import LiveSheetError
from livesheet.orders.changed import written_since
from livesheet.orders.view import MOST_SECONDS, is_a_while
from livesheet.sheet.declaration import Sheet


def recent(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """``{"seconds": n}`` → the pks of rows written since; ``all`` where any may have been.

    Raises ``LiveSheetError`` where ``seconds`` is no number of seconds within a week.
    """
    seconds: Any = query.get("seconds")
    if not is_a_while(seconds):
        message = f"Expected seconds from 1 to {MOST_SECONDS}; got {seconds!r:.80}."
        raise LiveSheetError("bad_query", message)
    named, is_any = written_since(sheet, timezone.now() - timedelta(seconds=seconds))
    return {"pks": named, "all": is_any}
