"""What a serializer, a column list or a relation keeps back leaves by no door."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.test import APIClient

from livesheet.edits import receipts
from livesheet.edits.receipts import submit
from livesheet.exceptions import LiveSheetError
from livesheet.models import Change, EditRecord
from livesheet.questions import history
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader, renamed_labels
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Add, Edit, Request
from tests.app.models import Article, Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "hunter2"


class WriteOnly(serializers.ModelSerializer[Article]):
    class Meta:
        model = Article
        fields = ["name", "owner", "supplier"]
        extra_kwargs = {"owner": {"write_only": True}, "supplier": {"write_only": True}}


class MaskedByField(serializers.ModelSerializer[Article]):
    class Masked(serializers.CharField):
        def to_representation(self, value: Any) -> str:
            return "•••" if value else ""

    owner = Masked(allow_blank=True)

    class Meta:
        model = Article
        fields = ["name", "owner"]


class MaskedByMapping(serializers.ModelSerializer[Article]):
    """The field is not declared: the serializer's own way to build fields makes it."""

    class Meta:
        model = Article
        fields = ["name", "owner"]

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        built, kwargs = super().build_standard_field(field_name, model_field)
        return (MaskedByField.Masked if field_name == "owner" else built), kwargs


class MaskedBySerializer(serializers.ModelSerializer[Article]):
    class Meta:
        model = Article
        fields = ["name", "owner", "price", "supplier", "seal"]

    def to_representation(self, instance: Article) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["owner"] = "•••"
        del shown["seal"]
        return shown


def every_door(user: Any, sheet: Sheet, article: Article | Product) -> str:
    """All that this user gets to see of the row, as one text."""
    pk, name = str(article.pk), sheet.get_name()
    api = APIClient()
    api.force_login(user)
    told: list[Any] = [RowReader(sheet).read([pk])]
    told += [row for rows in RowReader(sheet).chunks(sheet.ordered_rows(), 10) for row in rows]
    cells = [(pk, column.name, "x", "not that") for column in sheet.columns]
    told.append(submit(sheet, Edit("r1", cells, False), "c", None))
    told += EditRecord.objects.values_list("reply", flat=True)
    with suppress(LiveSheetError):
        told.append(history.answer(sheet, {"pk": pk}))
    for address in (f"/sheets/{name}/", f"/sheets/{name}/{pk}/"):
        told += [api.get(address).json(), api.options(address).json()]
        told.append(api.get(address, HTTP_ACCEPT="text/html").content.decode())
    told.append(api.get(f"/sheets/{name}/?ordering=owner&search={SECRET[:3]}").json())
    return json.dumps(told, default=str)


