"""Looking for what a relation may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.sheet import lookups
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product, Supplier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sheet(ann: Any) -> Iterator[Sheet]:
    """Products, of whose suppliers only some are to be seen."""

    class Bounded(LiveSheetConsumer):
        model = Product
        sheet_name = "bounded"
        fields = ["name", "supplier"]

        def get_related_queryset(self, field: str) -> Any:
            return super().get_related_queryset(field).exclude(name__startswith="Hidden")

    yield Bounded(ann)
    unregister(Bounded)


def test_what_is_called_so_is_found_within_the_bounds(sheet: Sheet) -> None:
    Supplier.objects.bulk_create(
        Supplier(name=f"{'Hidden' if n % 2 else 'Shown'} {n:04}") for n in range(2400)
    )
    found = lookups.options(sheet, {"column": "supplier", "text": "231"})
    assert found["more"] is False
    assert {label for _key, label in found["options"]} == {
        f"Shown {n:04}" for n in range(0, 2400, 2) if "231" in f"{n:04}"
    }
    first = lookups.options(sheet, {"column": "supplier", "text": " "})
    assert (len(first["options"]), first["more"]) == (lookups.MOST_OPTIONS, True)
    assert lookups.options(sheet, {"column": "supplier", "text": "Hidden"}) == {
        "options": [], "more": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [{}, {"column": "name"}, {"column": 3}, {"column": "supplier", "text": 3},
     {"column": "supplier", "text": "\x00"}],
)  # fmt: skip
def test_what_is_wrong_about_the_question_is_said(sheet: Sheet, query: dict[str, Any]) -> None:
    with pytest.raises(LiveSheetError) as raised:
        lookups.options(sheet, query)
    assert raised.value.code == "bad_query"


@pytest.mark.asyncio
async def test_over_the_socket(ann: Any) -> None:
    north = await Supplier.objects.acreate(name="Northwood")
    await Supplier.objects.acreate(name="Eastoak")
    async with LiveSheetCommunicator("product", ann) as sheet:
        answer = await sheet.ask("options", column="supplier", text="north")
        assert answer["result"] == {"options": [[str(north.pk), "Northwood"]], "more": False}
