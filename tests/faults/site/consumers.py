"""Sheets that anybody may open: a flush takes users and sessions away, too."""

from __future__ import annotations

from typing import Any

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Note, Part


class Open(LiveSheetConsumer):
    abstract = True

    def has_view_permission(self) -> bool:
        return True

    def has_change_permission(self, obj: Any = None) -> bool:
        return True


class OpenNotes(Open):
    model = Note
    sheet_name = "open-note"
    fields = ["key", "text"]


class OpenParts(Open):
    model = Part
    sheet_name = "open-part"
    fields = ["name", "stock"]


class OpenShelves(Open):
    """The same parts, with an audience of its own for each shelf."""

    model = Part
    sheet_name = "open-shelf"
    fields = ["name", "stock"]
    params = {"shelf": int}
