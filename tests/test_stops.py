"""An edit stops where `docs/how-an-edit-travels.md` says, in that order.

`tests/browser/test_stops.py` follows it through the browsers.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from asgiref.sync import sync_to_async

import livesheet
from livesheet import threads
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.stops import Stop, stops

pytestmark = pytest.mark.django_db(transaction=True)

PACKAGE = f"{Path(livesheet.__file__).parent}/"


@asynccontextmanager
async def followed() -> AsyncIterator[list[Stop]]:
    """The calls of the package's functions, in this thread and in those begun from here on."""
    calls: list[Stop] = []

    def called(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PACKAGE):
            calls.append(Stop(code.co_filename.removeprefix(PACKAGE), code.co_qualname))

    await sync_to_async(threads.close)()  # so that the pool's threads begin anew, within sight
    threading.setprofile(called)
    sys.setprofile(called)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        await sync_to_async(threads.close)()


def test_no_file_is_a_stop_twice() -> None:
    files = [stop.file for stop in (*stops(".py"), *stops(".js"))]
    assert len(files) == len(set(files)) > 25


async def test_an_edit_passes_the_stops_in_their_order(ann: Any, bea: Any) -> None:
    await Note.objects.acreate(key="a", text="old")
    pair = LiveSheetCommunicator("note", ann), LiveSheetCommunicator("note", bea)
    async with followed() as calls, pair[0] as one, pair[1] as two:
        calls.clear()  # of opening
        reply = await one.edit("a", "text", "new", base="old")
        await two.until(lambda: two.value("a", "text") == "new")
    assert reply["results"] == ["saved"]
    way = stops(".py")
    # The feed may look into the log by itself before the bell has rung, so its way is its own.
    turn = next(at for at, stop in enumerate(way) if stop.file.startswith("feed/"))
    assert [missed(part, calls) for part in (way[:turn], way[turn:])] == [[], []]


def missed(way: list[Stop], calls: list[Stop]) -> list[Stop]:
    """The stops that are not among the calls that follow the stop before."""
    rest = iter(calls)
    return [stop for stop in way if stop not in rest]
