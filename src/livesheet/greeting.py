"""The ``hello`` frame: what this user sees of the sheet and may do with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from livesheet import conf, presence, protocol
from livesheet.sheets import Sheet


def hello(sheet: Sheet, digest: str, complete: Iterable[str]) -> dict[str, Any]:
    """``complete`` names the relations all of whose labels follow."""
    complete = frozenset(complete)
    return {
        "type": "hello",
        "protocol": protocol.VERSION,
        "sheet": sheet.get_name(),
        "title": sheet.get_title(),
        "digest": digest,
        "me": presence.me(sheet.user),
        "columns": [column.describe(column.name in complete) for column in sheet.columns],
        "can": {
            "add": sheet.has_add_permission(),
            "change": sheet.has_change_permission(),
            "delete": sheet.has_delete_permission(),
        },
        "limits": {
            "frame_bytes": conf.get("MAX_FRAME_BYTES"),
            "cells": protocol.MAX_CELLS,
            "rows": protocol.MAX_ROWS,
            "have": protocol.MAX_HAVE,
            "resend_days": conf.get("RESEND_DAYS"),
        },
        "zone": timezone.get_default_timezone_name(),
    }
