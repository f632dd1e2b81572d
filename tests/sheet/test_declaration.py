"""The declaration of a sheet: names, hooks, params and the registry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.sheet import declaration
from livesheet.sheet.declaration import (
    Sheet,
    all_sheets,
    duplicate_sheets,
    find_sheet,
    unregister,
)
from livesheet.sheet.serializers import build_serializer_class
from livesheet.sheet.variation import SHARED_HOOKS
from tests.app.consumers import ProductSheet
from tests.app.models import Note, Product, Supplier


@pytest.fixture(autouse=True)
def _registry_as_before() -> Iterator[None]:
    before, pairs = dict(declaration._sheets), list(declaration._duplicates)
    yield
    declaration._sheets.clear()
    declaration._sheets.update(before)
    declaration._duplicates[:] = pairs


def test_what_is_registered_and_under_which_name() -> None:
    class Base(LiveSheetConsumer):
        abstract = True
        fields = ["name"]

    class Nothing(LiveSheetConsumer):
        fields = ["name"]

    class Cheap(Base):
        queryset = Product.objects.filter(price__lt=5)
        sheet_name = "cheap"

    class Cheaper(Cheap):
        sheet_name = "cheaper"

    assert find_sheet("cheap") is Cheap
    assert find_sheet("cheaper") is Cheaper
    assert Base not in all_sheets()
    assert Nothing not in all_sheets()
    assert Cheap.get_model() is Product
    assert find_sheet("base") is None


def test_a_model_may_be_named_by_a_text() -> None:
    class Named(LiveSheetConsumer):
        model = "app.Product"
        sheet_name = "named"
        fields = ["name"]

    assert Named.get_model() is Product


@pytest.mark.parametrize("label", ["app.Prodct", "nowhere.Product", "Product"])
def test_a_text_that_names_no_model_is_refused_where_it_stands(label: str) -> None:
    with pytest.raises(LiveSheetError, match=label):
        type("Named", (LiveSheetConsumer,), {"model": label, "fields": ["name"]})


def test_the_first_of_a_name_is_served_and_the_second_is_known() -> None:
    class Another(LiveSheetConsumer):
        model = Product
        fields = ["name"]

    assert find_sheet("product") is ProductSheet
    assert duplicate_sheets() == [(ProductSheet, Another)]
    unregister(Another)
    assert duplicate_sheets() == []


def test_a_subclass_without_a_name_of_its_own_is_no_copy_of_its_parent() -> None:
    class Named(LiveSheetConsumer):
        model = Note
        sheet_name = "named"
        fields = ["key"]

    class Child(Named):
        pass

    assert Child.get_name() == "note"
    assert find_sheet("named") is Named


def test_the_same_class_again_takes_its_place() -> None:
    def declare() -> type[Sheet]:
        class Reloaded(LiveSheetConsumer):
            model = Note
            sheet_name = "reloaded"
            fields = ["key"]

        return Reloaded

    first, second = declare(), declare()
    assert first is not second
    assert find_sheet("reloaded") is second
    assert duplicate_sheets() == []


def test_titles() -> None:
    assert ProductSheet(None).get_title() == "Products"

    class Titled(LiveSheetConsumer):
        model = Note
        sheet_name = "titled"
        title = "Our notes"
        fields = ["key"]

    assert Titled(None).get_title() == "Our notes"


def test_errors_of_a_declaration_name_the_way_out() -> None:
    with pytest.raises(LiveSheetError, match="needs `model`, or a `queryset`"):
        LiveSheetConsumer.get_model()

    class Sheet1(LiveSheetConsumer):
        model = Note
        sheet_name = "s1"

    class Sheet2(LiveSheetConsumer):
        model = Note
        sheet_name = "s2"
        fields = "__all__"

    for wrong in (Sheet1, Sheet2):
        with pytest.raises(
            LiveSheetError, match=r'must name its columns: `fields = \["name", …\]`'
        ):
            wrong(None).get_fields()

    class Sheet3(LiveSheetConsumer):
        model = Note
        sheet_name = "s3"
        fields = ["key", "colour"]

    with pytest.raises(LiveSheetError) as caught:
        build_serializer_class(Sheet3(None))
    assert caught.value.code == "unknown_field"
    assert "names 'colour'" in caught.value.detail
    assert "Its fields are: key, text." in caught.value.detail


def test_params_are_converted_and_others_ignored() -> None:
    class Tasks(LiveSheetConsumer):
        model = Note
        sheet_name = "tasks"
        fields = ["key"]
        params = {"project": int, "open": lambda text: text == "1"}

    sheet = Tasks(None, {"project": "7", "open": "1", "utm_source": "x"})
    assert sheet.params == {"project": 7, "open": True}
    assert sheet.for_user("somebody").params == sheet.params
    with pytest.raises(LiveSheetError, match="The sheet needs the parameter 'project'"):
        Tasks(None, {"open": "1"})
    with pytest.raises(LiveSheetError, match="Parameter 'project': expected int, got 'x'"):
        Tasks(None, {"project": "x", "open": "1"})


def test_without_an_overridden_hook_users_share() -> None:
    ann, bea = object(), object()
    shared = ProductSheet(ann)
    columns = shared.columns
    assert shared.audience == ProductSheet(bea).audience == ("all",)
    other = shared.for_user(bea)
    assert (other.user, other.columns) == (bea, columns)  # built once: nothing depends on him


HOOKS = [
    "get_queryset", "get_fields", "get_readonly_fields", "get_serializer_class", "get_columns",
    "get_related_queryset",
]  # fmt: skip


@pytest.mark.parametrize("hook", HOOKS)
def test_any_hook_that_changes_a_frame_keeps_users_apart(hook: str) -> None:
    body = {"model": Note, "sheet_name": "hooked", "fields": ["key"]}
    hooked = type("Hooked", (LiveSheetConsumer,), {**body, hook: getattr(Sheet, hook)})
    assert not hooked(None).is_private  # the same function again is no override
    hooked = type("Hooked", (LiveSheetConsumer,), {**body, hook: lambda self, *args: None})
    assert hooked(None).is_private
    mixed = type(
        "Mixed", (type("Mixin", (), {hook: lambda self, *args: None}), LiveSheetConsumer), body
    )
    assert mixed(None).is_private


class Late:
    """Computes when it is asked for, as a descriptor of a project's may."""

    def __get__(self, sheet: Any, kind: Any = None) -> Any:
        return None


