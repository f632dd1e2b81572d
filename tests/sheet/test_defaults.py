"""What a new row will hold where nothing is typed, told beforehand."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from rest_framework import serializers

from livesheet.sheet.declaration import find_sheet
from livesheet.sheet.defaults import default_of


def as_it_is(value: Any) -> Any:
    return value


def told(f: Any, plain: models.Field[Any, Any] | None) -> Any:
    return default_of(f, plain, as_it_is, is_straight=True)


def test_the_columns_of_a_sheet_tell_theirs_as_it_stands_on_the_wire() -> None:
    sheet = find_sheet("product")
    assert sheet is not None
    columns = [column.describe() for column in sheet(None).columns]
    assert {one["name"]: one["default"] for one in columns if "default" in one} == {
        "price": "0.00", "stock": 0, "unit": "piece", "active": True,
    }  # fmt: skip


def test_the_serializers_own_goes_before_the_models_and_nothing_is_called() -> None:
    never = [].pop  # would raise
    assert told(serializers.IntegerField(default=3), models.IntegerField(default=2)) == 3
    assert told(serializers.IntegerField(), models.IntegerField(default=2)) == 2
    assert told(serializers.IntegerField(), models.IntegerField(default=never)) is None
    assert told(serializers.IntegerField(default=never), models.IntegerField(default=2)) is None
    assert told(serializers.DateTimeField(), models.DateTimeField(db_default=Now())) is None
    assert told(serializers.IntegerField(), models.IntegerField(db_default=7)) == 7
    assert told(serializers.CharField(), models.CharField(default="")) is None
    assert told(serializers.CharField(), None) is None


def test_one_that_the_field_does_not_take_is_none() -> None:
    assert told(serializers.IntegerField(), models.IntegerField(default="many")) is None
