"""A user's view: kept per user, sheet and params; bounded, of a known shape, nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.models import SavedView
from livesheet.questions.saved_views import as_seen, keep_view, view, with_unseen
from livesheet.sheet.declaration import find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE = {
    "named": {"id": "12", "version": 3},
    "unnamed": {"hidden": ["key"], "frozen": None},
    "order": ["text", "key"],
    "hidden": ["key"],
    "widths": {"text": 240},
    "frozen": 1,
    "sorts": [{"column": "text", "descending": True}],
    "filters": [
        {"column": "text", "kind": "in", "values": ["a", ""]},
        {"column": "", "kind": "recent", "seconds": 3600},
        {
            "any": [
                {"column": "text", "kind": "empty"},
                {"column": "key", "kind": "lt", "text": "9"},
            ]
        },
        {"column": "key", "kind": "in", "values": [str(number) for number in range(2000)]},
    ],
    "colours": [
        {"when": {"column": "key", "kind": "lt", "text": "9"}, "colour": "red", "of": "row"},
    ],
    "height": "tall",
    "groups": [
        {"column": "key", "descending": True, "by": {"column": "text", "what": "distinct"}},
        {"column": "text", "descending": False},
    ],
    "totals": {"key": "average", "text": "none"},
}


def notes(user: Any) -> Any:
    sheet = find_sheet("note")
    assert sheet is not None
    return sheet(user)


@pytest.mark.asyncio
async def test_a_view_is_kept_and_told_to_its_user_alone(ann: Any, bea: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        assert (await sheet.ask("layout"))["result"] == {"layout": None}
        assert (await sheet.ask("keep_layout", layout=WHOLE))["result"] == {}
        await sheet.ask("keep_layout", layout={**WHOLE, "frozen": 2})
    async with LiveSheetCommunicator("note", ann) as elsewhere:
        assert (await elsewhere.ask("layout"))["result"] == {"layout": {**WHOLE, "frozen": 2}}
    async with LiveSheetCommunicator("note", bea) as other:
        asked = await other.ask("layout", user=str(ann.pk), place="note")
        assert asked["result"] == {"layout": None}
        await other.ask("keep_layout", layout=None, user=str(ann.pk))
    assert await sync_to_async(SavedView.objects.count)() == 1


def test_they_go_with_their_user(ann: Any, bea: Any) -> None:
    """Or somebody whose key is the same, a name, would find what they had looked for."""
    for user in (ann, bea):
        keep_view(notes(user), {"layout": WHOLE})
    key = ann.pk
    ann.delete()
    heir = bea.__class__(pk=key, username="heir")
    assert view(notes(heir), {}) == {"layout": None}
    assert view(notes(bea), {}) == {"layout": WHOLE}
    bea.__class__.objects.all().delete()
    assert not SavedView.objects.exists()


class UsersHere:
    """No users but on the default alias."""

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool | None:
        return db == "default" if app_label == "auth" else None


@pytest.mark.django_db(transaction=True, databases=["default", "archive"])
def test_they_go_from_every_database_that_has_no_users_of_its_own(ann: Any, settings: Any) -> None:
    kept = SavedView.objects.using("archive")
    for place, user in enumerate((ann.pk, ann.pk, ann.pk + 1)):
        kept.create(user=str(user), place=str(place), sheet="x", view="{}", at=timezone.now())
    settings.DATABASE_ROUTERS = [f"{__name__}.UsersHere"]
    with transaction.atomic():
        ann.delete()
        assert kept.count() == 3  # it may still not come to it
    assert kept.get().place == "2"


def test_it_is_forgotten_when_asked(ann: Any) -> None:
    keep_view(notes(ann), {"layout": WHOLE})
    keep_view(notes(ann), {"layout": None})
    assert not SavedView.objects.exists()


def test_nobody_in_particular_keeps_nothing() -> None:
    for question in (view, keep_view):
        with pytest.raises(LiveSheetError, match="Sign in"):
            question(notes(AnonymousUser()), {"layout": WHOLE})


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "text",
        {"order": "text"},
        {"order": [1]},
        {"widths": {"text": "wide"}},
        {"widths": {"text": True}},
        {"frozen": -1},
        {"frozen": 1.5},
        {"sorts": [{"column": "text"}]},
        {"sorts": [{"column": "text", "descending": 1}]},
        {"filters": [{"column": "text"}]},
        {"filters": [{"column": "text", "kind": "in", "values": [1]}]},
        {"filters": [{"column": "text", "kind": "in", "script": "x"}]},
        {"filters": [None]},
        {"filters": [{"any": {"column": "text", "kind": "empty"}}]},
        {"filters": [{"any": [{"any": []}]}]},
        {"filters": [{"any": [], "column": "text", "kind": "empty"}]},
        {"filters": [{"column": "text", "kind": "in", "values": ["x"] * 2001}]},
        {"height": "huge"},
        {"groups": [{"column": "key"}]},
        {"groups": [{"column": "key", "descending": False, "by": "count"}]},
        {"groups": [{"column": "key", "descending": False, "by": {"column": "", "what": "x"}}]},
        {"groups": [{"column": name, "descending": False} for name in "abc"]},
        {"totals": {"key": "median"}},
        {"totals": ["key"]},
        {"colours": [{"when": {"column": "key", "kind": "empty"}, "colour": "red"}]},
        {"colours": [{"when": {"column": "key"}, "colour": "red", "of": "row"}]},
        {
            "colours": [
                {"when": {"column": "key", "kind": "empty"}, "colour": "red", "of": "sheet"},
            ]
        },
        {"hidden": ["x"] * 501},
        {"named": {"id": "1"}},
        {"unnamed": {"named": {"id": "1", "version": 1}}},
        {"unnamed": {"hidden": 1}},
        {"named": {"id": 1, "version": 1}},
        {"whatever": 1},
    ],
)
def test_another_shape_is_refused(ann: Any, wrong: Any) -> None:
    with pytest.raises(LiveSheetError) as caught:
        keep_view(notes(ann), {"layout": wrong})
    assert caught.value.code == "bad_layout"
    assert not SavedView.objects.exists()


def test_it_has_an_end(ann: Any) -> None:
    long = {"filters": [{"column": "text", "kind": "in", "values": ["é" * 16_400]}]}
    with pytest.raises(LiveSheetError) as caught:
        keep_view(notes(ann), {"layout": long})
    assert caught.value.code == "too_big"


def test_what_speaks_of_columns_that_are_not_seen_is_left_out() -> None:
    nested = {
        "hidden": ["text", "secret"],
        "order": ["secret", "text"],
        "widths": {"secret": 90, "text": 80},
        "frozen": 1,
        "totals": {"secret": "sum", "text": "filled"},
        "groups": [
            {"column": "text", "descending": True, "by": {"column": "secret", "what": "sum"}},
            {"column": "text", "descending": True, "by": {"column": "", "what": "count"}},
        ],
        "sorts": [{"column": "secret", "descending": True}, {"column": "text", "descending": True}],
        "filters": [
            {"column": "secret", "kind": "in", "values": ["canary"]},
            {"column": "text", "kind": "in", "values": ["a"]},
            {"column": "", "kind": "recent", "seconds": 3600},
        ],
        "gone": ["of a former version"],
    }
    assert as_seen(nested, {"text"}) == (
        {
            "hidden": ["text"],
            "order": ["text"],
            "widths": {"text": 80},
            "frozen": 1,
            "totals": {"text": "filled"},
            "groups": [
                {"column": "text", "descending": True, "by": {"column": "", "what": "count"}},
            ],
            "sorts": [{"column": "text", "descending": True}],
            "filters": [
                {"column": "text", "kind": "in", "values": ["a"]},
                {"column": "", "kind": "recent", "seconds": 3600},
            ],
        },
        3,
    )


def test_columns_that_somebody_does_not_see_stay_as_they_were_arranged() -> None:
    former = {"order": ["a", "secret", "b"], "hidden": ["secret"], "widths": {"secret": 90}}
    former["totals"] = {"secret": "sum"}
    assert with_unseen({"order": ["b", "a"], "hidden": ["b"]}, former, {"a", "b"}) == {
        "order": ["b", "a", "secret"],
        "hidden": ["b", "secret"],
        "widths": {"secret": 90},
        "totals": {"secret": "sum"},
    }


@pytest.fixture
def shelf() -> Iterator[type[LiveSheetConsumer]]:
    class Shelf(LiveSheetConsumer):
        model = Note
        fields = ["text"]
        sheet_name = "shelf"
        params = {"number": int}

    yield Shelf
    unregister(Shelf)


def test_each_param_has_its_own(ann: Any, shelf: type[LiveSheetConsumer]) -> None:
    keep_view(shelf(ann, {"number": "1"}), {"layout": WHOLE})
    assert view(shelf(ann, {"number": "1"}), {}) == {"layout": WHOLE}
    assert view(shelf(ann, {"number": "2"}), {}) == {"layout": None}
    assert view(notes(ann), {}) == {"layout": None}


def test_the_migrations_have_the_table() -> None:
    call_command("makemigrations", "livesheet", check=True, dry_run=True, stdout=StringIO())
