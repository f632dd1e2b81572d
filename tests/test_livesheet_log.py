"""The command that shows the change log and trims it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command

from livesheet.log import changelog
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


def log(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("livesheet_log", "--json", *arguments, stdout=out)
    facts: dict[str, Any] = json.loads(out.getvalue())
    return facts


def test_it_tells_how_the_log_stands() -> None:
    for n in range(3):
        Note.objects.create(key=str(n))
    facts = log()
    assert (facts["changes"], facts["trimmed_through"], facts["edit_records"]) == (3, 0, 0)
    assert facts["waiting_for_a_place"] == (0 if changelog.ordered_by_id("default") else 3)
    assert facts["oldest"] == Change.objects.earliest("id").at.isoformat()
    changelog.stamp("default")
    assert log()["waiting_for_a_place"] == 0
    assert log()["head"] == changelog.head("default").seq > 0


def test_it_trims_and_says_how_much(settings: Any) -> None:
    settings.LIVESHEET = {"KEEP_CHANGES": 1}
    for n in range(4):
        Note.objects.create(key=str(n))
    changelog.stamp("default")
    facts = log("--trim")
    assert (facts["trimmed_changes"], facts["changes"]) == (3, 1)
    assert facts["trimmed_through"] == facts["head"] - 1


async def test_a_new_epoch_makes_every_sheet_read_itself_anew(ann: Any) -> None:
    await Note.objects.acreate(key="a")
    async with LiveSheetCommunicator("note", ann) as sheet:
        cursor = str(sheet.cursor)
        await sync_to_async(call_command)("livesheet_log", "--new-epoch", stdout=io.StringIO())
        frame = await sheet.receive_until(lambda frame: bool(frame.get("reset")), "a snapshot")
        assert frame["type"] == "rows"
        await sheet.until(lambda: str(sheet.cursor) != cursor)
        assert list(sheet.rows) == ["a"]


def test_an_empty_log_is_no_error(capsys: Any) -> None:
    call_command("livesheet_log")
    assert "oldest                 None" in capsys.readouterr().out
