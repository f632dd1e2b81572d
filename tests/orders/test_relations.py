"""Relations to more objects than have their labels read: compared by the fields that are named."""

from __future__ import annotations

from typing import Any

import pytest

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.orders import relations
from livesheet.orders.view import Filter, Sort, View
from livesheet.orders.viewquery import ViewQuery
from tests.app.models import Product, Sample, Supplier, Tag

pytestmark = pytest.mark.django_db


class Goods(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "goods-of-many"
    fields = ["name", "supplier", "tags"]
    search_fields = ["supplier__name", "tags__name"]


class Bounded(Goods):
    abstract = True

    def get_related_queryset(self, field: str) -> Any:
        return super().get_related_queryset(field).exclude(name__startswith="Z")


class Unnamed(Goods):
    abstract = True
    search_fields = ()


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "COMPLETE_LABELS", 1)
    suppliers = [Supplier.objects.create(name=name) for name in ("Öster 10", "Zeta", "oster 9")]
    tags = [Tag.objects.create(name=name) for name in ("red", "Zinc")]
    for name, n in (("a", 0), ("b", 1), ("c", 2)):
        Product.objects.create(name=name, supplier=suppliers[n]).tags.set(tags[n : n + 1])
    Product.objects.create(name="d")


def shown(sheet: type[LiveSheetConsumer], view: View) -> str:
    rows = ViewQuery(sheet(None)).rows(view)
    return "".join(rows.values_list("name", flat=True))


def by(kind: str, text: str, column: str = "supplier") -> View:
    return View(filters=[[Filter(column, kind, text=text)]])


def test_the_fields_that_are_named_stand_for_the_label() -> None:
    assert shown(Goods, View(sorts=[Sort("supplier")])) == "cabd"
    assert shown(Goods, View(sorts=[Sort("supplier", descending=True)])) == "bacd"
    assert shown(Goods, by("contains", "oster")) == "ac"
    assert shown(Goods, by("equals", "ZETA")) == "b"
    assert shown(Goods, by("not", "zeta")) == "acd"
    assert shown(Goods, by("contains", "z", "tags")) == "b"
    assert shown(Goods, View(search="ster 1")) == "a"


def test_what_is_hidden_is_neither_found_nor_sorted_by() -> None:
    assert shown(Bounded, by("contains", "z")) == ""
    assert shown(Bounded, by("contains", "z", "tags")) == ""
    assert shown(Bounded, View(search="zeta")) == shown(Bounded, View(search="zinc")) == ""
    assert shown(Bounded, View(sorts=[Sort("supplier")])) == "cabd"
    assert shown(Bounded, View(filters=[[Filter("tags", "empty")]])) == "bcd"


def test_without_names_it_says_what_to_name() -> None:
    assert shown(Unnamed, View(search="zeta")) == ""  # the other columns are searched
    for view in (View(sorts=[Sort("supplier")]), by("contains", "z")):
        with pytest.raises(LiveSheetError, match="Let `search_fields` name the fields"):
            shown(Unnamed, view)


def test_few_labels_are_put_in_order_by_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "COMPLETE_LABELS", 3)
    assert shown(Unnamed, View(sorts=[Sort("supplier")])) == "cabd"
    monkeypatch.setattr(relations, "MOST_RANKED", 2)
    with pytest.raises(LiveSheetError, match="search_fields"):
        shown(Unnamed, View(sorts=[Sort("supplier")]))


class Documents(LiveSheetConsumer):
    abstract = True
    model = Sample
    sheet_name = "documents"
    fields = ["char", "data", "blob", "upload"]


def test_of_a_document_only_whether_there_is_anything_in_it() -> None:
    for char, data in (("a", None), ("b", []), ("c", ""), ("d", {}), ("e", [1]), ("f", 0)):
        Sample.objects.create(char=char, data=data)
    rows = ViewQuery(Documents(None)).rows(View(filters=[[Filter("data", "empty")]]))
    assert "".join(rows.values_list("char", flat=True)) == "abc"
    rows = ViewQuery(Documents(None)).rows(View(filters=[[Filter("data", "filled")]]))
    assert "".join(rows.values_list("char", flat=True)) == "def"
    with pytest.raises(LiveSheetError, match="cannot be sorted"):
        ViewQuery(Documents(None)).rows(View(sorts=[Sort("data")]))
