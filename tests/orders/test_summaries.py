"""What a view adds up to: the database's answer, held against the rows that the wire carries."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.orders.summaries import Summaries
from livesheet.orders.view import View, read_view
from livesheet.orders.viewquery import ViewQuery
from livesheet.questions import summaries as questions
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from tests.app.models import Product, Sample, Supplier, Tag
from tests.orders.test_agreement import PRODUCTS, SAMPLES, Samples, agreeing, undone, views

pytestmark = pytest.mark.django_db

MEASURES = {"integer", "decimal", "float", "date", "time", "datetime", "duration"}


class Goods(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "summed-goods"
    fields = ["name", "price", "stock", "unit", "active", "supplier", "tags"]

    def get_queryset(self) -> Any:
        return super().get_queryset().exclude(owner="hidden")

    def get_related_queryset(self, field: str) -> Any:
        return super().get_related_queryset(field).exclude(name="hidden")


def shown(sheet: Sheet, view: View) -> list[list[Any]]:
    rows = ViewQuery(sheet).rows(view)
    return [row for part in RowReader(sheet).chunks(rows, 1_000) for row in part]


def text(value: Any) -> str:
    """As the widget counts: null, an empty text and an empty list are one."""
    if value in (None, "", []):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parts(value: Any) -> list[str]:
    return [text(one) for one in value] if isinstance(value, list) and value else [text(value)]


def counted(rows: list[list[Any]], place: int) -> Counter[str]:
    return Counter(part for row in rows for part in parts(row[place]))


def agree(sheet: Sheet, view: View) -> None:
    rows, found = shown(sheet, view), Summaries(sheet, view)
    for place, column in enumerate(sheet.columns, 1):
        held = counted(rows, place)
        answer = found.values(column.name, 0)
        assert dict(answer["values"]) == held, column.name
        assert not answer["more"]
        assert len(answer["values"]) == len(held), "each of them once"
        counts = [count for key, count in answer["values"] if key]
        assert counts == sorted(counts, reverse=True)
        asked = {column.name: functions(column)}
        said = found.sums(asked)
        assert said["count"] == len(rows)
        values = [row[place] for row in rows if text(row[place])]
        compare(column, said["columns"][column.name], values)
        if column.type != "related_many":
            grouped(found, sheet, rows, place, asked)


def functions(column: Any) -> list[str]:
    if column.type == "related_many":
        return ["filled"]
    wanted = ["filled", "distinct"]
    if column.type in ("integer", "decimal", "float"):
        wanted += ["sum", "avg"]
    if column.type == "boolean":
        return [*wanted, "ticked"]
    return [*wanted, "min", "max"] if column.type in MEASURES else wanted


def compare(column: Any, said: dict[str, Any], values: list[Any]) -> None:
    assert said["filled"] == len(values)
    if "ticked" in said:
        assert said["ticked"] == values.count(True)
    if "distinct" in said:
        assert said["distinct"] == len({text(value) for value in values})
    if "sum" in said and not values:
        assert said["sum"] is said["avg"] is None
    elif column.type == "float":
        assert float(said["sum"]) == pytest.approx(sum(values), abs=1e-3)
        assert float(said["avg"]) == pytest.approx(sum(values) / len(values), abs=1e-3)
    elif "sum" in said:
        total = sum(Decimal(str(value)) for value in values)
        assert said["sum"] == str(total)
        exact = total / len(values)
        places = Decimal(1).scaleb(-2 - (column.extra.get("decimal_places") or 0))
        assert Decimal(said["avg"]) == exact.quantize(places, ROUND_HALF_UP)
    if "min" in said and column.type in ("integer", "decimal", "float"):
        numbers = sorted(values, key=lambda value: Decimal(str(value)))
        assert [said["min"], said["max"]] == ([numbers[0], numbers[-1]] if numbers else [None] * 2)
    elif "min" in said and column.type == "date":
        assert [said["min"], said["max"]] == ([min(values), max(values)] if values else [None] * 2)


def grouped(
    found: Summaries, sheet: Sheet, rows: list[list[Any]], place: int, asked: dict[str, list[str]]
) -> None:
    name = sheet.columns[place - 1].name
    groups = found.groups([name], asked, 0)["groups"]
    assert {group["keys"][0]: group["count"] for group in groups} == counted(rows, place)
    for group in groups:
        values = [r[place] for r in rows if text(r[place]) == group["keys"][0] != ""]
        compare(sheet.columns[place - 1], group["columns"][name], values)


@agreeing
@given(samples=st.lists(SAMPLES, max_size=12), data=st.data())
def test_values_of_every_kind(samples: list[dict[str, Any]], data: Any) -> None:
    with undone():
        Sample.objects.bulk_create(Sample(**values) for values in samples)
        sheet = Samples(None)
        agree(sheet, View())
        agree(sheet, read_view(data.draw(views(sheet, shown(sheet, View())))))


@agreeing
@given(products=st.lists(PRODUCTS, max_size=12))
def test_relations_and_choices(products: list[dict[str, Any]]) -> None:
    with undone():
        names = ["Nord", "hidden", "Süd", "ost", "West"]
        suppliers = [Supplier.objects.create(name=name) for name in names]
        tags = [Tag.objects.create(name=name) for name in names]
        for n, values in enumerate(products):
            supplier = None if values["supplier"] is None else suppliers[values["supplier"]]
            held = [tags[m] for m in values["tags"]]
            given = {**values, "supplier": supplier, "owner": "hidden" if n % 5 == 4 else ""}
            given.pop("tags")
            Product.objects.create(**given).tags.set(held)
        agree(Goods(None), View())


# --- by hand ---------------------------------------------------------------------------------


def test_groups_stand_in_the_order_of_their_columns_with_labels() -> None:
    north, south = (Supplier.objects.create(name=name) for name in ("north", "South"))
    for name, supplier, stock in (
        ("a", south, 1),
        ("b", north, 2),
        ("c", None, 4),
        ("d", north, 8),
    ):
        Product.objects.create(name=name, supplier=supplier, stock=stock, price=stock)
    query = {"by": ["supplier", "unit"], "columns": {"stock": ["sum"], "price": ["avg", "max"]}}
    answer = questions.groups(Goods(None), query)
    assert answer["groups"] == [
        {
            "keys": [str(north.pk), "piece"], "count": 2,
            "columns": {"stock": {"sum": "10"}, "price": {"avg": "5.00", "max": "8.00"}},
        },
        {
            "keys": [str(south.pk), "piece"], "count": 1,
            "columns": {"stock": {"sum": "1"}, "price": {"avg": "1.00", "max": "1.00"}},
        },
        {
            "keys": ["", "piece"], "count": 1,
            "columns": {"stock": {"sum": "4"}, "price": {"avg": "4.00", "max": "4.00"}},
        },
    ]  # fmt: skip
    assert answer["labels"] == {"supplier": {str(north.pk): "north", str(south.pk): "South"}}


def test_hidden_rows_add_nothing() -> None:
    query = {"column": "name", "columns": {"stock": ["sum", "max", "filled"]}, "by": ["name"]}

    def said() -> list[Any]:
        sheet = Goods(None)
        return [ask(sheet, query) for ask in (questions.values, questions.sums, questions.groups)]

    Product.objects.create(name="seen", stock=1)
    before = said()
    Product.objects.create(name="unseen", stock=999, owner="hidden")
    assert said() == before


@pytest.mark.parametrize(
    ("ask", "query", "why"),
    [
        ("values", {"column": "colour"}, "There is no column 'colour'"),
        ("values", {"column": "name", "skip": -1}, "Expected `skip` to be a number"),
        ("sums", {"columns": {"name": ["sum"]}}, "cannot be added up"),
        ("sums", {"columns": {"active": ["max"]}}, "cannot be compared"),
        ("sums", {"columns": {"stock": ["median"]}}, "Expected one of filled, distinct"),
        ("sums", {"columns": {"stock": ["ticked"]}}, "cannot be ticked"),
        ("sums", {"columns": {"stock": "sum"}}, "Expected a list"),
        ("groups", {"by": []}, "Expected 1 to 3 different columns"),
        ("groups", {"by": ["tags"]}, "cannot be grouped by"),
    ],
)
def test_what_cannot_be_asked_says_why(ask: str, query: dict[str, Any], why: str) -> None:
    with pytest.raises(LiveSheetError, match=why):
        getattr(questions, ask)(Goods(None), query)