BODIES: dict[str, dict[str, Any]] = {
    "a queryset by user": {"queryset": property(lambda self: Note.objects.filter(text=self.user))},
    "fields by user": {"fields": property(lambda self: ["key"])},
    "an order by user": {"ordering": Late()},
    "options by user": {"column_options": property(lambda self: {})},
    "a serializer put together otherwise": {"get_serializer": lambda self: None},
    "rows of another kind": {"rows": lambda self: None},
    "columns by hand": {"columns": property(lambda self: [])},
    "a constructor that looks at the user": {"__init__": lambda self, user, params=None: None},
    "attributes from elsewhere": {"__getattr__": lambda self, name: None},
    "a hook that is an object": {"get_fields": partial(list, ["key"])},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_whatever_is_computed_keeps_users_apart(body: dict[str, Any]) -> None:
    """`queryset` as a property is bounded for each user, and shared by nobody."""
    base = {"abstract": True, "model": Note, "sheet_name": "computed", "fields": ["key"]}
    assert type("Computed", (LiveSheetConsumer,), base | body)(None).is_private


@pytest.mark.parametrize("hook", sorted(SHARED_HOOKS))
def test_what_is_asked_of_each_user_keeps_nobody_apart(hook: str) -> None:
    body = {"abstract": True, "model": Note, "fields": ["key"], hook: lambda self, obj=None: True}
    assert not type("Asking", (LiveSheetConsumer,), body)(None).is_private


def test_what_a_class_says_of_all_users_keeps_nobody_apart() -> None:
    class Plain(LiveSheetConsumer):
        abstract = True
        queryset = Note.objects.exclude(text="")
        fields = ["key"]
        ordering = ["text"]
        column_options = {"key": {"width": 100}}

        def helper(self) -> str:
            return "of no hook"

    assert not Plain(None).is_private


def test_a_private_sheet_is_made_anew_for_another_user() -> None:
    class Own(LiveSheetConsumer):
        model = Note
        sheet_name = "own"
        fields = ["key"]

        def get_readonly_fields(self) -> Any:
            return ["key"] if self.user == "viewer" else []

    sheet = Own("editor")
    assert not sheet.columns[0].readonly
    assert sheet.for_user("viewer").columns[0].readonly
    assert sheet.audience == ("user", "None")


def test_permissions_are_the_models(ann: Any, viewer: Any) -> None:
    def may(user: Any) -> list[bool]:
        s = ProductSheet(user)
        return [s.has_view_permission(), s.has_add_permission(), s.has_change_permission(),
                s.has_delete_permission()]  # fmt: skip

    assert may(ann) == [True] * 4
    assert may(viewer) == [True, False, False, False]
    assert may(AnonymousUser()) == [False] * 4


@pytest.mark.django_db
def test_order_of_rows() -> None:
    class Ordered(LiveSheetConsumer):
        model = Product
        sheet_name = "ordered"
        fields = ["name"]
        ordering = ["-price"]

    class OwnOrder(LiveSheetConsumer):
        queryset = Product.objects.order_by("name")
        sheet_name = "own_order"
        fields = ["name"]

    class NoOrder(LiveSheetConsumer):
        model = Supplier
        sheet_name = "no_order"
        fields = ["name"]

    def order(sheet: type[Sheet]) -> tuple[Any, ...]:
        return sheet(None).ordered_rows().query.order_by

    assert order(Ordered) == ("-price", "pk")
    assert order(OwnOrder) == ("name", "pk")
    assert order(ProductSheet) == ("pk", "pk")
    assert order(NoOrder) == ("pk",)
