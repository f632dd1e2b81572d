"""Writes that nobody told of are found by comparing, and told to the audience that was compared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, models
from django.db.models import Exists, OuterRef

import livesheet
from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import comparison
from livesheet.feed.comparison import Comparison
from livesheet.feed.feed import Feed
from livesheet.feed.pksets import PkSet
from livesheet.models import Change
from livesheet.sheet import declaration
from livesheet.sheet.marks import mark_of
from livesheet.testing import LiveSheetCommunicator
from tests.app.consumers import ProductSheet
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


async def compare() -> int:
    """Compare every audience of this process. Returns the number of rows that differed."""
    audiences = list(Feed.of_this_loop().audiences.values())
    return sum([await Comparison(audience).compare() for audience in audiences])


@pytest.fixture
def products(ann: Any) -> list[Product]:
    supplier = Supplier.objects.create(name="Nordwood")
    return [Product.objects.create(name=f"p{n}", stock=n, supplier=supplier) for n in range(3)]


async def test_raw_sql_is_healed(ann: Any, bea: Any, products: list[Product]) -> None:
    one, two, three = (product.pk for product in products)
    pair = LiveSheetCommunicator("product", ann), LiveSheetCommunicator("product", bea)
    async with pair[0] as here, pair[1] as there:
        await execute(f"UPDATE app_product SET stock = 77 WHERE id = {one}")
        await execute(f"DELETE FROM app_product WHERE id = {two}")
        assert await compare() == 2
        for sheet in (here, there):
            await sheet.until(lambda: sheet.value(one, "stock") == 77)  # noqa: B023
            await sheet.until(lambda: set(sheet.rows) == {str(one), str(three)})  # noqa: B023
        assert await compare() == 0


async def test_others_have_their_turn_while_many_rows_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparison, "READ_AT_ONCE", 3)
    audience: Any = SimpleNamespace(told=SimpleNamespace(pks=PkSet(["1", "99"])))
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(somebody_else())
    found = [(str(n), 7) for n in range(12)]
    differing = [pk async for pk in Comparison(audience)._differing(found)]
    other.cancel()
    assert set(differing) == {str(n) for n in range(12) if n != 1} | {"99"}
    assert turns >= 4


async def test_a_finding_goes_to_its_own_audience_and_not_into_the_log(
    ann: Any, products: list[Product], request: pytest.FixtureRequest
) -> None:
    class Second(LiveSheetConsumer):
        model = Product
        sheet_name = "second"
        fields = ["name", "price", "stock"]

    request.addfinalizer(lambda: declaration.unregister(Second))
    async with (
        LiveSheetCommunicator("product", ann) as here,
        LiveSheetCommunicator("second", ann) as there,
    ):
        one, two = Feed.of_this_loop().audiences.values()
        logged, seen = await Change.objects.acount(), len(there.frames)
        await execute("UPDATE app_product SET stock = 77")
        assert await Comparison(one).compare() == 3
        await here.until(lambda: {row[3] for row in here.rows.values()} == {77})
        assert await Change.objects.acount() == logged
        assert await Comparison(two).compare() == 3
        await there.until(lambda: {row[3] for row in there.rows.values()} == {77})
        assert [f["type"] for f in there.frames[seen:]].count("change") == 1


async def test_what_each_socket_was_told_counts(
    ann: Any, bea: Any, products: list[Product]
) -> None:
    """One who comes after a write that nobody saw has the new row, and the others the old."""
    async with LiveSheetCommunicator("product", ann) as early:
        await execute("UPDATE app_product SET stock = 77")
        async with LiveSheetCommunicator("product", bea) as late:
            assert {row[3] for row in late.rows.values()} == {77}
            assert await compare() == 3
            await early.until(lambda: {row[3] for row in early.rows.values()} == {77})
            assert await compare() == 0


async def test_who_was_away_for_a_finding_starts_anew(ann: Any, products: list[Product]) -> None:
    async with LiveSheetCommunicator("product", ann):
        away = LiveSheetCommunicator("product", ann)
        await away.connect()
        await away.open()
        await away.disconnect()
        await execute("UPDATE app_product SET stock = 77")
        assert await compare() == 3
        await away.connect()
        await away.open(resume=True)
        assert {row[3] for row in away.rows.values()} == {77}
        await away.disconnect()


def test_files_are_compared_by_name() -> None:
    def mark(name: str, url: str) -> int:
        return mark_of(["1", {"name": name, "url": url}, {"url": url}], files=[1])

    assert mark_of(["1", {"name": "a", "url": "x?1"}], [1]) == mark_of(
        ["1", {"name": "a", "url": "x?2"}], [1]
    )
    assert mark("a", "x") != mark("b", "x")
    assert mark("a", "x") != mark("a", "y")  # what is no file is compared whole


async def test_inserts_that_nobody_told_of_appear(ann: Any, products: list[Product]) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        names = ", ".join(f.column for f in Product._meta.local_concrete_fields if f.name != "id")
        await execute(
            f"INSERT INTO app_product (id, {names}) SELECT 500, {names} FROM app_product"
            f" WHERE id = {products[0].pk}"
        )
        assert await compare() == 1
        await sheet.until(lambda: sheet.value(500, "name") == "p0")


async def test_nothing_is_logged_where_nothing_differs(ann: Any, products: list[Product]) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        products[0].stock = 9
        await products[0].asave()
        await sheet.until(lambda: sheet.value(products[0].pk, "stock") == 9)
        before = await Change.objects.acount()
        assert await compare() == 0
        assert await Change.objects.acount() == before


async def test_a_row_that_is_written_meanwhile_is_left_to_its_change(
    ann: Any, products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which says by whom; a comparison cannot."""
    real, ours = Comparison._read, products[0]

    def write_and_read(self: Comparison, sent: list[str] | None) -> Any:
        with livesheet.acting_as(origin="a task"):
            ours.stock = 44
            ours.save()
        return real(self, sent)

    monkeypatch.setattr(Comparison, "_read", write_and_read)
    async with LiveSheetCommunicator("product", ann) as sheet:
        assert await compare() == 0
        await sheet.until(lambda: sheet.value(ours.pk, "stock") == 44)
        assert sheet.frames[-1]["by"] == {str(ours.pk): "a task"}


