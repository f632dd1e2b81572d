"""Finding a text in a large sheet: the next rows in the order of a view, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.questions.searches import find, found
from livesheet.sheet.declaration import Sheet, unregister
from tests.app.models import Product, Supplier

pytestmark = pytest.mark.django_db(transaction=True)

BY_STOCK = {"sorts": [{"column": "stock", "descending": True}]}
# As BY_STOCK sorts them: n2 n5 n8 n1 n4 n7 n0 n3 n6 n9; those of Nord are the even ones.
OF_NORD = ["n2", "n8", "n4", "n0", "n6"]


@pytest.fixture
def goods() -> Iterator[type[LiveSheetConsumer]]:
    class Goods(LiveSheetConsumer):
        model = Product
        sheet_name = "goods-to-find"
        fields = ["name", "stock", "supplier"]
        ordering = ["name"]

        def get_queryset(self) -> models.QuerySet[Any]:
            return Product.objects.exclude(owner="hidden")

    yield Goods
    unregister(Goods)


@pytest.fixture
def sheet(goods: type[Sheet]) -> Sheet:
    nord, west = (Supplier.objects.create(name=name) for name in ("Nord", "West"))
    for n in range(10):
        supplier = west if n % 2 else nord
        Product.objects.create(name=f"n{n}", stock=n % 3, supplier=supplier)
        Product.objects.create(name=f"n{n}", stock=n % 3, supplier=nord, owner="hidden")
    return goods(None)


def key(name: str) -> str:
    return str(Product.objects.exclude(owner="hidden").get(name=name).pk)


def names(answer: dict[str, Any]) -> list[str]:
    return [row[1] for row in answer["rows"]]


def test_the_next_rows_come_in_the_order_of_the_view(sheet: Sheet) -> None:
    query = {"view": BY_STOCK, "text": "nORD "}
    whole = find(sheet, query)
    assert names(whole) == OF_NORD
    assert list(whole["labels"]["supplier"].values()) == ["Nord"] and not whole["more"]
    some = find(sheet, {**query, "from": key("n8"), "rows": 2})
    assert names(some) == ["n4", "n0"] and some["more"]
    assert names(find(sheet, {**query, "from": key("n5")})) == OF_NORD[1:], "n5 is another one's"


def test_backwards_the_nearest_comes_first(sheet: Sheet) -> None:
    query = {"view": BY_STOCK, "text": "nord", "back": True}
    assert names(find(sheet, query)) == OF_NORD[::-1]
    assert names(find(sheet, {**query, "from": key("n4")})) == ["n8", "n2"]
    assert names(find(sheet, {**query, "from": key("n7"), "rows": 1})) == ["n4"]
    assert names(find(sheet, {**query, "from": key("n2")})) == []


def test_backwards_it_goes_the_same_way_also_past_empty_values(sheet: Sheet) -> None:
    Product.objects.filter(name__in=["n0", "n5"]).update(supplier=None)
    for descending in (False, True):
        sorts = [{"column": "supplier", "descending": descending}, {"column": "stock"}]
        query = {"view": {"sorts": sorts}, "text": "n"}
        forward = names(find(sheet, query))
        assert sorted(forward) == [f"n{n}" for n in range(10)]
        assert names(find(sheet, {**query, "back": True})) == forward[::-1]
        for n, name in enumerate(forward):
            assert names(find(sheet, {**query, "from": key(name)})) == forward[n + 1 :]
            back = find(sheet, {**query, "from": key(name), "back": True})
            assert names(back) == forward[:n][::-1]


def test_it_looks_only_at_what_the_view_shows(sheet: Sheet) -> None:
    view = {**BY_STOCK, "filters": [{"column": "stock", "kind": "equals", "text": "2"}]}
    assert names(find(sheet, {"view": view, "text": "nord"})) == ["n2", "n8"]
    assert names(find(sheet, {"search": "n4", "text": "nord"})) == ["n4"]
    # A row that is not in the view any more: from the beginning.
    assert names(find(sheet, {"view": view, "text": "nord", "from": key("n0")})) == ["n2", "n8"]


def test_the_rows_are_counted_up_to_a_limit(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"view": BY_STOCK, "text": "nord"}
    assert found(sheet, query) == {"count": 5, "at": None}
    assert found(sheet, {**query, "at": key("n4")}) == {"count": 5, "at": 3}
    assert found(sheet, {**query, "text": "nobody"}) == {"count": 0, "at": None}
    monkeypatch.setattr("livesheet.questions.searches.MOST_COUNTED", 4)
    assert found(sheet, {**query, "at": key("n4")}) == {"count": None, "at": 3}


def test_hidden_rows_are_neither_found_nor_a_place_to_begin(sheet: Sheet) -> None:
    hidden = str(Product.objects.filter(owner="hidden", name="n4").get().pk)
    query = {"view": BY_STOCK, "text": "nord"}
    assert find(sheet, {**query, "from": hidden}) == find(sheet, {**query, "from": "999999"})
    assert found(sheet, {**query, "at": hidden})["at"] is None


@pytest.mark.parametrize(
    "query", [{}, {"text": "  "}, {"text": 7}, {"text": "x", "rows": 501}, {"text": "x", "from": 1}]
)
def test_what_cannot_be_searched_for_is_said(sheet: Sheet, query: dict[str, Any]) -> None:
    with pytest.raises(LiveSheetError, match="Expected") as error:
        find(sheet, query)
    assert error.value.code == "bad_view"
