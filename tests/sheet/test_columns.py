"""What a browser is told of each column, and the value that it gets."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models.lookups import GreaterThan
from rest_framework import serializers

from livesheet.sheet.declaration import Sheet, find_sheet
from livesheet.sheet.rows import RowReader
from tests.app.models import Chest, Product, Sample, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def sheet_of(name: str) -> Sheet:
    sheet_class = find_sheet(name)
    assert sheet_class is not None
    return sheet_class(None)


def row(sheet: Sheet, pk: Any) -> dict[str, Any]:
    """The row as a snapshot has it; the same as a change and the base comparison have it."""
    reader = RowReader(sheet)
    found = reader.read([str(pk)])[str(pk)]
    streamed = [r for rows in reader.chunks(sheet.ordered_rows(), 10) for r in rows]
    assert found in streamed
    named = dict(zip((column.name for column in sheet.columns), found[1:], strict=True))
    instance = sheet.rows().get(pk=pk)
    assert reader.of_instance(instance, sheet.columns) == named
    return named


def test_each_kind_of_field_has_its_type() -> None:
    assert {column.name: column.type for column in sheet_of("sample").columns} == {
        "id": "integer", "char": "text", "text": "longtext", "email": "email", "url": "url",
        "slug": "text", "uuid": "text", "ip": "text", "small": "integer", "integer": "integer",
        "big": "integer", "floating": "float", "decimal": "decimal", "boolean": "boolean",
        "maybe": "boolean", "date": "date", "time": "time", "moment": "datetime",
        "duration": "duration", "choice": "choice", "data": "json", "upload": "file",
        "blob": "binary",
    }  # fmt: skip


def test_a_full_row(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT, settings.MEDIA_URL = tmp_path, "/media/"
    sample = Sample.objects.create(
        char="é", text="a\nb", email="a@b.example", url="https://a.example", slug="a-b",
        uuid=uuid.UUID(int=7), ip="10.0.0.1", small=1, integer=-5, big=2**62, floating=0.1,
        decimal=Decimal("12.3"), boolean=True, maybe=None, date=dt.date(2026, 2, 3),
        time=dt.time(8, 15), moment=dt.datetime(2026, 2, 3, 8, 15, 0, 5, tzinfo=dt.UTC),
        duration=dt.timedelta(hours=1), choice=2, data={"a": [1, None]}, upload="a.txt",
        blob=b"abc",
    )  # fmt: skip
    assert row(sheet_of("sample"), sample.pk) == {
        "id": str(sample.pk), "char": "é", "text": "a\nb", "email": "a@b.example",
        "url": "https://a.example", "slug": "a-b", "uuid": str(uuid.UUID(int=7)),
        "ip": "10.0.0.1", "small": 1, "integer": -5, "big": "4611686018427387904",
        "floating": 0.1, "decimal": "12.3000", "boolean": True, "maybe": None,
        "date": "2026-02-03", "time": "08:15:00", "moment": "2026-02-03T08:15:00.000005Z",
        "duration": "P0DT01H00M00S", "choice": 2, "data": {"a": [1, None]},
        "upload": {"name": "a.txt", "url": "/media/a.txt"}, "blob": {"size": 3},
    }  # fmt: skip


def test_a_relation_to_users_says_so(declared: Any) -> None:
    """Then its key may be compared with who one is."""
    members = declared(User.groups.through, fields=["user", "group"])
    user, other = (column.describe()["related"] for column in members.columns)
    assert user["user"] is True
    assert "user" not in other


def test_an_empty_row() -> None:
    sample = Sample.objects.create()
    values = row(sheet_of("sample"), sample.pk)
    empty = {name for name, value in values.items() if value is None}
    assert empty == {
        "uuid", "ip", "small", "integer", "big", "floating", "decimal", "maybe", "date", "time",
        "moment", "duration", "choice", "data", "upload", "blob",
    }  # fmt: skip


def test_without_time_zones_there_is_no_z(settings: Any) -> None:
    settings.USE_TZ = False
    moment = dt.datetime(2026, 2, 3, 8, 15)
    sample = Sample.objects.create(moment=moment)
    assert row(sheet_of("sample"), sample.pk)["moment"] == "2026-02-03T08:15:00"
    connection.close()  # it was opened with this setting


def test_what_is_told_of_a_column() -> None:
    told = {column.name: column.describe(True) for column in sheet_of("product").columns}
    always = {"name", "title", "type", "readonly", "required", "null", "blank", "help"}
    assert all(always <= set(column) for column in told.values())
    assert told["price"] == {
        "name": "price", "title": "Price", "type": "decimal", "readonly": False, "required": False,
        "null": False, "blank": False, "help": "", "max_digits": 9, "decimal_places": 2,
        "default": "0.00",
    }  # fmt: skip
    assert told["name"]["max_length"] == 40
    assert told["name"]["required"]
    assert told["unit"]["choices"] == [["piece", "Piece"], ["kg", "Kilogram"]]
    assert told["supplier"]["related"] == {"model": "app.supplier", "complete": True}
    assert (told["supplier"]["null"], told["supplier"]["blank"]) == (True, True)
    assert (told["tags"]["type"], told["tags"]["blank"]) == ("related_many", True)
    assert (told["value"]["type"], told["value"]["readonly"]) == ("other", True)
    assert told["counted_at"]["title"] == "Counted at"


def test_a_browser_knows_keys_and_big_integers() -> None:
    told = {column.name: column.describe() for column in sheet_of("sample").columns}
    assert {name for name, column in told.items() if column.get("key")} == {"id"}
    assert {name for name, column in told.items() if column.get("big")} == {"id", "big"}


def test_options_are_handed_to_the_grid(declared: Any) -> None:
    options = {"name": {"width": 200}}
    sheet = declared(Product, fields=["name", "price"], column_options=options)
    assert [column.describe().get("options") for column in sheet.columns] == [{"width": 200}, None]


def test_relations_are_keys_in_label_order(declared: Any) -> None:
    north = Supplier.objects.create(name="North")
    red, blue, unused = (Tag.objects.create(name=name) for name in ("red", "blue", "green"))
    table = Product.objects.create(name="Table", supplier=north)
    table.tags.set([red, blue])
    values = row(sheet_of("product"), table.pk)
    assert values["supplier"] == str(north.pk)
    assert values["tags"] == [str(blue.pk), str(red.pk)]
    assert str(unused.pk) not in values["tags"]


def test_properties_methods_and_annotations_are_read_only(declared: Any) -> None:
    sheet = declared(
        Product,
        fields=["name", "value", "__str__", "double"],
        get_queryset=lambda self: Product.objects.annotate(double=models.F("stock") * 2),
    )
    table = Product.objects.create(name="Table", price="2.50", stock=3)
    table.refresh_from_db()
    assert row(sheet, table.pk) == {
        "name": "Table", "value": "7.50", "__str__": "Table", "double": 6,
    }  # fmt: skip
    assert [column.readonly for column in sheet.columns] == [False, True, True, True]


def test_computed_values_have_the_type_that_they_are_said_to_have(
    declared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worth(self: Product) -> Decimal | None:
        return self.price * self.stock if self.stock else None

    def aged(self: Product) -> dt.timedelta:
        return dt.timedelta(days=3)

    def either(self: Product) -> int | str:
        return "many" if self.stock > 1 else 1

    def hidden(self: Product) -> Unknown:  # type: ignore[name-defined]  # noqa: F821
        return 1

    attributes = {
        "worth": property(worth), "aged": aged, "either": property(either), "hidden": hidden,
        "plain": property(lambda self: 1), "constant": 7,
    }  # fmt: skip
    for name, attribute in attributes.items():
        monkeypatch.setattr(Product, name, attribute, raising=False)
    stock = models.F("stock")
    annotations: dict[str, Any] = {
        "double": stock * 2,
        "sold": models.Count("tags"),
        "rest": GreaterThan(stock, 0),
        "last": models.functions.TruncDate("counted_at"),
        "moment": models.Max("counted_at"),
        "shout": models.functions.Upper("name"),
    }
    sheet = declared(
        Product,
        fields=["name", *attributes, *annotations],
        get_queryset=lambda self: Product.objects.annotate(**annotations),
    )
    assert {column.name: column.type for column in sheet.columns} == {
        "name": "text",
        "worth": "decimal", "aged": "duration",
        "either": "other", "hidden": "other", "plain": "other", "constant": "other",
        "double": "integer", "sold": "integer", "rest": "boolean",
        "last": "date", "moment": "datetime", "shout": "other",
    }  # fmt: skip
    assert all(column.readonly for column in sheet.columns[1:])
    table = Product.objects.create(name="Table", price="2.50", stock=3)
    table.refresh_from_db()
    found = row(sheet, table.pk)
    assert (found["worth"], found["aged"], found["double"]) == ("7.50", "P3DT00H00M00S", 6)
    assert (found["rest"], found["either"]) == (True, "many")
    mixed = declared(
        Product,
        fields=["mixed"],
        get_queryset=lambda self: Product.objects.annotate(mixed=stock + models.F("counted_at")),
    )
    assert mixed.columns[0].type == "other", "Django cannot tell either"


def test_fields_that_a_serializer_makes_up(declared: Any) -> None:
    class Shown(serializers.ModelSerializer[Product]):
        who = serializers.CharField(source="supplier.name", default=None, read_only=True)
        all_tags = serializers.SlugRelatedField(
            source="tags", slug_field="name", many=True, read_only=True
        )
        supplier_name = serializers.StringRelatedField(source="supplier")
        size = serializers.SerializerMethodField()
        price = serializers.DecimalField(max_digits=None, decimal_places=None)
        units = serializers.MultipleChoiceField(choices=["a"], source="unit", read_only=True)

        class Meta:
            model = Product
            fields = ["who", "all_tags", "supplier_name", "size", "price", "units"]

        def get_size(self, obj: Product) -> dict[str, int]:
            return {"stock": obj.stock}

    names = ["who", "all_tags", "supplier_name", "size", "price", "units"]
    sheet = declared(Product, fields=names, serializer_class=Shown)
    types = {column.name: column.type for column in sheet.columns}
    assert types["who"] == "text"
    assert types["all_tags"] == types["supplier_name"] == types["size"] == types["units"] == "other"
    assert all(column.readonly for column in sheet.columns if column.name != "price")
    north = Supplier.objects.create(name="North")
    table = Product.objects.create(name="Table", supplier=north, price="1.50", unit="a")
    table.tags.add(Tag.objects.create(name="red"))
    values = RowReader(sheet).read([str(table.pk)])[str(table.pk)][1:]
    assert values[0] == "North"
    assert values[1:4] == ['["red"]', "North", '{"stock": 0}']


def test_a_cell_that_cannot_be_read_takes_nothing_else_away(
    declared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Shown(serializers.ModelSerializer[Product]):
        ratio = serializers.SerializerMethodField()

        class Meta:
            model = Product
            fields = ["name", "ratio"]

        def get_ratio(self, obj: Product) -> float:
            return 1 / obj.stock

    sheet = declared(Product, fields=["name", "ratio"], serializer_class=Shown)
    Product.objects.create(name="Half", stock=2)
    Product.objects.create(name="None", stock=0)
    rows = [r[1:] for rows in RowReader(sheet).chunks(sheet.ordered_rows(), 10) for r in rows]
    assert rows == [["Half", 0.5], ["None", "#ERROR"]]
    assert "ZeroDivisionError" in caplog.text


def test_a_value_is_the_same_however_it_is_read(declared: Any) -> None:
    """Where an attribute differs from the database column, nothing but the attribute counts."""
    sheet = declared(Chest, fields=["name", "label", "seal"])
    assert [column.attname for column in sheet.columns] == ["name", None, None]
    chest = Chest.objects.create(name="n", label="quiet", seal="s")
    assert row(sheet, chest.pk) == {"name": "n", "label": "QUIET", "seal": "s"}


def test_what_django_makes_is_read_straight() -> None:
    assert all(RowReader(sheet_of(name)).plain for name in ("sample", "article", "note"))
    straight = [column.attname for column in sheet_of("sample").columns]
    assert None not in straight


def test_a_relation_that_is_declared_by_hand_is_one(declared: Any) -> None:
    class Shown(serializers.ModelSerializer[Product]):
        supplier = serializers.PrimaryKeyRelatedField(
            queryset=Supplier.objects.exclude(name="Closed"), allow_null=True
        )
        tags = serializers.PrimaryKeyRelatedField(queryset=Tag.objects.all(), many=True)

        class Meta:
            model = Product
            fields = ["name", "supplier", "tags"]

    sheet = declared(Product, fields=["name", "supplier", "tags"], serializer_class=Shown)
    assert [column.type for column in sheet.columns] == ["text", "related", "related_many"]
    assert not any(column.readonly for column in sheet.columns)
    north, closed = Supplier.objects.create(name="North"), Supplier.objects.create(name="Closed")
    table = Product.objects.create(name="Table", supplier=north)
    assert row(sheet, table.pk)["supplier"] == str(north.pk)
    fits = {
        supplier.name: sheet.get_serializer(
            table, data={"supplier": str(supplier.pk)}, partial=True
        ).is_valid()
        for supplier in (north, closed)
    }
    assert fits == {"North": True, "Closed": False}, "its own bound holds, too"


def test_a_field_that_a_serializer_takes_out_is_no_column(declared: Any) -> None:
    class Shown(serializers.ModelSerializer[Product]):
        class Meta:
            model = Product
            fields = ["name", "price"]

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if self.context.get("user") is None:
                self.fields.pop("price")

    sheet = declared(Product, fields=["name", "price"], serializer_class=Shown)
    assert [column.name for column in sheet.columns] == ["name"]
    assert [column.name for column in type(sheet)(object()).columns] == ["name", "price"]
    with pytest.raises(KeyError):
        assert declared(Product, fields=["name", "prise"], serializer_class=Shown).columns
