"""What a queryset cache remembers is not what a sheet shows, nor what it decides by."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from cacheops import invalidate_all
from django.db import connection

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.log import changelog
from livesheet.sheet.declaration import unregister
from livesheet.sheet.rows import RowReader, read_labels
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Edit
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    invalidate_all()


class CheapSheet(LiveSheetConsumer):
    model = Product
    sheet_name = "cheap"
    fields = ["name", "stock", "supplier", "tags"]

    def get_queryset(self) -> Any:
        return Product.objects.filter(price__lt=10)


@pytest.fixture
def product() -> Product:
    return Product.objects.create(name="Table", price="1.00", stock=1)


def test_the_log_is_read_past_what_is_remembered(product: Product) -> None:
    """Its rows are written by SQL, of which no cache hears."""
    while changelog.stamp("default"):
        pass
    head = changelog.head("default")
    for n in range(1, 4):
        assert changelog.stamp("default") == 0
        Product.objects.filter(pk=product.pk).update(stock=n)
        assert len(changelog.unstamped("default", model="app.product")) == 1
        assert changelog.stamp("default") == 1
        assert changelog.head("default").seq == head.seq + n
        assert len(changelog.entries("default", head.seq)) == n


async def test_each_change_arrives(ann: Any, product: Product) -> None:
    async with LiveSheetCommunicator("product", ann, timeout=30) as sheet:
        for stock in range(2, 6):
            await Product.objects.filter(pk=product.pk).aupdate(stock=stock)
            await sheet.until(lambda n=stock: sheet.value(product.pk, "stock") == n)
            reply = await sheet.edit(product.pk, "price", f"{stock}.00", base=f"{stock - 1}.00")
            assert reply["results"] == ["saved"]
            await sheet.until(lambda n=stock: sheet.value(product.pk, "price") == f"{n}.00")


async def test_a_row_that_leaves_is_gone(ann: Any, product: Product) -> None:
    async with LiveSheetCommunicator("cheap", ann, timeout=30) as sheet:
        assert list(sheet.rows) == [str(product.pk)]
        await Product.objects.filter(pk=product.pk).aupdate(price=20)  # the cache does not hear
        await sheet.until(lambda: not sheet.rows)
        await Product.objects.filter(pk=product.pk).aupdate(price=2)
        await sheet.until(lambda: list(sheet.rows) == [str(product.pk)])


def test_what_may_be_written_is_asked_of_the_database(ann: Any, product: Product) -> None:
    def edit(value: Any, base: Any, column: str = "stock") -> Any:
        cells = [(str(product.pk), column, value, base)]
        reply = submit(CheapSheet(ann), Edit(uuid.uuid4().hex, cells, False), "c" * 32, None)
        return reply["results"][0] if reply["ok"] else reply["errors"][0]["code"]

    assert edit(2, 1) == "saved"
    Product.objects.filter(pk=product.pk).update(stock=7)
    assert edit(3, 2) == "conflict"
    assert edit(3, 7) == "saved"
    tag, supplier = Tag.objects.create(name="a"), Supplier.objects.create(name="b")
    assert edit([str(tag.pk)], [], "tags") == edit(str(supplier.pk), None, "supplier") == "saved"
    Product.objects.filter(pk=product.pk).update(price=20)
    assert edit(4, 3) == "not_found"


def test_reads_pass_by_what_is_remembered(ann: Any, product: Product) -> None:
    sheet, pk = CheapSheet(ann), str(product.pk)
    supplier, tag = Supplier.objects.create(name="old"), Tag.objects.create(name="old")
    column: Any = sheet.column("supplier")
    reader = RowReader(sheet)
    for name, stock, tags in (("old", 1, []), ("new", 5, [str(tag.pk)])):
        with connection.cursor() as cursor:  # nobody is told, the least of all a cache
            cursor.execute("UPDATE app_supplier SET name = %s", [name])
            cursor.execute("UPDATE app_product SET stock = %s", [stock])
            if tags:
                sql = "INSERT INTO app_product_tags (product_id, tag_id) VALUES (%s, %s)"
                cursor.execute(sql, [pk, tag.pk])
        assert reader.read([pk])[pk] == [pk, "Table", stock, None, tags]
        assert reader.of_instance(sheet.rows().get(pk=pk), sheet.columns)["stock"] == stock
        assert read_labels(sheet, column, None) == {str(supplier.pk): name}
        assert reader.visible([pk]) == reader.visible_pks() == [pk]
    Product.objects.update(price=20)
    assert reader.visible([pk]) == reader.visible_pks() == []


async def test_an_edit_leaves_no_error(
    ann: Any, product: Product, caplog: pytest.LogCaptureFixture
) -> None:
    """The package hangs its own hook on each transaction, which belongs to its COMMIT."""
    assert [one.stock for one in await sync_to_async(list)(Product.objects.all())] == [1]
    with caplog.at_level(logging.ERROR):
        async with LiveSheetCommunicator("product", ann, timeout=30) as sheet:
            await sheet.edit(product.pk, "stock", 9, base=1)
            await sheet.until(lambda: sheet.value(product.pk, "stock") == 9)
    assert caplog.records == []
    assert [one.stock for one in await sync_to_async(list)(Product.objects.all())] == [9]


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    unregister(CheapSheet)
