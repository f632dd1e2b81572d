"""Several databases and routers: a change lies beside its row, and sheets read where is written."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_out
from django.db import transaction

import livesheet
from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import feed
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note, Part, Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "archive"])


class Archived:
    """Parts are written to the archive; reads of them go to where they are not, or not yet."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "archive" if model is Part else "default"

    def allow_relation(self, *_args: Any, **_hints: Any) -> bool:
        return True


def logged(alias: str) -> list[tuple[str, str, list[str]]]:
    rows = Change.objects.using(alias).order_by("id").values_list("model", "kind", "pks")
    return [(model, kind, json.loads(pks)) for model, kind, pks in rows]


def test_a_change_lies_on_the_alias_of_its_row() -> None:
    note = Note(key="a")
    note.save(using="archive")
    note.save(using="default")
    note.delete(using="archive")
    Part.objects.using("archive").bulk_create([Part(pk=1, name="x")])
    Part.objects.using("archive").update(stock=1)
    assert logged("default") == [("app.note", "add", ["a"])]
    assert logged("archive") == [
        ("app.note", "add", ["a"]),
        ("app.note", "delete", ["a"]),
        ("app.part", "add", ["1"]),
        ("app.part", "save", ["1"]),
    ]


def test_each_alias_rolls_back_its_own() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic(using="archive"):
        Note(key="a").save(using="archive")
        Note(key="b").save(using="default")
        raise ZeroDivisionError
    assert logged("archive") == []
    assert logged("default") == [("app.note", "add", ["b"])]


def test_relations_are_logged_where_they_are_written() -> None:
    product = Product(name="Table")
    product.save(using="archive")
    tag = Tag(name="heavy")
    tag.save(using="archive")
    product.tags.add(tag)
    supplier = Supplier(name="Nordwood")
    supplier.save(using="archive")
    product.supplier = supplier
    product.save()
    supplier.delete()
    tag.delete()
    assert logged("default") == []
    kinds = [kind for model, kind, _keys in logged("archive") if model == "app.product"]
    assert kinds == ["add", "save", "save", "save", "save"]


def test_record_asks_the_router(settings: Any) -> None:
    settings.DATABASE_ROUTERS = [Archived()]
    Part.objects.using("archive").bulk_create([Part(pk=1, name="x")])
    Change.objects.using("archive").all().delete()
    livesheet.record(Part.objects.all())
    livesheet.record(Note(key=key) for key in ("a", "b"))
    assert logged("archive") == [("app.part", "save", ["1"])]
    assert logged("default") == [("app.note", "save", ["a", "b"])]


@pytest.fixture
def _part_sheet() -> Iterator[None]:
    class PartSheet(LiveSheetConsumer):
        model, fields = Part, ["name", "stock"]

    yield
    unregister(PartSheet)


@pytest.mark.usefixtures("_part_sheet")
async def test_a_sheet_lives_where_its_model_is_written(ann: Any, settings: Any) -> None:
    settings.DATABASE_ROUTERS = [Archived()]

    def made() -> None:
        Part.objects.create(pk=1, name="a")
        Part(pk=2, name="elsewhere").save(using="default")

    def archived() -> Part:
        return Part.objects.using("archive").get()

    await sync_to_async(made)()
    async with LiveSheetCommunicator("part", ann) as sheet:
        assert list(sheet.rows) == ["1"]
        reply = await sheet.edit("1", "stock", 7, 0)
        assert reply["results"] == ["saved"]
        await sheet.until(lambda: sheet.value("1", "stock") == 7)
        part = await sync_to_async(archived)()
        assert part.stock == 7
        part.stock = 8
        await part.asave()
        await sheet.until(lambda: sheet.value("1", "stock") == 8)


@pytest.mark.usefixtures("_part_sheet")
async def test_signing_out_is_heard_on_every_alias(ann: Any, settings: Any) -> None:
    """It is logged on the default alias, which this sheet is not on."""
    settings.DATABASE_ROUTERS = [Archived()]
    async with LiveSheetCommunicator("part", ann) as sheet:
        ann.is_active = False
        await ann.asave(using="default")
        await sync_to_async(user_logged_out.send)(type(ann), request=None, user=ann)
        async with asyncio.timeout(10):
            while (await sheet.receive())["type"] != "bye":
                pass


@pytest.mark.usefixtures("_part_sheet")
async def test_signing_out_before_the_first_look_at_the_log_is_heard(
    ann: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.DATABASE_ROUTERS = [Archived()]
    read, may_look = feed._read_news, threading.Event()

    def slowly(using: str, *args: Any) -> Any:
        if using == "default":
            may_look.wait(10)
        return read(using, *args)

    monkeypatch.setattr(feed, "_read_news", slowly)
    async with LiveSheetCommunicator("part", ann) as sheet:
        ann.is_active = False
        await ann.asave(using="default")
        await sync_to_async(user_logged_out.send)(type(ann), request=None, user=ann)
        may_look.set()
        async with asyncio.timeout(10):
            while (await sheet.receive())["type"] != "bye":
                pass
