"""Where else a row can be looked at: what exists, what is safe, and what this user may open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models
from django.test import override_settings
from django.urls import path, reverse

from livesheet.exceptions import LiveSheetError
from livesheet.questions import addresses
from livesheet.sheet.declaration import Sheet, find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Article, Note

pytestmark = pytest.mark.django_db(transaction=True)

NOWHERE = {"page": None, "admin": None}
urlpatterns: list[Any] = [path("notes/<path:key>/", lambda request: None, name="note")]


def asked(user: Any, pk: Any, name: str = "note") -> dict[str, Any]:
    sheet = find_sheet(name)
    assert sheet is not None
    return addresses.answer(sheet(user), {"pk": pk})


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_absolute_url(self: Note) -> str:
        return reverse("note", args=[self.key], urlconf=__name__)

    monkeypatch.setattr(Note, "get_absolute_url", get_absolute_url, raising=False)


@pytest.fixture
def note() -> Note:
    return Note.objects.create(key="a b", text="ann's")


@pytest.fixture
def mine() -> Iterator[type[Sheet]]:
    class Mine(Sheet):
        model = Note
        fields = ["text"]
        sheet_name = "mine"

        def get_queryset(self) -> models.QuerySet[Any]:
            return Note.objects.filter(text__startswith=self.user.get_username())

    yield Mine
    unregister(Mine)


@pytest.fixture
def admin_site() -> Iterator[Any]:
    """A site of its own that has notes, in a project that has the admin."""
    with override_settings(
        INSTALLED_APPS=[*settings.INSTALLED_APPS, "django.contrib.admin"], ROOT_URLCONF=__name__
    ):
        from django.contrib.admin.sites import AdminSite, all_sites

        site = AdminSite(name="office")
        site.register(Note)
        urlpatterns.append(path("office/", site.urls))
        yield site
        urlpatterns.pop()
        all_sites.discard(site)


@pytest.mark.asyncio
async def test_the_page_of_a_row_is_told(ann: Any, paged: None) -> None:
    await Note.objects.acreate(key="a b")
    async with LiveSheetCommunicator("note", ann) as sheet:
        answer = await sheet.ask("addresses", pk="a b")
        assert answer["result"] == {"page": "/notes/a%20b/", "admin": None}


def test_a_model_without_a_page_has_none(ann: Any) -> None:
    article = Article.objects.create(name="Chair")
    assert asked(ann, str(article.pk), "article") == NOWHERE


@override_settings(FORCE_SCRIPT_NAME="/shop")
def test_below_a_path_it_is_below_that_path(ann: Any, paged: None, note: Note) -> None:
    assert asked(ann, note.pk)["page"] == "/shop/notes/a%20b/"
    assert reverse("note", args=["x"], urlconf=__name__) == "/notes/x/"


def test_who_may_not_see_the_row_gets_the_answer_of_an_absent_one(
    ann: Any, bea: Any, paged: None, note: Note, mine: type[Sheet]
) -> None:
    assert asked(ann, note.pk, "mine")["page"]
    for pk in (note.pk, "never", None, 7):
        with pytest.raises(LiveSheetError) as refused:
            asked(bea, pk, "mine")
        assert (refused.value.code, refused.value.detail) == ("not_found", "There is no such row.")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", ""])
def test_what_is_no_address_of_a_page_is_not_told(
    ann: Any, note: Note, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(Note, "get_absolute_url", lambda self: address, raising=False)
    assert asked(ann, note.pk) == NOWHERE


def test_a_page_that_cannot_be_told_is_none(
    ann: Any, note: Note, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def get_absolute_url(self: Note) -> str:
        raise ValueError("no slug yet")

    monkeypatch.setattr(Note, "get_absolute_url", get_absolute_url, raising=False)
    assert asked(ann, note.pk) == NOWHERE
    assert "could not be told" in caplog.text


def test_the_admin_is_told_to_whom_it_lets_in(
    ann: Any, viewer: Any, note: Note, admin_site: Any
) -> None:
    assert asked(ann, note.pk)["admin"] == "/office/app/note/a%20b/change/"
    # May see notes, and is no staff.
    assert asked(viewer, note.pk)["admin"] is None
    viewer.is_staff = True
    assert asked(viewer, note.pk)["admin"] is not None


def test_staff_without_the_models_permission_are_not_told(
    viewer: Any, note: Note, admin_site: Any
) -> None:
    class Open(Sheet):
        model = Note
        fields = ["text"]
        sheet_name = "open"

        def has_view_permission(self) -> bool:
            return True

    viewer.is_staff = True
    viewer.user_permissions.remove(Permission.objects.get(codename="view_note"))
    try:
        assert asked(viewer, note.pk, "open")["admin"] is None
    finally:
        unregister(Open)


def test_a_row_that_the_admin_hides_has_no_address_there(
    ann: Any, note: Note, admin_site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = admin_site.get_model_admin(Note)
    monkeypatch.setattr(form, "get_queryset", lambda request: Note.objects.none())
    assert asked(ann, note.pk)["admin"] is None
