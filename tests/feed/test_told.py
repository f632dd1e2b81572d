"""Every name that somebody shows is the right one, whoever read what of it, and when."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import backlogs
from livesheet.feed.audiences import Audience
from livesheet.feed.likeness import audience_key
from livesheet.feed.snapshots import Snapshot
from livesheet.log import changelog
from livesheet.sheet.declaration import unregister
from tests.app.models import Product, Supplier
from tests.feed.test_membership import Log, Screen, Turnstile, eventually, published

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nordwood() -> Supplier:
    return Supplier.objects.create(name="Nordwood")


@pytest.fixture
def table(nordwood: Supplier) -> Product:
    return Product.objects.create(name="Table", supplier=nordwood)


@pytest.fixture
def audience(table: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Audience]:
    """Of a sheet whose suppliers are so many that only those in use are told of."""

    class Supplied(LiveSheetConsumer):
        model = Product
        sheet_name = "supplied"
        fields = ["name", "supplier"]

    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 0)
    changelog.stamp("default")
    sheet = Supplied(None)
    yield Audience(audience_key(sheet, "en"), sheet, "en", changelog.head("default"))
    unregister(Supplied)


async def change(product: Product, supplier: Supplier | None) -> None:
    product.supplier = supplier
    await product.asave()


async def rename(supplier: Supplier, name: str) -> None:
    supplier.name = name
    await supplier.asave()


async def told(log: Log) -> None:
    await log.hand_on()
    await published(log.audience)


def names(screen: Screen) -> dict[str, str]:
    shown: dict[str, str] = {}
    for frame in screen.frames:
        if frame["type"] == "labels":
            shown |= frame["labels"]
    return shown


async def test_a_newcomer_gets_a_name_that_the_others_have_had(
    audience: Audience, table: Product, nordwood: Supplier
) -> None:
    log, first, second = Log(audience), Screen(audience), Screen(audience)
    await change(table, None)
    await told(log)
    await first.open()
    for supplier in (nordwood, None):
        await change(table, supplier)
        await told(log)
    await second.open()
    assert names(second) == {}
    await change(table, nordwood)
    await told(log)
    assert names(first) == names(second) == {str(nordwood.pk): "Nordwood"}


async def test_who_comes_while_a_batch_is_on_its_way_gets_the_names_in_it(
    audience: Audience, table: Product, nordwood: Supplier
) -> None:
    log, first, second = Log(audience), Screen(audience), Screen(audience)
    await first.open()
    for supplier in (nordwood, None):
        await change(table, supplier)
        await told(log)
    reading = Turnstile(audience)
    await change(table, None)
    await log.hand_on()
    await reading.reached.wait()
    await second.open()
    assert names(second) == {}
    await change(table, nordwood)
    reading.go()
    await eventually(lambda: names(second) == {str(nordwood.pk): "Nordwood"})


@pytest.mark.parametrize("kept", [1_000_000, 0], ids=["as texts", "as keys"])
async def test_a_name_that_changes_after_it_was_read_and_before_it_arrives(
    audience: Audience, nordwood: Supplier, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlogs, "MAX_TEXT_BYTES", kept)
    was_read, may_arrive, real = threading.Event(), threading.Event(), Snapshot._read_chunks

    def late(self: Snapshot) -> Any:
        chunks = list(real(self))
        was_read.set()
        may_arrive.wait(10)
        return iter(chunks)

    monkeypatch.setattr(Snapshot, "_read_chunks", late)
    log, screen = Log(audience), Screen(audience)
    opening = asyncio.ensure_future(screen.open())
    await eventually(was_read.is_set)
    await rename(nordwood, "Norwood")
    await told(log)
    may_arrive.set()
    await opening
    assert names(screen) == {str(nordwood.pk): "Norwood"}


async def test_who_comes_back_hears_of_the_names_that_he_kept(
    audience: Audience, table: Product, nordwood: Supplier
) -> None:
    log, screen = Log(audience), Screen(audience)
    await screen.open(audience.position, [str(table.pk)])
    assert [frame["type"] for frame in screen.frames] == ["hello", "change"]
    await rename(nordwood, "Norwood")
    await told(log)
    assert names(screen) == {str(nordwood.pk): "Norwood"}
