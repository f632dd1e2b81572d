"""Which of all that may refuse an edit decides, for a cell; each named, and nothing left behind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.db.models.signals import pre_save
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from tests.app.models import Article, Product
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

Situation = Callable[[], Any]
HOOK = "Till"
called: list[str] = []


class Till(LiveSheetConsumer):
    """Each user's own rows; one that is closed (out of stock) is left as it is."""

    abstract = True
    model = Product
    sheet_name = "till"
    fields = ["name", "price", "stock", "unit", "owner"]

    def get_queryset(self) -> Any:
        return Product.objects.filter(owner="vic")


class TillSerializer(serializers.ModelSerializer[Product]):
    stock = serializers.IntegerField(read_only=True)

    class Meta:
        model = Product
        fields = ["name", "price", "stock", "unit", "owner"]
        extra_kwargs = {"unit": {"write_only": True}}

    def validate(self, attrs: Any) -> Any:
        if self.instance is not None and not self.instance.active:
            raise serializers.ValidationError("This tenant is archived.")
        return attrs


def frozen(self: Any, serializer: Any) -> None:
    transaction.on_commit(lambda: called.append("after the commit"))
    serializer.save()
    raise PermissionDenied("The month is closed.")


def by_object(self: Any, obj: Any = None) -> bool:
    """As django-guardian has it: nothing without the object."""
    return obj is not None and obj.price > 5


SERIALIZED = {"serializer_class": TillSerializer}
# Of each: what the sheet has of its own, what the row, the column, what is typed, what is answered.
SITUATIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str | None, tuple[str, ...]]] = {
    "another tenant's": (
        {}, {"owner": "eve"}, "name", None,
        ("sees row {pk}", "no", "", f"{HOOK}.get_queryset()"),
    ),
    "no permission for the object": (
        {"has_change_permission": by_object}, {}, "name", None,
        ("changes it", "no", "", "Sheet.has_change_permission()"),
    ),
    "a serializer's read-only field": (
        SERIALIZED, {}, "stock", None,
        ("writes stock", "no", "",
         "the field stock of TillSerializer, which is read-only (IntegerField)"),
    ),
    "a serializer's write-only field": (
        SERIALIZED, {}, "unit", None,
        ("sees unit", "no", "what is written there is never shown",
         "the field unit of TillSerializer, which is write-only"),
    ),
    "not editable in the sheet": (
        {"readonly_fields": ["price"]}, {}, "price", None,
        ("writes price", "no", "", "Sheet.readonly_fields"),
    ),
    "an archived tenant": (
        SERIALIZED, {"active": False}, "name", None,
        ("may save what stands in name", "no", "This tenant is archived.",
         "TillSerializer.validate()"),
    ),
    "an archived tenant, tried": (
        SERIALIZED, {"active": False}, "name", "Table",
        ("saves 'Table'", "no", "This tenant is archived.", "TillSerializer.validate()"),
    ),
    "a value that is no good": (
        SERIALIZED, {}, "price", "-1",
        ("saves '-1'", "no", "Ensure this value is greater than or equal to 0.",
         "the field price of TillSerializer"),
    ),
    "a hook that may refuse": (
        {"perform_edit": frozen}, {}, "name", None,
        ("may refuse it", "is",
         "is asked when it is written: --try VALUE does so, and rolls back",
         "Sheet.perform_edit()"),
    ),
    "a hook that does": (
        {"perform_edit": frozen}, {}, "name", "Table",
        ("saves 'Table'", "no", "The month is closed.", "frozen()"),
    ),
    "out of one's own rows": (
        {}, {}, "owner", "eve",
        ("saves 'eve'", "no",
         "With this change you could no longer see the row, so it was not saved.",
         "get_queryset(), which does not have the row then"),
    ),
    "nothing": (
        {}, {}, "name", "Table",
        ("saves 'Table'", "yes", "", "tried"),
    ),
}  # fmt: skip


@pytest.fixture
def vic(transactional_db: None) -> User:
    user = User.objects.create_user("vic")
    names = ["view_product", "change_product", "view_article", "change_article"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def declare() -> Iterator[Callable[..., None]]:
    made: list[Any] = []

    def declared(**body: Any) -> None:
        made.append(type("Sheet", (Till,), {"sheet_name": "till", **body}))

    yield declared
    for sheet in made:
        unregister(sheet)
    called.clear()


def told(*args: str) -> list[tuple[str, ...]]:
    out = io.StringIO()
    call_command("livesheet_doctor", "--as", "vic", "till", *args, "--json", stdout=out)
    return [(a["about"], a["says"], a["because"], a["decides"]) for a in json.loads(out.getvalue())]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_decides(situation: str, declare: Any, vic: User) -> None:
    body, values, column, text, expected = SITUATIONS[situation]
    declare(**body)
    row = Product.objects.create(**{"name": "Chair", "owner": "vic", **values})
    before, changes = Product.objects.values().get(), Change.objects.count()
    said = told(str(row.pk), column, *(["--try", text] if text else []))
    about, *rest = expected
    assert (about.format(pk=row.pk), *rest) in _without_the_place(said)
    assert Product.objects.values().get() == before
    assert Change.objects.count() == changes
    assert not called


def _without_the_place(answers: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Hooks that a test plants are called by where they stand, too."""
    return [(*rest, decides.removeprefix(f"{__name__}.")) for *rest, decides in answers]


def test_a_row_that_somebody_holds(declare: Any, vic: User) -> None:
    declare()
    row = Product.objects.create(name="Chair", owner="vic")
    free = ("is free to be written", "no")
    with held_elsewhere(row):
        said = told(str(row.pk))
        tried = told(str(row.pk), "name", "--try", "Table")
    assert [answer[:2] for answer in said].count(free) == 1
    assert tried[-1][:2] == ("saves 'Table'", "no")
    assert tried[-1][2].startswith("another transaction holds it")
    assert free not in [answer[:2] for answer in told(str(row.pk))]


def test_what_the_model_and_its_receivers_may_refuse(declare: Any, vic: User) -> None:
    """simple_history looks at each article that is saved."""
    declare(
        model=Article,
        fields=["name"],
        get_queryset=lambda self: Article.objects.all(),
    )

    def closed(sender: type[models.Model], **_facts: Any) -> None:
        raise ValueError("closed for the night")

    article = Article.objects.create(name="a")
    said = told(str(article.pk), "name")
    assert ("may refuse it", "the receivers of pre_save and post_save of Article") in [
        (about, decides) for about, _says, _because, decides in said
    ]
    pre_save.connect(closed, sender=Article)
    try:
        [*_others, tried] = told(str(article.pk), "name", "--try", "b")
    finally:
        pre_save.disconnect(closed, sender=Article)
    assert tried[1:3] == ("no", "it breaks: ValueError('closed for the night')")
    assert tried[3].endswith("closed()")


def test_what_is_tried_needs_a_cell(declare: Any, vic: User) -> None:
    declare()
    with pytest.raises(CommandError, match="--try needs the key of a row and the name of a column"):
        told("1", "--try", "x")
