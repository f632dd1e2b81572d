"""The client that other projects test their sheets with."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest

from livesheet import testing, threads
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note, Product

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_whole_conversation(ann: Any) -> None:
    table = await Product.objects.acreate(name="Table", price="12.00")
    async with LiveSheetCommunicator("product", user=ann) as sheet:
        assert sheet.value(table.pk, "price") == "12.00"
        assert sheet.value(0, "price") is None
        reply = await sheet.edit(table.pk, "price", "12.50", base="12.00")
        assert reply["results"] == ["saved"]
        await sheet.until(lambda: sheet.value(table.pk, "price") == "12.50")
        made = (await sheet.add(name="Chair"))["results"][0]["pk"]
        await sheet.until(lambda: made in sheet.rows)
        assert (await sheet.delete(made, sheet.cursor))["results"] == ["saved"]
        await sheet.until(lambda: made not in sheet.rows)
        await sheet.send(type="ping")
        beat = await sheet.receive_until(lambda frame: frame["type"] == "beat")
        assert sheet.cursor == beat["cursor"]


async def test_rows_of_other_columns_are_shown_no_more(ann: Any) -> None:
    await Note.objects.acreate(key="a", text="x")
    async with LiveSheetCommunicator("note", ann) as sheet:
        hello = next(frame for frame in sheet.frames if frame["type"] == "hello")
        sheet._take(hello)  # nothing is new
        assert sheet.value("a", "text") == "x"
        sheet._take({**hello, "columns": [{"name": "more"}, *hello["columns"]]})
        assert sheet.value("a", "text") is None  # until its rows come


async def test_what_never_comes_fails_the_test(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        sheet.timeout = 0.3
        with pytest.raises(TimeoutError):
            await sheet.until(lambda: "never" in sheet.rows)


async def test_what_the_application_raises_is_raised_at_once() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise RuntimeError("no such thing")

    sheet = LiveSheetCommunicator("note", application=broken, timeout=60)
    async with asyncio.timeout(20):
        with pytest.raises(RuntimeError, match="no such thing"):
            await sheet.connect()


async def test_a_refusal_says_what_was_waited_for() -> None:
    sheet = LiveSheetCommunicator("nothing")
    await sheet.connect()
    with pytest.raises(AssertionError, match=r"Waited for the rows; got .*4404"):
        await sheet.open()


async def test_it_resumes(ann: Any) -> None:
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    await Note.objects.acreate(key="a")
    await sheet.connect()
    await sheet.open(resume=True)
    assert sheet.rows == {"a": ["a", "a", ""]}
    await sheet.disconnect()


def test_the_threads_can_be_ended() -> None:
    assert testing.close_threads is threads.close


def test_it_is_imported_before_there_are_settings() -> None:
    """As in a script that starts servers, or a conftest that is read before Django is set up."""
    bare = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([sys.executable, "-c", "import livesheet.testing"], env=bare, check=True)
