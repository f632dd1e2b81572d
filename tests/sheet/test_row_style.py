"""The colour that a sheet gives its rows: read with them, sent behind their columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db.models import Case, Value, When
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed.frames import hello
from livesheet.feed.kin import Kinships
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.row_style import COLOURS
from livesheet.sheet.rows import RowReader
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product
from tests.widget import STATIC

pytestmark = pytest.mark.django_db(transaction=True)

URGENT = Case(When(stock=0, then=Value("red")), When(stock__lt=3, then=Value("crimson")))


class Masking(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["name", "stock"]

    def to_representation(self, instance: Any) -> Any:
        return {**super().to_representation(instance), "name": "***"}


@pytest.fixture
def declared() -> Iterator[Any]:
    made: list[type[Sheet]] = []

    def declare(**body: Any) -> type[Sheet]:
        body = {
            "queryset": Product.objects.annotate(urgency=URGENT), "fields": ["name", "stock"],
            "row_style": "urgency", "sheet_name": "styled", **body,
        }  # fmt: skip
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1]

    yield declare
    for sheet in made:
        unregister(sheet)


def rows_of(sheet: Sheet) -> list[list[Any]]:
    keys = Product.objects.order_by("pk").values_list("pk", flat=True)
    return [row[1:] for row in RowReader(sheet).read(map(str, keys)).values()]


def test_it_stands_behind_the_columns_and_is_none(declared: Any, ann: Any) -> None:
    for name, stock in (("None", 0), ("Few", 2), ("Many", 9)):
        Product.objects.create(name=name, price=1, stock=stock)
    sheet = declared()(ann)
    # What is no colour of the palette is none.
    assert rows_of(sheet) == [["None", 0, "red"], ["Few", 2, None], ["Many", 9, None]]
    assert RowReader(sheet).plain  # it costs no model instances
    said = hello(sheet, "", ())
    assert [column["name"] for column in said["columns"]] == ["name", "stock"]
    assert said["row_style"]
    assert sheet.column("urgency") is None
    assert Kinships().of(sheet, "en") is None  # it may depend on the user


def test_a_serializer_that_hides_values_hides_no_colour(declared: Any, ann: Any) -> None:
    Product.objects.create(name="Table", price=1, stock=0)
    assert rows_of(declared(serializer_class=Masking)(ann)) == [["***", 0, "red"]]


def test_a_field_may_hold_it(declared: Any, ann: Any) -> None:
    Product.objects.create(name="blue", price=1, stock=0)
    assert rows_of(declared(row_style="name")(ann)) == [["blue", 0, "blue"]]


async def test_it_changes_with_the_row(declared: Any, ann: Any) -> None:
    declared()
    table = await sync_to_async(Product.objects.create)(name="Table", price=1, stock=3)
    async with LiveSheetCommunicator("styled", user=ann) as sheet:
        assert sheet.rows[str(table.pk)][-1] is None
        await sheet.edit(table.pk, "stock", 0, base=3)
        await sheet.until(lambda: sheet.rows[str(table.pk)][-1] == "red")
        refused = await sheet.edit(table.pk, "$style", "blue", base="red")
        assert refused["code"] == "unknown_column"


def test_the_palette_is_that_of_the_widget() -> None:
    text = (STATIC / "values" / "colours.js").read_text(encoding="utf-8")
    named = text.split("COLOURS = [")[1].split("]")[0]
    assert tuple(one.strip(' "\n') for one in named.split(",") if one.strip()) == COLOURS
