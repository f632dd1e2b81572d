"""Rows that were changed lately: what the log names, and nothing that this user may not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.models import Change
from livesheet.orders import changed
from livesheet.orders.view import read_view
from livesheet.orders.viewquery import ViewQuery
from livesheet.questions.recent import recent
from livesheet.sheet.declaration import find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


def notes(user: Any) -> Any:
    sheet = find_sheet("note")
    assert sheet is not None
    return sheet(user)


def age(hours: int) -> None:
    """What the log knows so far happened so long ago."""
    Change.objects.update(at=timezone.now() - timedelta(hours=hours))


@pytest.fixture
def mine() -> Iterator[type[LiveSheetConsumer]]:
    class Mine(LiveSheetConsumer):
        model = Note
        fields = ["text"]
        sheet_name = "mine"

        def get_queryset(self) -> models.QuerySet[Any]:
            return Note.objects.filter(text__startswith=self.user.get_username())

    yield Mine
    unregister(Mine)


@pytest.mark.asyncio
async def test_rows_of_the_last_hour_are_named(ann: Any) -> None:
    await Note.objects.acreate(key="new", text="a")
    async with LiveSheetCommunicator("note", ann) as sheet:
        answer = await sheet.ask("recent", seconds=3600)
        assert answer["result"] == {"pks": ["new"], "all": False}


def test_older_ones_and_deleted_ones_are_not(ann: Any) -> None:
    for key in ("old", "touched", "deleted"):
        Note.objects.create(key=key)
    age(hours=2)
    Note.objects.get(key="touched").save()
    Note.objects.get(key="deleted").delete()
    assert recent(notes(ann), {"seconds": 3600})["pks"] == ["touched"]
    assert set(recent(notes(ann), {"seconds": 3 * 3600})["pks"]) == {"old", "touched"}


def test_hidden_rows_are_not_named(ann: Any, mine: type[LiveSheetConsumer]) -> None:
    Note.objects.create(key="hers", text="ann's")
    Note.objects.create(key="secret", text="bea's")
    assert recent(mine(ann), {"seconds": 60}) == {"pks": ["hers"], "all": False}


def test_too_many_rows_to_name_are_said_to_be_all(ann: Any) -> None:
    Change.objects.create(
        model="app.note", kind=Change.Kind.RESYNC, pks="[]", tag="t", at=timezone.now()
    )
    assert recent(notes(ann), {"seconds": 60}) == {"pks": [], "all": True}


def test_a_long_log_is_read_in_pages(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed, "PAGE", 2)
    for number in range(5):
        Note.objects.create(key=f"n{number}")
    assert len(recent(notes(ann), {"seconds": 60})["pks"]) == 5


@pytest.mark.parametrize("seconds", [None, 0, -1, "60", True, 10**9])
def test_other_spans_are_refused(ann: Any, seconds: Any) -> None:
    with pytest.raises(LiveSheetError) as caught:
        recent(notes(ann), {"seconds": seconds})
    assert caught.value.code == "bad_query"


# --- as a condition --------------------------------------------------------------------------


def found(sheet: Any, *filters: Any) -> list[str]:
    rows = ViewQuery(sheet).rows(read_view({"filters": list(filters)}))
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


LATELY = {"column": "", "kind": "recent", "seconds": 3600}


def test_rows_are_filtered_by_it_also_beside_other_conditions(ann: Any) -> None:
    for key in ("a", "b", "c"):
        Note.objects.create(key=key, text=key)
    age(hours=2)
    Note.objects.get(key="b").save()
    sheet = notes(ann)
    assert found(sheet) == ["a", "b", "c"]
    assert found(sheet, LATELY) == ["b"]
    assert found(sheet, {**LATELY, "seconds": 3 * 3600}) == ["a", "b", "c"]
    either = {"any": [LATELY, {"column": "text", "kind": "equals", "text": "c"}]}
    assert found(sheet, either) == ["b", "c"]
    assert found(sheet, LATELY, {"column": "text", "kind": "equals", "text": "c"}) == []


def test_of_what_nobody_saw_any_row_may_be(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("a", "b"):
        Note.objects.create(key=key, text=key)
    age(hours=2)
    assert found(notes(ann), LATELY) == []
    Note.objects.get(key="b").save()
    assert found(notes(ann), LATELY) == ["b"]
    monkeypatch.setattr(changed, "MOST_READ", 0)
    assert found(notes(ann), LATELY) == ["a", "b"]


def test_how_much_is_written_in_hidden_rows_cannot_be_told(
    ann: Any, mine: type[LiveSheetConsumer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a refusal, nor by an answer that goes for all rows."""
    monkeypatch.setattr(changed, "MOST_KEYS", 2)
    monkeypatch.setattr(changed, "PAGE", 2)
    Note.objects.create(key="hers", text="ann's")
    Note.objects.create(key="old", text="ann's")
    Change.objects.filter(pks__contains="old").delete()
    for number in range(9):
        Note.objects.create(key=f"secret{number}", text="bea's")
    assert recent(mine(ann), {"seconds": 3600}) == {"pks": ["hers"], "all": False}
    assert found(mine(ann), LATELY) == ["hers"]
    for number in range(2):
        Note.objects.create(key=f"hers{number}", text="ann's")
    assert recent(mine(ann), {"seconds": 3600})["all"] is True, "her own rows are too many"
    with pytest.raises(LiveSheetError, match="Choose a shorter one"):
        found(mine(ann), LATELY)


def test_hidden_rows_are_not_found_by_it(ann: Any, mine: type[LiveSheetConsumer]) -> None:
    Note.objects.create(key="a", text="ann's")
    Note.objects.create(key="b", text="bea's")
    assert found(mine(ann), LATELY) == ["a"]


def test_too_much_says_so(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed, "MOST_KEYS", 1)
    for key in ("a", "b"):
        Note.objects.create(key=key)
    with pytest.raises(LiveSheetError, match="Choose a shorter one"):
        found(notes(ann), LATELY)
    for seconds in (0, "1", True, 8 * 86_400, None):
        with pytest.raises(LiveSheetError, match="Expected seconds"):
            found(notes(ann), {**LATELY, "seconds": seconds})
