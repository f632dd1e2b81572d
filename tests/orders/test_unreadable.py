"""What a user may not read takes part in no order: it is refused before any row is looked at.

Sorted, filtered, grouped or counted by it, the rows would tell it all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.orders.order import Ordered
from livesheet.orders.querystrings import read_query
from livesheet.orders.view import KINDS
from livesheet.orders.viewquery import ViewQuery
from livesheet.questions import pieces, searches, summaries
from livesheet.sheet.declaration import Sheet
from tests.app.models import Product, Supplier

pytestmark = pytest.mark.django_db


class Covering(serializers.ModelSerializer[Product]):
    """Takes an owner that it never shows, and shows four letters of a name."""

    name = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["name", "owner", "stock"]
        extra_kwargs = {"owner": {"write_only": True}}

    def get_name(self, product: Product) -> str:
        return product.name[:4]


class Covered(LiveSheetConsumer):
    abstract = True
    model = Product
    serializer_class = Covering
    fields = ["name", "owner", "stock"]


class Narrow(LiveSheetConsumer):
    """Visitors see neither owner nor price, by which the rows are sorted nevertheless."""

    abstract = True
    model = Product
    fields = ["name", "stock", "owner", "price"]
    ordering = ["price"]

    def get_fields(self) -> Any:
        return ["name", "stock"] if self.user.is_anonymous else self.fields


# The sheet, and a column of which the database has more than this user may read.
UNREADABLE = [(Covered, "owner"), (Covered, "name"), (Narrow, "owner"), (Narrow, "price")]


def ordered(view: dict[str, Any]) -> Callable[[Sheet], Any]:
    return lambda sheet: Ordered(sheet, summaries.view_of({"view": view})).first(10)


def asked(question: Any, view: Any = None, **more: Any) -> Callable[[Sheet], Any]:
    return lambda sheet: question(sheet, {"view": view or {}, **more})


def condition(kind: str, column: str) -> dict[str, Any]:
    values = {"text": "1", "values": ["1"], "from": "1", "to": "2"}
    return {"column": column, "kind": kind, **values}


def doors(column: str) -> list[Callable[[Sheet], Any]]:
    """All ways to have the rows ordered, narrowed or counted by a column."""
    filters = [{"filters": [condition(kind, column)]} for kind in sorted(KINDS - {"recent"})]
    either = {"filters": [{"any": [condition("equals", "stock"), condition("empty", column)]}]}
    grouped = {"grouped": {"by": [{"column": "stock"}, {"column": column}]}}
    sorts = {"sorts": [{"column": "stock"}, {"column": column}]}
    views = [*filters, either, grouped, sorts]
    return [
        *(ordered(view) for view in views),
        *(asked(pieces.rows, view) for view in views),
        *(asked(summaries.sums, view) for view in filters),
        asked(searches.find, sorts, text="a"),
        asked(searches.found, either, text="a"),
        asked(summaries.headings, grouped, level=1),
        asked(summaries.values, column=column),
        asked(summaries.sums, columns={column: ["filled"]}),
        asked(summaries.sums, columns={column: ["distinct"]}),
        asked(summaries.groups, by=[column]),
        asked(summaries.groups, by=["stock"], columns={column: ["filled"]}),
        by_address([("ordering", [column])]),
        by_address([(f"{column}__isempty", ["true"])]),
    ]


def by_address(given: Any) -> Callable[[Sheet], Any]:
    """As REST reads its query string."""

    def door(sheet: Sheet) -> Any:
        query = ViewQuery(sheet)
        return query.rows(read_query(query, given, ()))

    return door


def refusal(door: Callable[[Sheet], Any], sheet: Sheet) -> LiveSheetError:
    with pytest.raises(LiveSheetError) as caught:
        door(sheet)
    return caught.value


@pytest.mark.parametrize(("sheet_class", "column"), UNREADABLE)
def test_it_is_refused_before_any_row_is_read(sheet_class: Any, column: str) -> None:
    Product.objects.create(name="secret", owner="secret", price=1, stock=1)
    sheet = sheet_class(AnonymousUser())
    with CaptureQueriesContext(connection) as statements:
        for door in doors(column):
            error = refusal(door, sheet)
            assert error.code == "bad_view"
            assert "secret" not in error.detail
    table = connection.ops.quote_name(Product._meta.db_table)
    assert [one["sql"] for one in statements if table in one["sql"]] == []


def test_of_a_column_of_others_one_cannot_even_tell_that_it_is_there() -> None:
    sheet, nobodys = Narrow(AnonymousUser()), "nothing_of_that_name"
    for one, other in zip(doors("price"), doors(nobodys), strict=True):
        said = refusal(other, sheet).detail
        assert refusal(one, sheet).detail == said.replace(nobodys, "price")


@pytest.mark.parametrize("sheet_class", [Covered, Narrow])
def test_no_search_finds_a_row_by_it(sheet_class: Any) -> None:
    Product.objects.create(name="Chairsecret", owner="secret", price=7)
    sheet, text = sheet_class(AnonymousUser()), "secret" if sheet_class is Covered else "7"
    found = ordered({})(sheet).pks
    assert len(found) == 1
    view = summaries.view_of({"search": text})
    assert Ordered(sheet, view).first(10).pks == []
    assert searches.found(sheet, {"text": text})["count"] == 0


class Supplied(LiveSheetConsumer):
    """Of its suppliers, only some may be known by name."""

    abstract = True
    model = Product
    fields = ["name", "supplier"]

    def get_related_queryset(self, field: str) -> Any:
        return super().get_related_queryset(field).exclude(name__startswith="hidden")


@pytest.mark.parametrize("search_fields", [[], ["supplier__name"]])
def test_rows_are_sorted_by_no_name_that_is_hidden(search_fields: list[str]) -> None:
    """Renamed, a hidden supplier is found elsewhere by nobody."""
    sheet_class = type("S", (Supplied,), {"abstract": True, "search_fields": search_fields})
    suppliers = [Supplier.objects.create(name=name) for name in ("hidden a", "m", "hidden z")]
    for supplier in suppliers:
        Product.objects.create(name="chair", supplier=supplier, price=1)
    views: list[dict[str, Any]] = [
        {"sorts": [{"column": "supplier"}]},
        {"grouped": {"by": [{"column": "supplier", "descending": True}]}},
        {"filters": [{"column": "supplier", "kind": "contains", "text": "hidden"}]},
        {"filters": [{"column": "supplier", "kind": "lacks", "text": "hidden"}]},
    ]

    def told() -> list[Any]:
        sheet: Any = sheet_class(AnonymousUser())
        answers = [ordered(view)(sheet) for view in views]
        return [*answers, summaries.values(sheet, {"column": "supplier"})]

    before = told()
    for supplier, name in zip(suppliers[::2], ("hidden y", "hidden b"), strict=True):
        Supplier.objects.filter(pk=supplier.pk).update(name=name)
    assert told() == before
    assert before[2].pks == []
