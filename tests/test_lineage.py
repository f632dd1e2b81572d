"""Which models are live, whose rows are theirs too, and how keys are named."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.test.utils import isolate_apps

from livesheet import lineage
from tests.app.models import Letter, LoudLetter, Membership, Product, QuietLetter


@pytest.fixture(autouse=True)
def the_live_ones_stay() -> Iterator[None]:
    before = set(lineage.live_models())
    yield
    for model in set(lineage.live_models()) ^ before:
        (lineage.add if model in before else lineage.remove)(model)


def test_a_proxy_has_the_rows_and_the_name_of_its_model() -> None:
    assert lineage.concrete(QuietLetter) is Letter
    assert lineage.label_of(QuietLetter) == "app.letter"
    assert lineage.is_live(QuietLetter)


def test_a_row_of_a_child_is_a_row_of_its_live_parent() -> None:
    lineage.remove(LoudLetter)
    assert lineage.is_seen(LoudLetter)
    assert lineage.seen_as(LoudLetter) == (Letter,)
    lineage.add(LoudLetter)
    assert set(lineage.seen_as(LoudLetter)) == {Letter, LoudLetter}


def test_a_row_of_a_parent_is_one_of_its_live_child() -> None:
    lineage.remove(Letter)
    assert lineage.seen_as(Letter) == (LoudLetter,)
    assert list(lineage.live_children(Letter)) == [LoudLetter]


def test_a_model_that_nobody_follows_is_seen_as_itself_only() -> None:
    assert not lineage.is_live(Membership)
    assert not lineage.is_seen(Membership)
    assert lineage.seen_as(Membership) == (Membership,)


def test_what_was_found_is_found_anew_after_a_model_was_added_or_removed() -> None:
    assert not lineage.is_seen(Membership)
    lineage.add(Membership)
    assert lineage.is_seen(Membership)
    lineage.remove(Membership)
    assert not lineage.is_seen(Membership)


def test_live_models_come_in_the_order_of_their_names() -> None:
    labels = [model._meta.label_lower for model in lineage.live_models()]
    assert labels == sorted(labels)


def keyed(field: models.Field[Any, Any]) -> type[models.Model]:
    class Keyed(models.Model):
        code = field

        class Meta:
            app_label = "app"

    return Keyed


WINTER = timezone(timedelta(hours=2))
CASES: list[tuple[models.Field[Any, Any], Any, Any]] = [
    (models.IntegerField(primary_key=True), "01", 1),
    (models.IntegerField(primary_key=True), "one", "one"),
    (models.CharField(max_length=9, primary_key=True), "01", "01"),
    (models.UUIDField(primary_key=True), "{" + "a" * 32 + "}", uuid.UUID("a" * 32)),
    (
        models.DateTimeField(primary_key=True),
        datetime(2026, 1, 1, 14, tzinfo=WINTER),
        datetime(2026, 1, 1, 12, tzinfo=UTC),
    ),
]


@pytest.mark.parametrize(("field", "written", "kept"), CASES)
@isolate_apps("tests.app")
def test_a_key_is_as_the_database_would_give_it_back(
    field: models.Field[Any, Any], written: Any, kept: Any
) -> None:
    found = lineage.key(keyed(field), written)
    assert (found, type(found)) == (kept, type(kept))
    assert getattr(found, "tzinfo", None) is getattr(kept, "tzinfo", None)


@isolate_apps("tests.app")
def test_a_decimal_key_has_the_places_of_its_field() -> None:
    prices = keyed(models.DecimalField(max_digits=5, decimal_places=2, primary_key=True))
    assert str(lineage.key(prices, Decimal("1.5"))) == "1.50"


@isolate_apps("tests.app")
def test_a_key_that_is_a_relation_is_the_key_of_the_other_row() -> None:
    class Detail(models.Model):
        product = models.OneToOneField(Product, models.CASCADE, primary_key=True)

        class Meta:
            app_label = "app"

    assert lineage.key(Detail, "07") == 7
