"""Models of several kinds and in several languages, through a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.existing.site.models.orders import PolyFirst, PolyFirstChild, TranslatedFirst

pytestmark = pytest.mark.django_db(transaction=True)


class ThingSheet(LiveSheetConsumer):
    model = PolyFirst
    sheet_name = "things"
    fields = ["name"]


class SizedThingSheet(LiveSheetConsumer):
    model = PolyFirstChild
    sheet_name = "sized things"
    fields = ["name", "size"]


class ChairSheet(LiveSheetConsumer):
    model = TranslatedFirst
    sheet_name = "chairs"
    fields = ["name", "name_en", "name_de"]


@pytest.fixture(scope="module", autouse=True)
def _sheets() -> Iterator[None]:
    yield
    for sheet in (ThingSheet, SizedThingSheet, ChairSheet):
        unregister(sheet)


@pytest.fixture
def _tables() -> Iterator[None]:
    with connection.schema_editor() as editor:
        for model in (PolyFirst, PolyFirstChild):
            editor.create_model(model)
    yield
    with connection.schema_editor() as editor:
        for model in (PolyFirstChild, PolyFirst):
            editor.delete_model(model)


@pytest.mark.usefixtures("_tables")
async def test_a_sheet_of_the_base_and_one_of_a_kind_hear_of_each_other(ann: Any) -> None:
    thing = await sync_to_async(PolyFirst.objects.create)(name="thing")
    sized = await sync_to_async(PolyFirstChild.objects.create)(name="sized", size=3)
    async with (
        LiveSheetCommunicator("things", ann) as base,
        LiveSheetCommunicator("sized things", ann) as kind,
    ):
        assert sorted(base.rows) == sorted([str(thing.pk), str(sized.pk)])
        assert list(kind.rows) == [str(sized.pk)]
        reply = await base.edit(sized.pk, "name", "by the base", base="sized")
        assert reply["results"] == ["saved"]
        await kind.until(lambda: kind.value(sized.pk, "name") == "by the base")
        reply = await kind.edit(sized.pk, "name", "by the kind", base="by the base")
        assert reply["results"] == ["saved"]
        await base.until(lambda: base.value(sized.pk, "name") == "by the kind")
    assert await sync_to_async(lambda: PolyFirst.objects.get(pk=sized.pk).size)() == 3


@pytest.mark.parametrize(("language", "name"), [("de", "Stuhl"), ("en", "chair")])
async def test_a_name_in_the_language_of_the_page(ann: Any, language: str, name: str) -> None:
    create = sync_to_async(TranslatedFirst.objects.create)
    row = await create(name_en="chair", name_de="Stuhl")
    words = {"page-language": language}
    async with LiveSheetCommunicator("chairs", ann, params=words) as sheet:
        assert sheet.value(row.pk, "name") == name
        assert sheet.value(row.pk, "name_de") == "Stuhl"
        reply = await sheet.edit(row.pk, "name", "new", base=name)
        assert reply["results"] == ["saved"]
        await sheet.until(lambda: sheet.value(row.pk, f"name_{language}") == "new")
        assert sheet.value(row.pk, "name") == "new"
    await sync_to_async(row.refresh_from_db)()
    assert sorted([row.name_en, row.name_de]) == sorted(
        ["new", "Stuhl" if name == "chair" else "chair"]
    )
