"""Models that are not ours, and writes that Django does not see."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

import livesheet
from livesheet import lineage
from livesheet.consumers import LiveSheetConsumer
from livesheet.log import relations
from livesheet.models import Change, LiveSheetMixin
from livesheet.sheet import declaration
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
        declaration.unregister(GroupSheet)


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


@isolate_apps("tests.app")
def test_a_live_model_made_later_may_name_one_that_is_made_still_later() -> None:
    class Early(LiveSheetMixin, models.Model):
        late = models.ForeignKey("Late", models.CASCADE)
        lates = models.ManyToManyField("Late", related_name="+")

        class Meta:
            app_label = "app"

    class Late(models.Model):
        class Meta:
            app_label = "app"

    assert Early._meta.get_field("late").target_field is Late._meta.pk
    assert (Early, "early") in relations._ends[Early.lates.through]


def test_a_bulk_write_of_a_tracked_model_is_seen(tracked_groups: type[Group]) -> None:
    groups = Group.objects.bulk_create([Group(name="a"), Group(name="b")])
    Group.objects.filter(name="a").update(name="c")
    Group.objects.all().delete()
    keys = [str(group.pk) for group in groups]
    found = [(kind, sorted(pks)) for _model, kind, pks in logged()]
    assert found == [("add", keys), ("save", keys[:1]), ("delete", keys)]
