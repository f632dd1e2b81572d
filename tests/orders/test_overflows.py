"""A column that the database cannot compute for some row breaks nobody's list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import BigIntegerField, Case, F, Func, Value, When
from django.utils import translation
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product

pytestmark = pytest.mark.django_db(transaction=True)

LEAST, MOST = -(2**63), 2**63 - 1


def overflowing() -> Any:
    """A number for each product, which has no place in 64 bits for the one of which there are 7."""
    if connection.vendor == "sqlite":  # which makes other sums floating
        too_large: Any = Func(Value(LEAST), function="ABS")
    else:
        too_large = F("stock") + Value(MOST)
    return Case(When(stock=7, then=too_large), default=F("stock"), output_field=BigIntegerField())


@pytest.fixture
def sheet() -> Iterator[type[LiveSheetConsumer]]:
    class Overflowing(LiveSheetConsumer):
        model = Product
        sheet_name = "overflowing"
        fields = ["name", "stock", "big"]
        window = True

        def get_queryset(self) -> Any:
            return Product.objects.annotate(big=overflowing())

    for n in range(10):
        Product.objects.create(name=f"p{n}", price=1, stock=n)
    yield Overflowing
    unregister(Overflowing)


@pytest.fixture
def api(ann: Any, sheet: type[LiveSheetConsumer]) -> APIClient:
    client = APIClient()
    client.force_login(ann)
    return client


@pytest.mark.parametrize("query", ["", "ordering=big", "ordering=-big,name", "search=p", "stock=7"])
@pytest.mark.parametrize("page", ["page_size=20", "cursor=&page_size=20"])
def test_a_list_has_all_rows_and_an_error_in_one_cell(
    api: APIClient, query: str, page: str
) -> None:
    rows = api.get(f"/sheets/overflowing/?{query}&{page}").json()["results"]
    assert {row["stock"] for row in rows} == ({7} if "7" in query else set(range(10)))
    assert [row["big"] for row in rows if row["stock"] == 7] == ["#ERROR"]
    assert all(row["big"] == row["stock"] for row in rows if row["stock"] != 7)


@pytest.mark.parametrize("query", ["big__gte=3", "big=3", "big__in=3,4", "big__gte=3&cursor="])
def test_a_list_cannot_be_filtered_by_it_and_says_so(api: APIClient, query: str) -> None:
    with translation.override("de"):
        answer = api.get(f"/sheets/overflowing/?{query}")
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "Die Datenbank kann das für eine Zeile nicht berechnen. "
        "Sortieren, filtern und suchen Sie nach anderen Spalten."
    }
    assert api.get("/sheets/overflowing/?stock=3").json()["count"] == 1


VIEWS: list[dict[str, Any]] = [
    {"sorts": [{"column": "big"}]},
    {"filters": [{"column": "big", "kind": "gte", "text": "3"}]},
]


async def test_only_who_asks_for_it_in_a_window_is_told(
    ann: Any, bea: Any, sheet: type[LiveSheetConsumer]
) -> None:
    async with (
        LiveSheetCommunicator("overflowing", ann, windowed=True) as asking,
        LiveSheetCommunicator("overflowing", bea, windowed=True) as other,
    ):
        await other.arrange({}, rows=20)
        for n, view in enumerate(VIEWS):
            ref = f"v{n}"
            await asking.send(type="arrange", ref=ref, view=view, search="", near=None, rows=9)
            answer = await asking.receive_until(lambda f, ref=ref: f.get("ref") == ref, "an answer")
            assert (answer["type"], answer["code"]) == ("error", "uncomputable")
        questions: dict[str, dict[str, Any]] = {
            "values": {"column": "big"},
            "sums": {"columns": {"big": ["sum"]}},
            "found": {"text": "3"},
        }
        for about, more in questions.items():
            answer = await asking.ask(about, view=VIEWS[1], **more)
            assert answer["error"]["code"] == "uncomputable", about
        page = await asking.arrange({}, rows=20)  # the socket is still there
        assert page["rows"] == 10
        product = await Product.objects.aget(stock=3)
        product.stock = 33
        await product.asave()
        for line in (asking, other):
            await line.until(lambda line=line: 33 in line.rows.get(str(product.pk), ()))
