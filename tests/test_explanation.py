"""Why somebody sees and may what they see and may: said for a sheet, a row and a cell."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from tests.app.models import Product, Supplier

pytestmark = pytest.mark.django_db


class DeskSerializer(serializers.ModelSerializer[Product]):
    stock = serializers.IntegerField(read_only=True)

    class Meta:
        model = Product
        fields = ["name", "price", "stock", "supplier", "value", "owner"]


@pytest.fixture(autouse=True)
def desk() -> Iterator[None]:
    class Desk(LiveSheetConsumer):
        model = Product
        sheet_name = "desk"
        fields = ["name", "price", "stock", "supplier", "value"]
        readonly_fields = ["price"]
        serializer_class = DeskSerializer

        def get_queryset(self) -> Any:
            return Product.objects.filter(owner=self.user.get_username())

        def has_delete_permission(self, obj: Any = None) -> bool:
            return obj is None or obj.stock == 0

        def get_related_queryset(self, field: str) -> Any:
            return super().get_related_queryset(field).exclude(name="Secret")

    yield
    unregister(Desk)


@pytest.fixture
def vic() -> User:
    user = User.objects.create_user("vic")
    group = Group.objects.create(name="clerks")
    group.permissions.set(
        Permission.objects.filter(codename__in=["view_product", "change_product"])
    )
    user.groups.add(group)
    return user


def told(*args: str, **options: Any) -> dict[str, tuple[str, str, str]]:
    out = io.StringIO()
    call_command("livesheet_doctor", *args, "--json", stdout=out, **options)
    return {a["about"]: (a["says"], a["because"], a["decides"]) for a in json.loads(out.getvalue())}


def test_of_a_sheet(vic: User) -> None:
    Product.objects.create(name="mine", owner="vic")
    Product.objects.create(name="not mine", owner="other")
    Supplier.objects.create(name="Secret")
    said = told("--as", "vic", "desk")
    hook = "desk.<locals>.Desk"
    assert said["sees the sheet"] == (
        "yes", "by the group clerks", "the permission app.view_product"
    )  # fmt: skip
    assert said["adds rows"] == ("no", "has it not", "the permission app.add_product")
    assert said["deletes rows"] == ("yes", "", f"{hook}.has_delete_permission()")
    assert said["sees histories"] == ("no", "", "no history is recorded")
    assert said["rows"] == ("is", "sees 1 of 2", f"{hook}.get_queryset()")
    assert said["shares frames"][1].startswith(f"under ('user', '{vic.pk}')")
    assert said["is seen by"] == (
        "is",
        f"those under ('user', '{vic.pk}')",
        "the default get_room()",
    )
    assert said["writes name"] == ("yes", "", "the field name of DeskSerializer")
    assert said["writes price"] == ("no", "", f"{hook}.readonly_fields")
    assert said["writes stock"][2] == (
        "the field stock of DeskSerializer, which is read-only (IntegerField)"
    )
    assert said["writes value"][0] == "no"
    assert said["chooses supplier"] == ("is", "may name 0 of 1", f"{hook}.get_related_queryset()")


def test_of_a_row(vic: User) -> None:
    mine = Product.objects.create(name="mine", owner="vic", stock=3)
    other = Product.objects.create(name="not mine", owner="other")
    said = told("--as", "vic", "desk", str(mine.pk))
    assert said[f"sees row {mine.pk}"][0] == "yes"
    assert said["changes it"] == ("yes", "by the group clerks", "the permission app.change_product")
    assert said["deletes it"][0] == "no"
    assert told("--as", "vic", "desk", str(other.pk))[f"sees row {other.pk}"] == (
        "no", "", "desk.<locals>.Desk.get_queryset()"
    )  # fmt: skip
    assert told("--as", "vic", "desk", "0")["sees row 0"][1] == "there is no such row"
    assert told("--as", "vic", "desk", "x")["sees row x"][1] == "no row can have this key"


def test_of_a_cell(vic: User) -> None:
    secret = Supplier.objects.create(name="Secret")
    mine = Product.objects.create(name="mine", owner="vic", supplier=secret)
    pk = str(mine.pk)
    assert told("--as", "vic", "desk", pk, "name")["sees name"][:2] == ("yes", "'mine'")
    assert told("--as", "vic", "desk", pk, "name")["writes name"][0] == "yes"
    assert told("--as", "vic", "desk", pk, "price")["writes price"][0] == "no"
    assert told("--as", "vic", "desk", pk, "supplier")["sees what supplier is called"] == (
        "no", "1 of 1 are shown by their key only", "desk.<locals>.Desk.get_related_queryset()"
    )  # fmt: skip
    hidden = told("--as", "vic", "desk", pk, "owner")["sees owner"]
    assert (hidden[0], hidden[2]) == ("no", "desk.<locals>.Desk.fields")
    vic.groups.get().permissions.remove(Permission.objects.get(codename="change_product"))
    assert told("--as", "vic", "desk", pk, "name")["writes name"] == (
        "no", "the row may not be changed", "as above"
    )  # fmt: skip


def test_of_nobody_and_of_who_is_blocked(vic: User) -> None:
    assert told("--as", "", "desk") == {
        "is signed in": ("no", "nobody is", "the session or token"),
        "sees the sheet": (
            "no", "has it not", "the permission app.view_product or app.change_product"
        ),
    }  # fmt: skip
    vic.is_active = False
    vic.save()
    assert told("--as", "vic", "desk")["is signed in"][2] == "User.is_active"


def test_more_rows_than_a_sheet_may_have(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.app.consumers import ProductSheet

    Product.objects.create(name="a")
    monkeypatch.setattr(ProductSheet, "max_rows", 0)
    said = told("--as", "ann", "product")
    assert said["adds rows"][1] == "is a superuser"
    assert said["opens the sheet"][2] == "ProductSheet.max_rows"


def test_as_lines_for_people(vic: User) -> None:
    out = io.StringIO()
    call_command("livesheet_doctor", "--as", "vic", "desk", stdout=out, no_color=True)
    first = out.getvalue().splitlines()[0]
    assert first == ("yes  sees the sheet: by the group clerks  ← the permission app.view_product")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--as", "vic"), "needs the name of a sheet"),
        (("--as", "vic", "nothing"), "desk"),
        (("--as", "eve", "desk"), "There is no user 'eve'"),
    ],
)
def test_what_it_cannot_explain(vic: User, args: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("livesheet_doctor", *args)


def test_params(vic: User) -> None:
    class Aisle(LiveSheetConsumer):
        model = Product
        sheet_name = "aisle"
        fields = ["name"]
        params = {"aisle": int}

    try:
        with pytest.raises(CommandError, match="needs the parameter 'aisle'"):
            told("--as", "vic", "aisle")
        assert told("--as", "vic", "aisle", "--param", "aisle=7")["sees the sheet"][0] == "yes"
    finally:
        unregister(Aisle)
