"""A sheet's own actions on ticked rows: row by row, within the user's rights, once, and undone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models
from django.db.models import F
from django.utils.translation import ngettext_lazy

from livesheet.consumers import LiveSheetConsumer, action
from livesheet.edits.receipts import submit
from livesheet.feed.frames import hello
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Act
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)

CLIENT = "c" * 32


class Shelf(LiveSheetConsumer):
    abstract = True
    sheet_name = "shelf"
    model = Product
    fields = ["name", "price", "stock", "active"]
    actions = ["sell", "restock", "rename", "retire", "throw_away", "count", "audit", "broken"]

    def get_queryset(self) -> models.QuerySet[Any]:
        return Product.objects.exclude(name="Hidden")

    @action(
        label="Sell one",
        confirm="Sell one of each?",
        done=ngettext_lazy("%(n)d piece is sold.", "%(n)d pieces are sold.", "n"),
    )
    def sell(self, product: Product) -> None:
        if not product.stock:
            raise ValidationError("There is none left.")
        product.stock -= 1
        product.save()

    @action(permissions=["app.may_restock"])
    def restock(self, product: Product) -> None:
        Product.objects.filter(pk=product.pk).update(stock=F("stock") + 10)

    def rename(self, product: Product) -> None:
        """Another row is written as well."""
        product.name = product.name.upper()
        product.save()
        Supplier.objects.create(name=f"of {product.name}")

    def retire(self, product: Product) -> None:
        product.name = "Hidden"
        product.save()

    @action(permissions=["delete"])
    def throw_away(self, product: Product) -> None:
        product.delete()

    @action(done="Counted %(n)d.")
    def count(self, product: Product) -> None:
        """Nothing is written."""

    def audit(self, product: Product) -> None:
        """A column that the sheet does not show."""
        product.unit = "kg"
        product.save()

    def broken(self, product: Product) -> None:
        if product.name == "Chair":
            raise PermissionDenied
        product.stock = 7
        product.save()

    def has_change_permission(self, obj: Any = None) -> bool:
        return super().has_change_permission(obj) and (obj is None or obj.name != "Closed")


@pytest.fixture(autouse=True)
def shelf() -> Iterator[type[Shelf]]:
    declared = type("Declared", (Shelf,), {"model": Product, "sheet_name": "shelf"})
    yield declared
    unregister(declared)


@pytest.fixture
def table() -> Product:
    return Product.objects.create(name="Table", price="12.00", stock=3)


@pytest.fixture
def chair() -> Product:
    return Product.objects.create(name="Chair", price="5.00", stock=0)


def act(sheet: Any, name: str, *rows: Any, ref: str = "") -> dict[str, Any]:
    pks = [str(getattr(row, "pk", row)) for row in rows]
    return submit(sheet, Act(ref or uuid.uuid4().hex, name, pks), CLIENT, None)


def codes(reply: dict[str, Any]) -> list[str]:
    errors = reply["errors"]
    return [r if isinstance(r, str) else errors[r["error"]]["code"] for r in reply["results"]]


def test_each_row_is_done_or_refused_by_itself(
    shelf: Any, ann: Any, table: Product, chair: Product
) -> None:
    reply = act(shelf(ann), "sell", table, chair)
    assert codes(reply) == ["saved", "invalid"]
    assert reply["message"] == "1 piece is sold."
    assert reply["errors"][0]["message"] == "There is none left."
    assert reply["errors"][0]["pk"] == str(chair.pk)
    assert reply["left"] == {"0": {"stock": (3, 2)}}
    assert Product.objects.get(pk=table.pk).stock == 2


def test_it_is_done_once_however_often_it_is_asked(shelf: Any, ann: Any, table: Product) -> None:
    first = act(shelf(ann), "sell", table, ref="one")
    again = act(shelf(ann), "sell", table, ref="one")
    assert again["results"] == first["results"]
    assert again["message"] == "1 piece is sold."
    assert Product.objects.get(pk=table.pk).stock == 2
    other = act(shelf(ann), "count", table, ref="one")
    assert codes(other) == ["ref_reused"]


def test_the_log_says_who_and_by_which_request(shelf: Any, ann: Any, table: Product) -> None:
    act(shelf(ann), "sell", table, ref="sold")
    change = Change.objects.latest("id")
    assert (change.actor, change.client, change.ref) == (str(ann.pk), CLIENT, "sold")


def test_what_the_user_may_not_see_or_change_is_left_alone(
    shelf: Any, ann: Any, table: Product
) -> None:
    hidden = Product.objects.create(name="Hidden", price=1, stock=5)
    closed = Product.objects.create(name="Closed", price=1, stock=5)
    reply = act(shelf(ann), "sell", hidden, closed, 999_999, table)
    assert codes(reply) == ["not_found", "forbidden", "not_found", "saved"]
    assert {hidden.stock, closed.stock} == {5}
    seen = {error["message"] for error in reply["errors"] if error["code"] == "not_found"}
    assert len(seen) == 1  # hidden or absent, in the same words


def test_only_who_has_its_permissions_is_offered_it(
    shelf: Any, ann: Any, viewer: Any, table: Product
) -> None:
    assert hello(shelf(viewer), "", ())["actions"] == []
    assert codes(act(shelf(viewer), "sell", table)) == ["forbidden"]
    viewer.user_permissions.add(Permission.objects.get(codename="change_product"))
    helper = User.objects.get(pk=viewer.pk)
    offered = hello(shelf(helper), "", ())["actions"]
    assert offered[0] == {"name": "sell", "label": "Sell one", "confirm": "Sell one of each?"}
    assert {"restock", "throw_away"}.isdisjoint(one["name"] for one in offered)
    assert codes(act(shelf(helper), "restock", table)) == ["forbidden"]
    assert codes(act(shelf(helper), "sell", table)) == ["saved"]
    assert codes(act(shelf(ann), "save", table)) == ["forbidden"]  # no action at all


def test_it_can_be_taken_back_where_only_cells_of_the_row_have_changed(
    shelf: Any, ann: Any, table: Product
) -> None:
    sheet = shelf(ann)
    assert act(sheet, "broken", table)["left"] == {"0": {"stock": (3, 7)}}
    assert act(sheet, "rename", table)["left"] == {}  # of another row, too
    assert act(sheet, "audit", table)["left"] == {}  # a column that is not shown
    assert act(sheet, "retire", table)["left"] == {}  # and is not to be seen any more
    Product.objects.update(name="Table")
    narrow = shelf(ann)
    narrow.readonly_fields = ["stock"]
    assert act(narrow, "broken", table)["left"] == {}  # a column that ann may not edit


def test_what_writes_nothing_is_done_all_the_same(shelf: Any, ann: Any, table: Product) -> None:
    before = Change.objects.count()
    reply = act(shelf(ann), "count", table)
    assert (reply["results"], reply["message"]) == (["done"], "Counted 1.")
    assert Change.objects.count() == before


def test_rows_may_be_deleted(shelf: Any, ann: Any, table: Product) -> None:
    reply = act(shelf(ann), "throw_away", table)
    assert (codes(reply), reply["left"]) == (["saved"], {})
    assert Change.objects.latest("id").kind == Change.Kind.DELETE


def test_what_breaks_half_way_is_rolled_back_in_its_row(
    shelf: Any, ann: Any, table: Product, chair: Product
) -> None:
    reply = act(shelf(ann), "broken", chair, table)
    assert codes(reply) == ["forbidden", "saved"]
    assert reply["message"] == ""


def test_raw_sql_is_seen_where_it_has_changed_the_row(shelf: Any, ann: Any, table: Product) -> None:
    def raw(self: Any, product: Product) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE app_product SET stock = 9 WHERE id = %s", [product.pk])

    shelf.count = raw
    reply = act(shelf(ann), "count", table)
    assert reply["results"] == ["saved"]
    assert reply["left"] == {"0": {"stock": (3, 9)}}


def test_raw_sql_is_seen_where_it_has_deleted_the_row(shelf: Any, ann: Any, table: Product) -> None:
    def raw(self: Any, product: Product) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM app_product WHERE id = %s", [product.pk])

    shelf.count = raw
    reply = act(shelf(ann), "count", table)
    assert (reply["results"], reply["left"]) == (["saved"], {})
    assert Change.objects.latest("id").kind == Change.Kind.DELETE


def test_an_action_may_change_the_tags_of_a_row(shelf: Any, ann: Any, table: Product) -> None:
    sale = Tag.objects.create(name="Sale")

    def mark(self: Any, product: Product) -> None:
        product.tags.add(sale)

    shelf.count, shelf.fields = mark, ["name", "tags"]
    reply = act(shelf(ann), "count", table)
    assert (reply["results"], reply["left"]) == (["saved"], {})  # the tag's own rows change, too


async def test_everybody_sees_it(shelf: Any, ann: Any, bea: Any) -> None:
    table = await sync_to_async(Product.objects.create)(name="Table", price=1, stock=3)
    async with (
        LiveSheetCommunicator("shelf", user=ann) as hers,
        LiveSheetCommunicator("shelf", user=bea) as his,
    ):
        reply = await hers.request("act", action="sell", pks=[str(table.pk)])
        assert reply["results"] == ["saved"]
        await his.until(lambda: his.value(table.pk, "stock") == 2)
        await hers.until(lambda: hers.value(table.pk, "stock") == 2)
        echo = [frame for frame in hers.frames if frame["type"] == "change"][-1]
        assert echo["refs"] == [[hers.client, reply["ref"]]]
        refused = await hers.request("act", action="sell", pks=["1"] * 201)
        assert refused["code"] == "too_many"
        refused = await hers.request("act", action="sell", pks=["1", "1"])
        assert refused["code"] == "bad_frame"
