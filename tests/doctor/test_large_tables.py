"""Which index a large table lacks, and whether it would serve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import OperationalError, connection, models
from django.db.migrations.writer import MigrationWriter
from django.db.models.expressions import OrderBy
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression

from livesheet import checks
from livesheet.consumers import LiveSheetConsumer
from livesheet.doctor import large_tables
from livesheet.models import Folded, Natural
from livesheet.orders import indexes
from livesheet.orders.order import Ordered
from livesheet.orders.view import Filter, Sort, View
from livesheet.orders.viewquery import ViewQuery
from tests.app.models import Product

pytestmark = pytest.mark.django_db(transaction=True)

IS_POSTGRESQL = connection.vendor == "postgresql"
# MariaDB keeps no index of what a function makes.
TAKES_FUNCTIONS = connection.vendor in ("postgresql", "sqlite")


class Goods(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "goods-of-a-large-table"
    fields = ["id", "name", "price", "active", "unit", "counted_at", "supplier", "tags", "value"]


def test_the_lines_are_ready_to_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        *(['models.Index(Natural("name"), name="product_name_sort")'] if TAKES_FUNCTIONS else []),
        *(['GinIndex(OpClass(Folded("name"), name="gin_trgm_ops"), name="product_name_search")']
          if IS_POSTGRESQL else []),
        'models.Index(fields=["price"], name="product_price_sort")',
        'models.Index(fields=["counted_at"], name="product_counted_at_sort")',
    ]  # fmt: skip
    assert list(indexes.missing_indexes(Goods(None))) == lines


def two_rows_that_are_counted() -> None:
    Product.objects.create(name="a")
    Product.objects.create(name="b")
    words = {"postgresql": "ANALYZE", "mysql": "ANALYZE TABLE"}
    if connection.vendor in words:
        with connection.cursor() as cursor:
            cursor.execute(f"{words[connection.vendor]} {Product._meta.db_table}")


def test_a_large_table_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "all_sheets", lambda: [Goods])
    assert list(large_tables.findings()) == []
    monkeypatch.setattr(indexes, "LARGE", 1)
    two_rows_that_are_counted()
    (finding,) = large_tables.findings()
    assert (finding.level, finding.id) == ("warning", "database.no-index")
    assert 'models.Index(fields=["price"], name="product_price_sort")' in finding.fix


def test_an_index_that_is_there_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [
        models.Index(fields=["-price", "name"], name="one"),
        models.Index(Natural("name").desc(), name="two"),
        GinIndex(OpClass(Folded("name"), name="gin_trgm_ops"), name="three"),
    ]
    monkeypatch.setattr(Product._meta, "indexes", there)
    found = list(indexes.missing_indexes(Goods(None)))
    assert found == ['models.Index(fields=["counted_at"], name="product_counted_at_sort")']


@pytest.mark.parametrize(
    ("ordering", "line"),
    [
        (["-price", "name"], 'fields=["-price", "name", "id"], name="product_price_order"'),
        (["supplier__name"], None),
        (["-pk"], None),
        (["id"], None),
        ([models.F("price").desc()], None),
    ],
)  # fmt: skip
def test_the_order_in_which_a_sheet_opens_wants_an_index_too(
    ordering: list[Any], line: str | None
) -> None:
    class Sorted(Goods):
        abstract = True

    Sorted.ordering = ordering
    first = next(indexes.missing_indexes(Sorted(None)))
    assert first == f"models.Index({line})" if line else "_order" not in first


def test_check_says_so_of_the_databases_that_it_may_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "all_sheets", lambda: [Goods])
    monkeypatch.setattr(indexes, "LARGE", 1)
    two_rows_that_are_counted()
    assert checks.check_large_tables() == []
    assert checks.check_large_tables(databases=["elsewhere"]) == []
    (message,) = checks.check_large_tables(databases=["default"])
    assert (message.id, message.obj) == ("livesheet.W016", Goods)
    lines = list(indexes.missing_indexes(Goods(None)))
    assert (
        message.hint
        == f"Add to the Meta.indexes of Product those that people use: {', '.join(lines)}."
    )


def test_check_does_not_fail_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "all_sheets", lambda: [Goods])
    monkeypatch.setattr(indexes, "is_large", Mock(side_effect=OperationalError("no server")))
    assert checks.check_large_tables(databases=["default"]) == []


def test_a_migration_names_what_is_documented() -> None:
    written, imports = MigrationWriter.serialize(models.Index(Natural("name"), name="one"))
    assert written == "models.Index(livesheet.models.Natural('name'), name='one')"
    assert "import livesheet.models" in imports


@contextmanager
def index(made: models.Index) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.add_index(Product, made)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.remove_index(Product, made)


def plan(view: View) -> str:
    if IS_POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
    rows: Any = ViewQuery(Goods(None)).rows(view)
    return str(rows.order_by(*rows.query.order_by[:1]).values("pk")[:10].explain())


BY_NAME = View(sorts=[Sort("name")])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="for SQLite, which calls our function")
def test_sqlite_takes_the_index_of_texts_for_an_order_and_for_each_of_its_places() -> None:
    Product.objects.bulk_create(Product(name=f"bolt {n}") for n in range(200))
    with index(models.Index(Natural("name"), models.F("id"), name="one")):
        assert "USING INDEX one" in plan(BY_NAME)
        ordered = Ordered(Goods(None), BY_NAME)
        places = [ordered.keyset.place_of_key(str(row.pk)) for row in Product.objects.all()[50:60]]
        explained = ordered.keyset.between(places[0], places[-1]).values("pk").explain()
        # From here to there; an order's thousand in the middle reads no other.
        assert "SEARCH app_product USING INDEX one (<expr>>? AND <expr><?)" in explained
    assert "USING INDEX one" not in plan(BY_NAME)


@pytest.mark.skipif(not IS_POSTGRESQL, reason="trigrams are PostgreSQL's")
def test_postgresql_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    # As django.contrib.postgres does it when it is installed.
    monkeypatch.setattr(IndexExpression, "wrapper_classes", (OrderBy, OpClass, Collate))
    with index(models.Index(Natural("name"), name="one")):
        assert "using one" in plan(BY_NAME)
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    Product.objects.bulk_create(Product(name=f"bolt {n}") for n in range(2_000))
    with index(GinIndex(OpClass(Folded("name"), name="gin_trgm_ops"), name="two")):
        assert "on two" in plan(View(filters=[[Filter("name", "contains", text="olt 17")]]))
