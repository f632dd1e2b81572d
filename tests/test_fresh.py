"""What is read in order to write comes from the database that is written."""

from __future__ import annotations

import pytest
from django.test import override_settings

from livesheet.fresh import fresh
from tests.app.models import Product


class Replicas:
    def db_for_read(self, model: object, **hints: object) -> str:
        return "replica"

    def db_for_write(self, model: object, **hints: object) -> str:
        return "default"


@pytest.fixture(autouse=True)
def routed() -> object:
    with override_settings(DATABASE_ROUTERS=[Replicas()]):
        yield


def test_rows_are_read_from_the_primary() -> None:
    assert Product.objects.all().db == "replica"
    assert fresh(Product.objects).db == "default"
    assert fresh(Product.objects.filter(stock=7)).db == "default"


def test_an_alias_that_is_named_is_used() -> None:
    assert fresh(Product.objects, "other").db == "other"


def test_the_rows_that_were_given_stay_as_they_are() -> None:
    rows = Product.objects.filter(stock=7)
    assert str(fresh(rows).query) == str(rows.query)
    assert rows.db == "replica"
