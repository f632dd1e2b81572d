"""A sheet served by an ASGI application of its own, beside a project's other sockets."""

from __future__ import annotations

from typing import Any

import pytest
from channels.routing import URLRouter
from django.urls import path

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_sheet_under_a_url_of_the_project(ann: Any) -> None:
    class Board(LiveSheetConsumer):
        model = Note
        sheet_name = "board"
        fields = ["key", "text"]

    try:
        sheet = LiveSheetCommunicator(
            "ignored", ann, application=URLRouter([path("team/board/", Board.as_asgi())])
        )
        sheet.scope["path"] = "/team/board/"
        async with sheet:
            assert sheet.frames[0]["sheet"] == "board"
            await Note.objects.acreate(key="a", text="new")
            await sheet.until(lambda: sheet.value("a", "text") == "new")
    finally:
        unregister(Board)


async def test_a_sheet_is_found_by_its_name_when_the_socket_opens(ann: Any) -> None:
    assert find_sheet("late") is None

    class Late(LiveSheetConsumer):
        model = Note
        sheet_name = "late"
        fields = ["key"]

    try:
        async with LiveSheetCommunicator("late", ann) as sheet:
            assert sheet.columns == ["key"]
    finally:
        unregister(Late)


def test_the_base_itself_is_no_sheet() -> None:
    assert LiveSheetConsumer.abstract
    assert find_sheet("livesheetconsumer") is None