async def test_a_sheet_that_is_still_loading_is_left_alone(
    ann: Any, products: list[Product], settings: Any
) -> None:
    """Else every row that has not been sent yet would be logged as changed."""
    settings.LIVESHEET = {**settings.LIVESHEET, "COMPARE_SECONDS": 0.001}
    before = await Change.objects.acount()
    async with LiveSheetCommunicator("product", ann) as sheet:
        assert len(sheet.rows) == 3
        await compare()
        assert await Change.objects.acount() == before


async def test_labels_that_changed_unseen_are_healed(ann: Any, products: list[Product]) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        await execute("UPDATE app_supplier SET name = 'Southwood'")
        await compare()
        key = str(products[0].supplier_id)
        await sheet.until(lambda: sheet.labels["supplier"].get(key) == "Southwood")


async def test_a_choice_that_was_added_unseen_is_offered(ann: Any, products: list[Product]) -> None:
    """The browser was promised every choice."""
    async with LiveSheetCommunicator("product", ann) as sheet:
        await execute("INSERT INTO app_supplier (name) VALUES ('Northwood')")
        await compare()
        await sheet.until(lambda: "Northwood" in sheet.labels["supplier"].values())


async def test_a_label_that_came_to_be_allowed_unseen_is_told(
    ann: Any, products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 0)

    everything = ProductSheet.get_related_queryset

    def open_ones(self: Any, name: str) -> Any:
        return everything(self, name).exclude(name__startswith="secret")

    monkeypatch.setattr(ProductSheet, "get_related_queryset", open_ones)
    await Supplier.objects.acreate(name="open")
    key = str(products[0].supplier_id)
    await execute("UPDATE app_supplier SET name = 'secret' WHERE name <> 'open'")
    async with LiveSheetCommunicator("product", ann) as sheet:
        assert key not in sheet.labels.get("supplier", {})
        await execute("UPDATE app_supplier SET name = 'told' WHERE name <> 'open'")
        await compare()
        await sheet.until(lambda: sheet.labels.get("supplier", {}).get(key) == "told")


