"""An order is found again from its anchors: every row once, each at its place."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from livesheet.consumers import LiveSheetConsumer
from livesheet.log.changelog import Position
from livesheet.orders import anchors, order
from livesheet.orders.anchors import Anchors
from livesheet.orders.order import Order, Ordered, Steps
from livesheet.orders.shelf import Shelf
from livesheet.orders.view import Filter, Sort, View, read_view
from livesheet.orders.viewquery import ViewQuery
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from tests.app.models import Product, Sample, Supplier
from tests.orders.test_agreement import (
    PRODUCTS,
    SAMPLES,
    TEXTS,
    Products,
    Samples,
    agreeing,
    undone,
    views,
)

pytestmark = pytest.mark.django_db

HERE = Position("epoch", 1, "tag")
EVERYTHING = View()


@pytest.fixture(autouse=True)
def every_third(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (anchors, order):
        monkeypatch.setattr(module, "STRIDE", 3)
    yield


def made(sheet: Sheet, view: View, at_once: int = 6) -> tuple[Order, Ordered]:
    found, ordered = Order(view, HERE), Ordered(sheet, view)
    while not found.is_exact:
        found.take(*ordered.more(found, at_once), at_once)
    return found, ordered


def blocks(found: Order, ordered: Ordered) -> list[str]:
    last = len(found.anchors)
    return [pk for n in range(last + 1) for pk in ordered.keys(found, n, n, 1_000).pks]


def is_whole(sheet: Sheet, view: View) -> None:
    expected = [str(pk) for pk in ViewQuery(sheet).rows(view).values_list("pk", flat=True)]
    found, ordered = made(sheet, view)
    assert blocks(found, ordered) == expected
    assert found.count == len(expected)
    assert len(found.anchors) == len(expected) // 3
    assert ordered.keys(found, 0, len(found.anchors), 1_000).pks == expected
    assert [ordered.place_of(found, pk) for pk in expected] == list(range(len(expected)))


# --- any sort of any column, on every database -----------------------------------------------


@agreeing
@given(samples=st.lists(SAMPLES, max_size=14), data=st.data())
def test_values_of_every_kind(samples: list[dict[str, Any]], data: Any) -> None:
    with undone():
        Sample.objects.bulk_create(Sample(**values) for values in samples)
        look(Samples(None), data)


@agreeing
@given(
    products=st.lists(PRODUCTS, max_size=14),
    names=st.lists(TEXTS.filter(bool), min_size=5, max_size=5, unique_by=str.lower),
    data=st.data(),
)
def test_relations_choices_and_annotations(
    products: list[dict[str, Any]], names: list[str], data: Any
) -> None:
    with undone():
        suppliers = [Supplier.objects.create(name=name) for name in names]
        for values in products:
            supplier = None if values["supplier"] is None else suppliers[values["supplier"]]
            given = {**values, "supplier": supplier}
            given.pop("tags")
            Product.objects.create(**given)
        look(Products(None), data)


def look(sheet: Sheet, data: Any) -> None:
    rows = [row for chunk in RowReader(sheet).chunks(sheet.ordered_rows(), 1_000) for row in chunk]
    for _n in range(5):
        is_whole(sheet, read_view(data.draw(views(sheet, rows))))


# --- by hand ---------------------------------------------------------------------------------


class Goods(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "goods-in-order"
    fields = ["name", "price", "owner"]
    ordering = ["-price"]

    def get_queryset(self) -> Any:
        return super().get_queryset().exclude(owner="hidden")


@pytest.fixture
def goods() -> list[Product]:
    return [Product.objects.create(name=f"n{n:02}", price=Decimal(n // 2)) for n in range(20)]


def test_rows_that_come_and_go_shift_no_others_beyond_their_thousand(goods: Any) -> None:
    found, ordered = made(Goods(None), EVERYTHING)
    before = [ordered.keys(found, n, n, 100).pks for n in range(7)]
    Product.objects.filter(pk=before[1][0]).delete()
    new = Product.objects.create(name="new", price=Decimal("9.50"))
    now = [ordered.keys(found, n, n, 100).pks for n in range(7)]
    assert now[0] == [str(new.pk), *before[0]]
    assert now[1] == before[1][1:]
    assert now[2:] == before[2:]


def test_a_row_that_is_not_in_the_order_has_no_place(goods: Any) -> None:
    found, ordered = made(Goods(None), View(filters=[[Filter("price", "lt", text="5")]]))
    assert ordered.place_of(found, str(goods[-1].pk)) is None
    assert ordered.place_of(found, "nonsense") is None
    assert found.count == 10


def test_hidden_rows_change_neither_places_nor_count_nor_what_is_asked(goods: Any) -> None:
    def look() -> tuple[Any, ...]:
        with CaptureQueriesContext(connection) as asked:
            found, ordered = made(Goods(None), View(sorts=[Sort("name")]))
            places = [ordered.place_of(found, str(row.pk)) for row in goods]
            kept = [found.anchors[n] for n in range(len(found.anchors))]
        return found.count, kept, places, blocks(found, ordered), len(asked)

    before = look()
    for n in range(50):
        Product.objects.create(name=f"n{n:02}a", owner="hidden", price=Decimal(n))
    assert look() == before


def test_each_statement_reads_more_and_hands_over_few(goods: Any) -> None:
    found, ordered = Order(EVERYTHING, HERE), Ordered(Goods(None), EVERYTHING)
    found.take(*ordered.more(found, 6), 6)
    assert (found.count, found.is_exact, found.known) == (6, False, 6)
    found.take(*ordered.more(found, 12), 12)
    assert (found.count, found.is_exact, found.known) == (18, False, 18)
    with CaptureQueriesContext(connection) as asked:
        found.take(*ordered.more(found, 12), 12)
    assert (found.count, found.is_exact, found.known) == (20, True, 20)
    assert len(asked) == 2, "the last one counts what is left, too"


def test_statements_grow_until_one_takes_too_long() -> None:
    steps, sizes = Steps(), []
    for _n in range(4):
        sizes.append(steps.places)
        steps.went_well(0.1)
    assert sizes == [10_000, 160_000, 2_000_000, 2_000_000]
    assert steps.took_too_long()
    fewer = steps.places
    assert 499_000 < fewer <= 500_000
    steps.went_well(0.1)
    assert steps.places == fewer, "which is the most from now on"
    steps.went_well(1.5)
    assert steps.places == fewer, "also after a slow one"
    assert [steps.took_too_long() for _n in range(4)] == [True, True, True, False]
    assert steps.places == 10_000


def test_after_a_slow_statement_the_next_one_reads_all_places() -> None:
    steps = Steps()
    steps.went_well(5)
    assert steps.places == 160_000, "all at once would take longer than a statement may"
    steps = Steps()
    steps.went_well(1.5)
    assert steps.places == 100_000_000
    assert steps.took_too_long()
    assert steps.places == 2_000_000, "as many as if it had been fast"


def test_an_order_of_nothing() -> None:
    class Nothing(Goods):
        abstract = True

        def get_queryset(self) -> Any:
            return Product.objects.none()

    found, ordered = made(Nothing(None), EVERYTHING)
    assert (found.count, found.is_exact, blocks(found, ordered)) == (0, True, [])


def test_anchors_are_packed() -> None:
    many, places = (
        Anchors(),
        [[f"Stockholm {n:07}", n, str(uuid.UUID(int=n))] for n in range(1_000)],
    )
    many.extend(places)
    assert len(many) == 1_000
    assert [many[n] for n in range(1_000)] == places
    assert many.bytes < 30_000


# --- the shelf -------------------------------------------------------------------------------


def test_the_least_recently_used_goes_first(settings: Any) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_ORDER_BYTES": 10_000}
    shelf, orders = Shelf(), [Order(EVERYTHING, HERE) for _n in range(40)]
    for n, one in enumerate(orders):
        shelf.put(n, one)
        shelf.used(orders[0])
        assert shelf.bytes <= 10_000
    assert shelf.fresh(0) is orders[0]
    assert shelf.fresh(39) is orders[39]
    assert shelf.fresh(10) is None
    assert orders[10].is_dropped and not orders[0].is_dropped


def test_who_was_told_of_an_order_that_is_dropped_is_not_told_that_it_is_empty() -> None:
    one = Order(EVERYTHING, HERE)
    one.saw(300, is_all=False)
    one.drop()
    assert (one.count, one.is_exact, one.known) == (300, False, 0)


def test_who_comes_late_gets_no_old_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, old = Shelf(), Order(EVERYTHING, HERE)
    shelf.put("key", old)
    assert shelf.fresh("key") is old
    old.made_at -= 31
    assert shelf.fresh("key") is None
    shelf.put("key", new := Order(EVERYTHING, HERE))
    assert shelf.fresh("key") is new
    assert not old.is_dropped, "who looks at it keeps it"
    shelf.remove(new)
    assert shelf.fresh("key") is None