@pytest.mark.parametrize(
    "serializer", [WriteOnly, MaskedByField, MaskedByMapping, MaskedBySerializer]
)
def test_what_the_serializer_hides_leaves_by_no_door(
    ann: Any, declared: Any, serializer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sheet = declared(Article, ann, fields=["name", "owner"], serializer_class=serializer)
    article = Article.objects.create(name="Table", owner=SECRET)
    assert "Table" in (told := every_door(ann, sheet, article))
    assert SECRET not in told
    assert SECRET not in caplog.text


async def test_nor_over_the_socket(ann: Any, bea: Any, declared: Any) -> None:
    sheet = declared(Article, ann, fields=["name", "owner"], serializer_class=MaskedBySerializer)
    article = await Article.objects.acreate(name="Table", owner=SECRET)
    name = sheet.get_name()
    async with LiveSheetCommunicator(name, ann) as one, LiveSheetCommunicator(name, bea) as two:
        assert one.value(article.pk, "owner") == "•••"
        reply = await one.edit(article.pk, "name", "Desk", base="Table")
        assert reply["results"] == ["saved"]
        await two.until(lambda: two.value(article.pk, "name") == "Desk")
        article.owner = SECRET + SECRET
        await article.asave()
        await two.edit(article.pk, "owner", "mine", base="wrong")
        assert SECRET not in json.dumps([one.frames, two.frames])


def test_a_write_only_cell_is_empty_and_can_be_written(ann: Any, declared: Any) -> None:
    sheet = declared(Article, ann, fields=["name", "owner", "supplier"], serializer_class=WriteOnly)
    north = Supplier.objects.create(name="Nordwood")
    article = Article.objects.create(name="Table", owner=SECRET, supplier=north)
    pk = str(article.pk)
    assert RowReader(sheet).read([pk]) == {pk: [pk, "Table", None, None]}
    assert sheet.columns[1].describe()["write_only"] is True
    reply = submit(sheet, Edit("r", [(pk, "owner", "new", None)], False), "c", None)
    assert reply["results"] == ["saved"]
    article.refresh_from_db()
    assert article.owner == "new"


class Strict(WriteOnly):
    """Refuses everything, each time in words that say what was typed."""

    def validate_owner(self, value: str) -> str:
        raise serializers.ValidationError(f"{value} is no owner.")


class StrictRow(WriteOnly):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        raise serializers.ValidationError(f"{attrs.get('owner')} is too short.")


class Shuts(WriteOnly):
    """The database, or a hook, refuses."""

    def save(self, **kwargs: Any) -> Article:
        raise DjangoValidationError(f"{self.validated_data.get('owner')} is taken.")


class Crashes(WriteOnly):
    def save(self, **kwargs: Any) -> Article:
        raise RuntimeError("The project's own words go to the project's own log.")


class StrictMask(MaskedBySerializer):
    validate_owner = Strict.validate_owner


def everything_kept(caplog: pytest.LogCaptureFixture) -> str:
    """All that stands in our tables, and in the log."""
    records = [vars(record) for record in EditRecord.objects.all()]
    for record in records:
        record["reply"] = receipts.unpacked(record["reply"])
    kept = [*records, *Change.objects.values(), *(vars(record) for record in caplog.records)]
    return json.dumps([kept, caplog.text], default=repr)


@pytest.mark.parametrize("serializer", [Strict, StrictRow, Shuts, Crashes, StrictMask, WriteOnly])
def test_nothing_keeps_what_was_typed_into_a_hidden_column(
    ann: Any, declared: Any, serializer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused or saved; alone, beside another cell, of a relation by its name, in a new row."""
    caplog.set_level("DEBUG")
    names = [name for name in ("name", "owner", "supplier") if name in serializer.Meta.fields]
    sheet = declared(Article, ann, fields=names, serializer_class=serializer)
    pk = str(Article.objects.create(name="Table", owner="old").pk)
    typed = {"$text": SECRET}
    base = "•••" if serializer is StrictMask else None
    wishes: list[Request] = [
        Edit("r1", [(pk, "owner", SECRET, base)], False),
        Edit("r2", [(pk, "name", "Desk", "Table"), (pk, "owner", SECRET * 40, base)], False),
        Edit("r3", [(pk, "owner", SECRET, base), (pk, "supplier", typed, None)], True),
        Add("r4", [{"name": "New", "owner": SECRET}, {"name": "New", "supplier": typed}], False),
        Edit(
            "r5", [(pk, "owner", {"a": [SECRET]}, base), (pk, "owner", SECRET, "not that")], False
        ),
    ]
    replies = [submit(sheet, wish, "c", None) for wish in wishes]
    assert SECRET not in everything_kept(caplog)
    for wish, reply in zip(wishes, replies, strict=True):
        again = submit(sheet, wish, "c", None)
        assert [error["code"] for error in again["errors"]] == [
            error["code"] for error in reply["errors"]
        ]
        assert again["results"] == reply["results"]


def test_its_author_is_told_what_is_wrong_with_it(ann: Any, declared: Any) -> None:
    sheet = declared(Article, ann, fields=["name", "owner"], serializer_class=Strict)
    pk = str(Article.objects.create(name="Table", owner="old").pk)
    reply = submit(sheet, Edit("r", [(pk, "owner", SECRET, None)], False), "c", None)
    assert reply["errors"][0]["message"] == f"{SECRET} is no owner."
    again = submit(sheet, Edit("r", [(pk, "owner", "other", None)], False), "c", None)
    assert again["errors"][0]["message"] == str(receipts.NOT_KEPT)


def test_what_a_serializer_leaves_alone_is_shown_as_ever(ann: Any, declared: Any) -> None:
    names = ["name", "owner", "price", "supplier", "seal"]
    sheet = declared(Article, ann, fields=names, serializer_class=MaskedBySerializer)
    north = Supplier.objects.create(name="Nordwood")
    article = Article.objects.create(name="Table", price=12, owner=SECRET, supplier=north)
    pk = str(article.pk)
    row = [pk, "Table", "•••", "12.00", str(north.pk), None]
    assert RowReader(sheet).read([pk]) == {pk: row}
    reply = submit(sheet, Edit("r", [(pk, "price", "13", "12.00")], False), "c", None)
    assert reply["results"] == ["saved"]


def test_a_serializer_that_masks_and_breaks_shows_nothing(ann: Any, declared: Any) -> None:
    class Breaks(MaskedBySerializer):
        def to_representation(self, instance: Article) -> dict[str, Any]:
            raise ValueError("Who are you?")

    sheet = declared(Article, ann, fields=["name", "owner"], serializer_class=Breaks)
    article = Article.objects.create(name="Table", owner=SECRET)
    pk = str(article.pk)
    assert RowReader(sheet).read([pk]) == {pk: [pk, "#ERROR", "#ERROR"]}
    assert SECRET not in every_door(ann, sheet, article)


# --- columns ---------------------------------------------------------------------------------


class Everything(serializers.ModelSerializer[Article]):
    class Meta:
        model = Article
        fields = ["id", "name", "price", "owner"]


def test_rest_has_the_columns_of_the_user_and_no_others(ann: Any, bea: Any, declared: Any) -> None:
    def get_fields(self: Sheet) -> list[str]:
        return ["name", "price"] if self.user.username == "ann" else ["name"]

    article = Article.objects.create(name="Table", price=1234, owner=SECRET)
    for user, names in ((ann, ["name", "price"]), (bea, ["name"])):
        sheet = declared(Article, user, serializer_class=Everything, get_fields=get_fields)
        api, place = APIClient(), f"/sheets/{sheet.get_name()}/"
        api.force_login(user)
        (row,) = api.get(place).json()["results"]
        assert list(row) == ["pk", *names]
        assert api.get(f"{place}{article.pk}/").json() == row
        actions = api.options(place).json()["actions"]
        assert {method: list(fields) for method, fields in actions.items()} == {"POST": names}
        page = api.get(f"{place}{article.pk}/", HTTP_ACCEPT="text/html").content.decode()
        assert SECRET not in page
        assert ("1234" in page) == ("price" in names)


# --- members of a relation -------------------------------------------------------------------


@pytest.fixture
def tagged(ann: Any, declared: Any) -> tuple[Sheet, Product, dict[str, Tag]]:
    """A product with two tags that its sheet shows, and one that it hides."""

    def get_related_queryset(self: Sheet, field: str) -> Any:
        return Tag.objects.exclude(name="unseen")

    sheet = declared(
        Product, ann, fields=["name", "tags"], get_related_queryset=get_related_queryset
    )
    tags = {name: Tag.objects.create(name=name) for name in ("red", "blue", "unseen", "green")}
    product = Product.objects.create(name="Table")
    product.tags.set([tags["red"], tags["blue"], tags["unseen"]])
    return sheet, product, tags


def members(product: Product) -> list[str]:
    return sorted(product.tags.values_list("name", flat=True))


def test_hidden_members_are_not_shown(tagged: Any) -> None:
    sheet, product, tags = tagged
    pk, keys = str(product.pk), [str(tags[name].pk) for name in ("blue", "red")]
    assert RowReader(sheet).read([pk]) == {pk: [pk, "Table", keys]}
    api = APIClient()
    api.force_login(sheet.user)
    for row in (
        api.get(f"/sheets/{sheet.get_name()}/{pk}/").json(),
        api.get(f"/sheets/{sheet.get_name()}/").json()["results"][0],
    ):
        assert sorted(map(str, row["tags"])) == sorted(keys)


def test_nor_by_a_serializer_of_the_projects(declared: Any, tagged: Any) -> None:
    class Named(serializers.ModelSerializer[Product]):
        labels = serializers.SlugRelatedField(
            source="tags", slug_field="name", many=True, read_only=True
        )

        class Meta:
            model = Product
            fields = ["name", "labels", "tags"]

        def to_representation(self, instance: Product) -> dict[str, Any]:
            shown = super().to_representation(instance)
            return {**shown, "tags": sorted(tag.name for tag in instance.tags.all())}

    sheet, product, _tags = tagged
    named = declared(
        Product,
        sheet.user,
        fields=["name", "labels", "tags"],
        serializer_class=Named,
        get_related_queryset=type(sheet).get_related_queryset,
        get_queryset=lambda self: Product.objects.prefetch_related("tags"),
    )
    told = every_door(sheet.user, named, product)
    assert "red" in told
    assert "unseen" not in told


@pytest.mark.parametrize("wanted", [["red", "green"], ["green"], []])
def test_an_edit_keeps_hidden_members(tagged: Any, wanted: list[str]) -> None:
    sheet, product, tags = tagged
    pk, base = str(product.pk), [str(tags[name].pk) for name in ("red", "blue")]
    keys = [str(tags[name].pk) for name in wanted]
    reply = submit(sheet, Edit("r", [(pk, "tags", keys, base)], False), "c", None)
    assert reply["results"] == ["saved"]
    assert members(product) == sorted([*wanted, "unseen"])
    api = APIClient()
    api.force_login(sheet.user)
    one = [tags["blue"].pk]
    answer = api.patch(f"/sheets/{sheet.get_name()}/{pk}/", {"tags": one}, format="json")
    assert answer.json()["tags"] == one
    assert members(product) == ["blue", "unseen"]


def test_what_is_hidden_cannot_be_named_either(tagged: Any) -> None:
    sheet, product, tags = tagged
    pk, base = str(product.pk), [str(tags[name].pk) for name in ("red", "blue")]
    keys = [*base, str(tags["unseen"].pk)]
    reply = submit(sheet, Edit("r", [(pk, "tags", keys, base)], False), "c", None)
    assert [error["code"] for error in reply["errors"]] == ["invalid"]
    assert members(product) == ["blue", "red", "unseen"]


def test_a_unique_value_tells_no_more_than_that_it_exists(ann: Any, declared: Any) -> None:
    def get_queryset(self: Sheet) -> Any:
        return Supplier.objects.exclude(name="Secret")

    sheet = declared(Supplier, ann, fields=["name"], get_queryset=get_queryset)
    Supplier.objects.create(name="Secret")
    mine = Supplier.objects.create(name="Mine")
    cells = [(str(mine.pk), "name", "Secret", "Mine")]
    (error,) = submit(sheet, Edit("r", cells, False), "c", None)["errors"]
    assert error["message"] == "supplier with this name already exists."


@pytest.mark.parametrize("is_masked", [False, True])
def test_a_related_object_that_a_kept_back_cell_refers_to_is_not_named(
    ann: Any, declared: Any, is_masked: bool
) -> None:
    """It comes into sight, and rows have its key: but none shows it."""

    class KeptBack(serializers.ModelSerializer[Article]):
        class Meta:
            model = Article
            fields = ["name", "supplier"]
            extra_kwargs = {"supplier": {"write_only": not is_masked}}

        def to_representation(self, instance: Article) -> dict[str, Any]:
            return {**super().to_representation(instance), "supplier": None}

    supplier = Supplier.objects.create(name="zqz")
    Article.objects.create(name="Table", supplier=supplier)
    sheet = declared(Article, ann, fields=["name", "supplier"], serializer_class=KeptBack)
    assert renamed_labels(sheet, "app.supplier", [str(supplier.pk)], {}, ()) == {}