@pytest.fixture
def tagged_sheet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(comparison, "SOON_SECONDS", 0.05)

    class TaggedSheet(LiveSheetConsumer):
        """Products for which a tag of their name exists: no change of theirs tells when."""

        model = Product
        sheet_name = "tagged"
        fields = ["name"]
        depends_on = [Tag]

        def get_queryset(self) -> models.QuerySet[Product]:
            tags = Tag.objects.filter(name=OuterRef("name"))
            return Product.objects.filter(Exists(tags))

    yield
    declaration.unregister(TaggedSheet)


@pytest.mark.usefixtures("tagged_sheet")
async def test_rows_come_and_go_with_what_the_sheet_depends_on(
    ann: Any, products: list[Product]
) -> None:
    async with LiveSheetCommunicator("tagged", ann) as sheet:
        assert sheet.rows == {}
        tag = await Tag.objects.acreate(name="p1")
        await sheet.until(lambda: list(sheet.rows) == [str(products[1].pk)])
        await tag.adelete()
        await sheet.until(lambda: not sheet.rows)


async def test_when_a_comparison_is_due(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Of a sheet whose rows are the same for everybody; others are counted in between."""
    now = 1_000.0
    monkeypatch.setattr(comparison.time, "monotonic", lambda: now)
    monkeypatch.setattr(comparison.random, "uniform", lambda low, high: high)
    settings.LIVESHEET = {"COMPARE_SECONDS": 100}
    audience: Any = SimpleNamespace(sheet=SimpleNamespace(is_private=False), is_listening=True)
    one = Comparison(audience)
    assert not await one._is_due()
    now += 119
    assert not await one._is_due()
    now += 1
    assert await one._is_due()
    assert not await one._is_due()  # the next one is due after as long again
    now += 120
    assert await one._is_due()


async def test_it_runs_by_itself(ann: Any, products: list[Product], settings: Any) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "COMPARE_SECONDS": 0.1}
    async with LiveSheetCommunicator("product", ann) as sheet:
        await execute("UPDATE app_product SET stock = 55")
        await sheet.until(lambda: {row[3] for row in sheet.rows.values()} == {55})


async def test_a_sheet_with_more_rows_than_the_budget_is_left_alone(
    ann: Any, products: list[Product], settings: Any
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "COMPARE_SECONDS": 0.02, "COMPARE_ROWS": 2}
    done = asyncio.Event()
    async with LiveSheetCommunicator("product", ann) as sheet:
        before = await Change.objects.acount()
        await execute("UPDATE app_product SET stock = 55")
        await Supplier.objects.acreate(name="a later change, by which the others would have come")
        asyncio.get_running_loop().call_later(0.3, done.set)
        await done.wait()
        assert await Change.objects.acount() == before + 1
        assert {row[3] for row in sheet.rows.values()} == {0, 1, 2}


async def test_a_comparison_that_fails_is_told_and_tried_again(
    ann: Any, products: list[Product], settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "COMPARE_SECONDS": 0.05}
    read, tries = Comparison._read, []

    def fail_once(self: Comparison, sent: list[str] | None) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("the database was away")
        return read(self, sent)

    monkeypatch.setattr(Comparison, "_read", fail_once)
    async with LiveSheetCommunicator("product", ann) as sheet:
        await execute("UPDATE app_product SET stock = 55")
        await sheet.until(lambda: {row[3] for row in sheet.rows.values()} == {55})
    assert "could not be compared" in caplog.text
