"""Which values of a row its author may be told, because the database surely holds them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import F

from livesheet.edits.left import told
from livesheet.sheet.rows import RowReader
from tests.app.consumers import ProductSheet
from tests.app.models import Product, Tag

pytestmark = pytest.mark.django_db


def said(product: Product, *names: str, **asked: Any) -> dict[str, Any]:
    sheet = ProductSheet(AnonymousUser())
    columns = [column for column in sheet.columns if column.name in names]
    return told(RowReader(sheet), product, columns, asked)


def test_what_was_written_is_told_as_it_is_read() -> None:
    product = Product.objects.create(name="Bolt", price=Decimal("2.50"), stock=7)
    assert said(product, "name", "price", "stock") == {"name": "Bolt", "price": "2.50", "stock": 7}


def test_a_value_that_only_the_database_knows_is_left_out() -> None:
    product = Product.objects.create(name="Bolt", stock=7)
    product.stock = F("stock") + 1  # type: ignore[assignment]
    assert said(product, "name", "stock") == {"name": "Bolt"}


@pytest.mark.parametrize("price", ["2.505", Decimal("2.505")])
def test_a_value_that_the_database_would_round_is_left_out(price: Any) -> None:
    assert said(Product(pk=1, name="Bolt", price=price), "price") == {}


def test_a_value_of_another_form_is_left_out() -> None:
    assert said(Product(pk=1, stock="7"), "stock") == {}
    assert said(Product(pk=1, stock="many"), "stock") == {}
    assert said(Product(pk=1, stock=7.5), "stock") == {}  # read back, it would be 7
    assert said(Product(pk=1, stock=-7.5), "stock") == {}


def test_members_are_told_if_they_are_those_that_were_asked_for() -> None:
    product = Product.objects.create(name="Bolt")
    tags = [Tag.objects.create(name=name) for name in ("new", "cheap")]
    product.tags.set(tags)
    both, one = [str(tag.pk) for tag in tags], [str(tags[0].pk)]
    assert sorted(said(product, "tags", tags=both)["tags"]) == sorted(both)
    assert said(product, "tags", tags=one) == {}  # the other is of somebody else
    assert said(product, "tags") == {}
