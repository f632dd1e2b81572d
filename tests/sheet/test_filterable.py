"""A queryset in which a change cannot be looked for is refused in words, and for good."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db.models import Count, F, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber
from rest_framework.test import APIClient

from livesheet.sheet import declaration_errors, filterable
from livesheet.sheet.declaration import Sheet
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Letter, LoudLetter, Product, QuietLetter, Tag

pytestmark = pytest.mark.django_db(transaction=True)

RANK = Window(RowNumber(), order_by="key")

REFUSED = {
    "a slice": (lambda: Letter.objects.all()[:5], "is a slice"),
    "a union": (lambda: Letter.objects.union(Letter.objects.all()), r"is made by union\(\)"),
    "one of each": (lambda: Letter.objects.distinct("key"), r"is made by distinct\("),
    "the first of each": (
        lambda: Letter.objects.annotate(n=RANK).filter(n=1),
        "is filtered by a window function",
    ),
    "a rank": (lambda: Letter.objects.annotate(rank=RANK), "computes 'rank' by a window function"),
    "values": (lambda: Letter.objects.values("key"), "has values instead of rows"),
    "raw SQL": (lambda: Letter.objects.raw("SELECT 1"), "is a RawQuerySet, not one of Letter"),
    "a list": (lambda: list(Letter.objects.all()), "is a list, not one of Letter"),
    "nothing": (lambda: None, "is a NoneType, not one of Letter"),
    "a manager": (lambda: Letter.objects, "is a Manager, not one of Letter"),
    "others": (lambda: Tag.objects.all(), "is a queryset of Tag, not one of Letter"),
}
TAKEN = {
    "a window that nobody sees": lambda: Letter.objects.annotate(n=RANK, rank=F("key")),
    "distinct": lambda: Letter.objects.annotate(rank=F("key")).distinct(),
    "a slice as a subquery": lambda: Letter.objects.annotate(rank=F("key")).filter(
        pk__in=Subquery(Letter.objects.order_by("key").values("pk"))
    ),
    "a count": lambda: Letter.objects.annotate(n=Count("loudletter"), rank=F("key")).filter(n=0),
    "a lock": lambda: Letter.objects.select_for_update().annotate(rank=F("key")),
    "reversed": lambda: Letter.objects.annotate(rank=F("key")).reverse(),
    "a proxy's": lambda: QuietLetter.objects.annotate(rank=F("key")),
    "a child's": lambda: LoudLetter.objects.annotate(rank=F("key")),
}


@pytest.fixture
def declared(declared: Any) -> Any:
    def declare(rows: Any, fields: Any = ("key", "rank")) -> type[Sheet]:
        body = {"fields": fields, "get_queryset": lambda _self: rows()}
        return type(declared(Letter, sheet_name="filtered", **body))

    return declare


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_refused(ann: Any, declared: Any, what: str) -> None:
    rows, fault = REFUSED[what]
    sheet = declared(rows, ["key", "rank"] if what == "a rank" else ["key"])
    errors = await sync_to_async(declaration_errors.faults)(sheet)
    assert [error.id for error in errors] == ["livesheet.E015"]
    with pytest.raises(AssertionError, match=f"4404.*{fault}"):
        async with LiveSheetCommunicator("filtered", ann):
            pass


@pytest.mark.parametrize("what", TAKEN)
async def test_what_is_taken(ann: Any, declared: Any, what: str) -> None:
    declared(TAKEN[what])
    model = LoudLetter if what == "a child's" else Letter
    await model.objects.acreate(key="a")
    async with LiveSheetCommunicator("filtered", ann) as sheet:
        assert list(sheet.rows) == ["a"]
        await model.objects.acreate(key="b")
        await sheet.until(lambda: list(sheet.rows) == ["a", "b"])
        assert sheet.value("b", "rank") == "b"


def test_rest_says_so_too(ann: Any, declared: Any) -> None:
    declared(REFUSED["a list"][0])
    api = APIClient()
    api.force_login(ann)
    answer = api.get("/sheets/filtered/")
    assert "is a list, not one of Letter" in answer.json()["detail"]


class Picky(QuerySet[Letter]):
    """A package's, that leaves out rows where it reads them."""

    def _fetch_all(self) -> None:
        super()._fetch_all()
        self._result_cache = self._result_cache[:1]  # type: ignore[index]


class Named(QuerySet[Letter]):
    """A project's, with a method of its own."""

    def early(self) -> Any:
        return self.filter(key__lt="m")


ALL = {
    "all": lambda: Letter.objects.all(),
    "in an order": lambda: Letter.objects.order_by("-key"),
    "with a number beside": lambda: Letter.objects.annotate(n=Count("loudletter")),
    "a proxy's": lambda: QuietLetter.objects.all(),
    "with methods of their own": lambda: Named(Letter),
}
FEWER = {
    "filtered": lambda: Letter.objects.filter(key__lt="m"),
    "excluded": lambda: Letter.objects.exclude(key="a"),
    "none": lambda: Letter.objects.none(),
    "by a number beside": lambda: Letter.objects.annotate(n=Count("loudletter")).filter(n=0),
    "early ones": lambda: Named(Letter).early(),
    "picked at the reading": lambda: Picky(Letter),
    "by other tables": lambda: Letter.objects.extra(tables=["app_tag"]),
    "a child's": lambda: LoudLetter.objects.all(),
    "behind a relation": lambda: Tag.objects.get_or_create(name="a")[0].product_set.all(),
}


@pytest.mark.parametrize("what", ALL)
def test_nothing_is_left_out(what: str) -> None:
    assert filterable.is_everything(Letter, ALL[what]())


@pytest.mark.parametrize("what", FEWER)
def test_something_may_be_left_out(what: str) -> None:
    rows = FEWER[what]()
    assert not filterable.is_everything(Product if rows.model is Product else Letter, rows)
