"""What can be known of a sheet before anybody has opened it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.specimen import annotations_of, column_names, overrides, specimen
from tests.app.models import Product


class Plain(LiveSheetConsumer):
    abstract = True
    queryset = Product.objects.annotate(worth=F("price") * F("stock"))
    fields = ["name", "worth"]
    params = {"year": int, "city": str, "day": "never called".index}


class Own(LiveSheetConsumer):
    abstract = True
    model = Product
    fields = ["name"]

    def get_fields(self) -> Any:
        return ["name", "price"] if self.user.is_staff else ["name"]

    def get_queryset(self) -> Any:
        return Product.objects.filter(owner=self.user.email)


class Broken(LiveSheetConsumer):
    abstract = True
    model = Product
    fields = "__all__"  # type: ignore[assignment]

    @classmethod
    def get_model(cls) -> Any:
        raise LookupError


def test_a_specimen_is_of_nobody_and_has_some_value_for_each_param() -> None:
    sheet = specimen(Plain)
    assert not sheet.user.is_authenticated
    assert sheet.params == {"year": 1, "city": "1", "day": None}


def test_the_columns_are_known_where_the_class_names_them() -> None:
    assert column_names(Plain) == ["name", "worth"]
    assert column_names(Own) == []
    assert column_names(Broken) == []


def test_which_hooks_a_class_overrides() -> None:
    assert overrides(Own, "get_fields")
    assert not overrides(Own, "get_columns")


def test_the_annotations_are_known_unless_they_depend_on_the_user() -> None:
    assert annotations_of(Plain) is not None
    assert list(annotations_of(Plain) or ()) == ["worth"]
    assert annotations_of(Own) is None  # nobody has no `email`


def test_a_class_that_cannot_be_read_is_a_fault_and_no_matter_of_the_user() -> None:
    with pytest.raises(LookupError):
        annotations_of(Broken)
