"""Rows that a user may not see leave no trace in what an order tells.

Every answer is that of a database which holds only the rows that the user may see; and every
statement that reads the rows is narrowed by itself, so that none counts, sorts or looks at others.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.log.changelog import Position
from livesheet.orders import anchors, order
from livesheet.orders.order import Order, Ordered
from livesheet.orders.view import read_view
from livesheet.questions import pieces, summaries
from livesheet.sheet.declaration import Sheet
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db

SHOWN, HIDDEN = 35, 25
NAMES = ["oak", "Oak", "ash", "elm", "yew", ""]


class Goods(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "hidden-goods"
    fields = ["name", "price", "stock", "unit", "active", "supplier", "tags"]

    def get_queryset(self) -> Any:
        return Product.objects.exclude(owner="hidden")

    def get_related_queryset(self, field: str) -> Any:
        return super().get_related_queryset(field).exclude(name="hidden")


VIEWS: list[dict[str, Any]] = [
    {},
    {"sorts": [{"column": "stock"}, {"column": "name", "descending": True}]},
    {"sorts": [{"column": "supplier"}]},
    {"grouped": {"by": [{"column": "supplier"}, {"column": "name"}], "closed": [[None]]}},
    {"grouped": {"by": [{"column": "name"}], "first": [["secret"], ["oak"]]}},
    {"filters": [{"column": "name", "kind": "repeated"}]},
    {"filters": [{"any": [
        {"column": "stock", "kind": "gte", "text": "5"},
        {"column": "tags", "kind": "in", "values": [""]},
    ]}]},
]  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand is ten here."""
    for module in (anchors, order):
        monkeypatch.setattr(module, "STRIDE", 10)


@pytest.fixture
def hidden() -> list[str]:
    """The keys of rows that nobody sees, between and around those that are seen."""
    dice = random.Random(15)
    suppliers = [Supplier.objects.create(name=name) for name in ("A", "B", "hidden")]
    tags = [Tag.objects.create(name=name) for name in ("x", "y", "hidden")]
    owners = ["hidden"] * HIDDEN + ["ann"] * SHOWN
    dice.shuffle(owners)
    kept = []
    for number, owner in enumerate(owners):
        row = Product.objects.create(
            owner=owner,
            # Some values stand in one visible row and in hidden ones, some in hidden ones alone.
            name=dice.choice(
                [*NAMES, f"n{number // 3}", *(["secret"] if owner == "hidden" else [])]
            ),
            price=Decimal(dice.randrange(900)) / 100,
            stock=dice.randrange(9) + 100 * (owner == "hidden"),
            supplier=dice.choice([None, *suppliers]),
            active=dice.random() < 0.5,
        )
        row.tags.set(tag for tag in tags if dice.random() < 0.4)
        kept += [str(row.pk)] if owner == "hidden" else []
    return kept


def sheet_of() -> Sheet:
    return Goods(AnonymousUser())


def told(sheet: Sheet, hidden: list[str]) -> Iterator[Any]:
    """All that can be asked of the orders of a sheet, one answer after the other."""
    for view in VIEWS:
        yield from told_of(sheet, {"view": view, "search": ""}, hidden)
    yield from told_of(sheet, {"view": {}, "search": "oak"}, hidden)


def told_of(sheet: Sheet, asked: dict[str, Any], hidden: list[str]) -> Iterator[Any]:
    view = summaries.view_of(asked)
    ordered, known = Ordered(sheet, view), Order(view, Position("e", 0, "t"))
    while not known.is_exact:
        known.take(*ordered.more(known, 20), 20)
    yield known.count, [known.anchors[n] for n in range(len(known.anchors))]
    blocks = len(known.anchors) + 1
    listed = [ordered.keys(known, n, n, 1_000) for n in range(blocks)]
    yield [(part.starts, part.within, ordered.labels(part.starts)) for part in listed]
    pks = [pk for part in listed for pk in part.pks]
    yield pks
    yield [ordered.place_of(known, pk) for pk in pks[::5]]
    yield [ordered.place_of(known, pk) for pk in hidden[:5]]
    yield [refusal(sheet, {**asked, "between": [pk, None]}) for pk in hidden[:3]]
    for name in [column.name for column in sheet.columns]:
        yield summaries.values(sheet, {**asked, "column": name})
    sums = {"stock": ["sum", "avg", "min", "max", "distinct", "filled"], "price": ["sum"]}
    yield summaries.sums(sheet, {**asked, "columns": sums})
    yield summaries.groups(sheet, {**asked, "by": ["supplier", "active"], "columns": sums})
    if view.grouped is not None:
        for level in (1, 2):
            yield summaries.headings(sheet, {**asked, "level": level, "columns": sums})
    yield [row[0] for row in pieces.rows(sheet, asked)["rows"]]


def refusal(sheet: Sheet, asked: dict[str, Any]) -> str:
    with pytest.raises(LiveSheetError) as caught:
        pieces.rows(sheet, asked)
    return caught.value.code


def test_the_answers_are_those_of_a_table_without_the_hidden_rows(hidden: list[str]) -> None:
    before = list(told(sheet_of(), hidden))
    Product.objects.filter(pk__in=hidden).delete()
    after = list(told(sheet_of(), hidden))
    assert Product.objects.count() == SHOWN
    for one, other in zip(before, after, strict=True):
        assert one == other


def test_each_statement_that_reads_the_rows_is_narrowed(hidden: list[str]) -> None:
    """So that what it takes is what the rows of this user take, where an index serves."""
    table = connection.ops.quote_name(Product._meta.db_table)
    with CaptureQueriesContext(connection) as captured:
        list(told(sheet_of(), hidden))
    statements = [one["sql"] for one in captured if f"FROM {table}" in one["sql"]]
    assert len(statements) > 100
    narrowing = f"{connection.ops.quote_name('owner')} = "
    for sql in statements:
        reads = sql.count(f"FROM {table}")
        assert sql.count(narrowing) >= reads, sql


def test_what_was_hidden_would_be_seen_in_the_answers(hidden: list[str]) -> None:
    """Else the test above could not fail."""

    class All(Goods):
        abstract = True

        def get_queryset(self) -> Any:
            return Product.objects.all()

    view = {"view": {}, "search": ""}
    some, every = sheet_of(), All(AnonymousUser())
    pairs = list(zip(told_of(some, view, []), told_of(every, view, []), strict=True))
    assert sum(one != other for one, other in pairs) > len(pairs) / 2


def test_of_a_part_of_a_table_no_estimate_is_told(hidden: list[str]) -> None:
    """Databases make it of all rows."""

    class All(Goods):
        abstract = True

        def get_queryset(self) -> Any:
            return Product.objects.all()

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {connection.ops.quote_name(Product._meta.db_table)}")
    known = SHOWN + HIDDEN if connection.vendor == "postgresql" else None
    whole = Ordered(All(AnonymousUser()), summaries.view_of({})).estimate()
    assert whole == known or connection.vendor == "mysql"
    assert Ordered(sheet_of(), summaries.view_of({})).estimate() is None
    searched = summaries.view_of({"search": "oak"})
    assert Ordered(All(AnonymousUser()), searched).estimate() is None


def test_a_condition_on_repeated_values_asks_about_visible_rows_alone() -> None:
    for owner in ("ann", "hidden"):
        Product.objects.create(name="twice", owner=owner)
    view = read_view({"filters": [{"column": "name", "kind": "repeated"}]})
    assert Ordered(sheet_of(), view).first(10).pks == []
    Product.objects.create(name="twice", owner="ann")
    assert len(Ordered(sheet_of(), view).first(10).pks) == 2
