"""The walk of one packet, socket to socket, on a real database."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product, Supplier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(ann: Any) -> Product:
    supplier = Supplier.objects.create(name="Nordwood")
    return Product.objects.create(name="Table", price="12.00", supplier=supplier)


async def test_an_edit_is_saved_answered_and_shown_to_the_other(
    ann: Any, bea: Any, table: Product
) -> None:
    sheets = LiveSheetCommunicator("product", ann), LiveSheetCommunicator("product", bea)
    async with sheets[0] as one, sheets[1] as two:
        reply = await one.edit(table.pk, "price", "12.50", base="12.00")
        assert reply["results"] == ["saved"]
        await two.until(lambda: two.value(table.pk, "price") == "12.50")
        await one.until(lambda: one.value(table.pk, "price") == "12.50")
        assert [one.client, reply["ref"]] in one.frames[-1]["refs"]
        assert two.frames[-1]["by"] == {str(table.pk): str(ann.pk)}
    await sync_to_async(table.refresh_from_db)()
    assert str(table.price) == "12.50"


async def test_saves_elsewhere_are_shown(ann: Any, table: Product) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        made = await Product.objects.acreate(name="Chair", price="3.00")
        await sheet.until(lambda: sheet.value(made.pk, "name") == "Chair")
        made.stock = 7
        await made.asave()
        await sheet.until(lambda: sheet.value(made.pk, "stock") == 7)
        await made.adelete()
        await sheet.until(lambda: list(sheet.rows) == [str(table.pk)])
