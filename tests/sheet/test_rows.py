"""Keys from the outside, and the labels of relations."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, models

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet import rows
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.rows import (
    RowReader,
    complete_labels,
    read_labels,
    related_columns,
    renamed_labels,
    used_labels,
)
from tests.app.consumers import NoteSheet, ProductSheet
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def keys(field: models.Field[Any, Any], *texts: str) -> list[Any]:
    """The texts that may be keys of a model with this primary key."""
    sheet: Any = SimpleNamespace(get_model=lambda: SimpleNamespace(_meta=SimpleNamespace(pk=field)))
    reader = RowReader.__new__(RowReader)
    reader.sheet = sheet
    return reader.keys(texts)


def test_texts_as_keys() -> None:
    integers = ["7", "-7", "07", "7.0", " 7", "٧", "x", "", "9" * 30, str(2**63 - 1)]
    assert keys(models.BigAutoField(), *integers) == [7, -7, 2**63 - 1]
    one = uuid.UUID(int=0xABC)
    assert keys(models.UUIDField(), str(one), one.hex, str(one).upper(), "x") == [one]
    assert keys(models.CharField(), "a", "A", "") == ["a", "A", ""]


def test_only_rows_that_may_be_seen_are_read() -> None:
    cheap, dear = Product.objects.create(name="a"), Product.objects.create(name="b", price=9)

    class Cheap(LiveSheetConsumer):
        model = Product
        sheet_name = "cheap"
        fields = ["name"]

        def get_queryset(self) -> Any:
            return Product.objects.filter(price=0)

    try:
        reader = RowReader(Cheap(None))
        pks = [str(cheap.pk), str(dear.pk), "x"]
        assert reader.read(pks) == {str(cheap.pk): [str(cheap.pk), "a"]}
        assert reader.visible_pks() == [str(cheap.pk)]
    finally:
        unregister(Cheap)


def test_many_keys_are_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "READ_BATCH", 3)
    pks = [str(Product.objects.create(name=str(n)).pk) for n in range(8)]
    assert list(RowReader(ProductSheet(None)).read(pks)) == pks


@pytest.mark.parametrize("kind", [ProductSheet, NoteSheet])
def test_rows_that_changed_are_read_without_a_cursor_of_their_own(
    kind: type[Sheet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which takes four round trips; a snapshot needs it."""
    given = {"key": "a"} if kind is NoteSheet else {"name": "a"}
    one = kind.get_model()._default_manager.create(**given)
    made: list[bool] = []
    real = connection.chunked_cursor
    monkeypatch.setattr(connection, "chunked_cursor", lambda: made.append(True) or real())
    reader = RowReader(kind(None))
    assert list(reader.read([str(one.pk)])) == [str(one.pk)]
    assert made == []
    assert sum(len(chunk) for chunk in reader.chunks(reader.sheet.rows(), 10)) == 1
    assert made


class Labelled:
    """Two suppliers, three tags, and the columns that show them."""

    def __init__(self) -> None:
        self.sheet: Sheet = ProductSheet(None)
        self.north, self.south = (Supplier.objects.create(name=name) for name in "NS")
        self.red = Tag.objects.create(name="red")
        self.columns = {column.name: (n, column) for n, column in related_columns(self.sheet)}
        product = Product.objects.create(name="Table", supplier=self.north)
        product.tags.add(self.red)
        self.rows = list(RowReader(self.sheet).read([str(product.pk)]).values())


def test_labels_are_complete_or_those_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    it = Labelled()
    north, south, red = str(it.north.pk), str(it.south.pk), str(it.red.pk)
    assert complete_labels(it.sheet) == {"supplier": {north: "N", south: "S"}, "tags": {red: "red"}}
    monkeypatch.setattr(rows, "COMPLETE_LABELS", 1)
    assert complete_labels(it.sheet) == {"tags": {red: "red"}}
    assert used_labels(it.sheet, it.rows, {}) == {"supplier": {north: "N"}, "tags": {red: "red"}}
    assert used_labels(it.sheet, it.rows, {"tags": {red: "red"}}) == {"supplier": {north: "N"}}
    assert used_labels(it.sheet, [], {}) == {}
    assert read_labels(it.sheet, it.columns["supplier"][1], []) == {}
    assert related_columns(NoteSheet(None)) == []


def test_renamed_labels_are_those_that_somebody_has() -> None:
    it = Labelled()
    north, south = str(it.north.pk), str(it.south.pk)
    known = {"supplier": {north: "N"}}
    Supplier.objects.update(name=models.functions.Concat("name", models.Value("!")))
    assert renamed_labels(it.sheet, "app.supplier", [north, south], known, []) == {
        "supplier": {north: "N!"}
    }
    assert renamed_labels(it.sheet, "app.supplier", [north, south], known, ["supplier"]) == {
        "supplier": {north: "N!", south: "S!"}
    }
    assert renamed_labels(it.sheet, "app.tag", [north], known, []) == {}


def test_an_object_that_cannot_say_its_name_takes_no_sheet_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    it = Labelled()

    def broken(self: Supplier) -> str:
        if self.name == "N":
            raise AttributeError("no such name")
        return self.name

    monkeypatch.setattr(Supplier, "__str__", broken)
    labels = read_labels(it.sheet, it.columns["supplier"][1], None)
    assert labels == {str(it.north.pk): "#ERROR", str(it.south.pk): "S"}
    assert "no such name" in caplog.text
