"""Models that are not ours, and writes that Django does not see."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

import livesheet
from livesheet import lineage, sheets
from livesheet.consumers import LiveSheetConsumer
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def logged() -> list[tuple[str, str, list[str]]]:
    rows = Change.objects.order_by("id").values_list("model", "kind", "pks")
    return [(model, kind, json.loads(pks)) for model, kind, pks in rows]


@pytest.fixture
def tracked_groups() -> Any:
    yield livesheet.track(Group)
    lineage.remove(Group)


def test_a_tracked_models_writes_are_seen(tracked_groups: type[Group]) -> None:
    group = Group.objects.create(name="keepers")
    key = str(group.pk)
    group.save()
    group.delete()
    assert logged() == [("auth.group", kind, [key]) for kind in ("add", "save", "delete")]


async def test_a_tracked_model_can_be_a_sheet(tracked_groups: type[Group], ann: Any) -> None:
    class GroupSheet(LiveSheetConsumer):
        model = Group
        fields = ["name"]

    try:
        async with LiveSheetCommunicator("group", ann) as sheet:
            group = await Group.objects.acreate(name="keepers")
            await sheet.until(lambda: sheet.value(group.pk, "name") == "keepers")
            reply = await sheet.edit(group.pk, "name", "movers", base="keepers")
            assert reply["results"] == ["saved"]
            await sheet.until(lambda: sheet.value(group.pk, "name") == "movers")
    finally:
        sheets.unregister(GroupSheet)


def test_record_tells_of_raw_sql() -> None:
    products = [Product.objects.create(name=f"p{n}") for n in range(2)]
    Change.objects.all().delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE app_product SET stock = 5")
        livesheet.record(Product.objects.order_by("pk"))
    livesheet.record(products[:1])
    keys = [str(product.pk) for product in products]
    assert logged() == [("app.product", "save", keys), ("app.product", "save", keys[:1])]


def test_record_of_nothing_leaves_nothing() -> None:
    livesheet.record([])
    livesheet.record(Product.objects.all())
    assert logged() == []


def test_acting_as_names_the_writer(ann: Any) -> None:
    with livesheet.acting_as(user=ann, origin="task: import"):
        Product.objects.create(name="x")
    change = Change.objects.get(model="app.product")
    assert (change.actor, change.origin) == (str(ann.pk), "task: import")
