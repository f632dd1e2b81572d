"""The row that a question is about."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from livesheet.exceptions import LiveSheetError
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.sheet.unreadable import instances


def visible_row(sheet: Sheet, pk: Any) -> models.Model:
    """Raises ``LiveSheetError``, in the same words, where it is hidden and where there is none."""
    keys = RowReader(sheet).keys([pk]) if isinstance(pk, str) else []
    found = list(instances(sheet.rows().filter(pk__in=keys)))  # to its end, where its cursor closes
    row: models.Model | None = found[0] if found else None
    if row is None:
        raise LiveSheetError("not_found", _("There is no such row."))
    return row
