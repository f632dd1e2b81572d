"""The walk of one packet, socket to socket, on a real database."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import comparison, reading
from livesheet.sheet import declaration
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note, Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(ann: Any) -> Product:
    supplier = Supplier.objects.create(name="Nordwood")
    return Product.objects.create(name="Table", price="12.00", supplier=supplier)


async def test_an_edit_is_saved_answered_and_shown_to_the_other(
    ann: Any, bea: Any, table: Product
) -> None:
    pair = LiveSheetCommunicator("product", ann), LiveSheetCommunicator("product", bea)
    async with pair[0] as one, pair[1] as two:
        reply = await one.edit(table.pk, "price", "12.50", base="12.00")
        assert reply["results"] == ["saved"]
        await two.until(lambda: two.value(table.pk, "price") == "12.50")
        await one.until(lambda: one.value(table.pk, "price") == "12.50")
        # The change may be there before the reply is.
        mine, theirs = ([f for f in c.frames if f["type"] == "change"][-1] for c in pair)
        assert [one.client, reply["ref"]] in mine["refs"]
        assert theirs["by"] == {str(table.pk): str(ann.pk)}
    await sync_to_async(table.refresh_from_db)()
    assert str(table.price) == "12.50"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="an option of psycopg")
@pytest.mark.parametrize("threshold", [None, 0, 1])
async def test_edits_where_the_server_puts_values_in(
    ann: Any, table: Product, monkeypatch: pytest.MonkeyPatch, threshold: int | None
) -> None:
    options = {"server_side_binding": True, "prepare_threshold": threshold}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    async with LiveSheetCommunicator("product", ann) as sheet:
        for stock in (1, 2, 3):
            reply = await sheet.edit(table.pk, "stock", stock, base=stock - 1)
            assert reply["results"] == ["saved"]
            await sheet.until(lambda stock=stock: sheet.value(table.pk, "stock") == stock)


async def test_an_edit_of_a_client_that_goes_at_once_is_saved(ann: Any, table: Product) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        cells = [[str(table.pk), "price", "12.50", "12.00"]]
        await sheet.send(type="edit", ref="e1", cells=cells)
    await sync_to_async(table.refresh_from_db)()
    assert str(table.price) == "12.50"


async def test_saves_elsewhere_are_shown(ann: Any, table: Product) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        made = await Product.objects.acreate(name="Chair", price="3.00")
        await sheet.until(lambda: sheet.value(made.pk, "name") == "Chair")
        made.stock = 7
        await made.asave()
        await sheet.until(lambda: sheet.value(made.pk, "stock") == 7)
        await made.adelete()
        await sheet.until(lambda: list(sheet.rows) == [str(table.pk)])


@pytest.mark.parametrize("key", ["", "ä" * 700, "a/b?c#d%"])
async def test_any_key_that_a_model_allows(ann: Any, bea: Any, key: str) -> None:
    await Note.objects.acreate(key=key, text="old")
    pair = LiveSheetCommunicator("note", ann), LiveSheetCommunicator("note", bea)
    async with pair[0] as one, pair[1] as two:
        reply = await one.edit(key, "text", "new", base="old")
        assert reply["results"] == ["saved"]
        await two.until(lambda: two.value(key, "text") == "new")
        await one.send(type="at", pk=key, column="text", editing=False)
        place = key if len(key) <= 128 else None
        await two.until(lambda: place in (p["pk"] for f in two.frames for p in f.get("here", ())))
        await one.disconnect()
        await one.connect()
        await one.open(resume=True)
        assert (await one.delete(key))["results"] == ["saved"]
        await two.until(lambda: not two.rows)


async def test_a_stolen_client_id_hears_of_no_hidden_write(ann: Any, bea: Any) -> None:
    """Client ids stand in shared frames, so anybody may know another's."""

    class OwnSheet(LiveSheetConsumer):
        model = Product
        sheet_name = "own"
        fields = ["name", "owner"]

        def get_queryset(self) -> Any:
            return Product.objects.filter(owner=self.user.username)

    thief = LiveSheetCommunicator("own", bea)
    try:
        async with LiveSheetCommunicator("own", ann) as sheet:
            thief.client = sheet.client
            async with thief:
                reply = await sheet.add(name="secret", owner="ann")
                (made,) = reply["results"]
                await sheet.until(lambda: made["pk"] in sheet.rows)
                mine = await Product.objects.acreate(name="open", owner="bea")
                await thief.until(lambda: str(mine.pk) in thief.rows)
                assert made["pk"] not in str([frame.get("refs") for frame in thief.frames])
    finally:
        declaration.unregister(OwnSheet)


async def test_names_that_were_written_without_keys_are_shown(ann: Any, table: Product) -> None:
    """Where the database does not tell the keys, any name may be another one."""
    async with LiveSheetCommunicator("product", ann) as sheet:
        await Tag.objects.abulk_create([Tag(name="heavy")], ignore_conflicts=True)
        await sheet.until(lambda: "heavy" in sheet.labels["tags"].values())


@pytest.fixture
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag whose name begins with an x is not to be shown."""

    def of_ours(self: Any, field: str) -> Any:
        related = LiveSheetConsumer.get_related_queryset(self, field)
        return related.exclude(name__startswith="x") if field == "tags" else related

    monkeypatch.setattr(declaration.find_sheet("product"), "get_related_queryset", of_ours)


@pytest.mark.parametrize("most", [100, 0], ids=["read at once", "too many"])
async def test_a_member_that_leaves_the_relation_leaves_the_cell(
    ann: Any, table: Product, only_ours: None, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """No row of the sheet is written by it; the comparison would find it minutes later."""
    monkeypatch.setattr(reading, "MOST_LINKED", most)
    monkeypatch.setattr(comparison, "SOON_SECONDS", 0.0)
    tag = await Tag.objects.acreate(name="new")
    await table.tags.aadd(tag)
    async with LiveSheetCommunicator("product", ann) as sheet:
        assert sheet.value(table.pk, "tags") == [str(tag.pk)]
        tag.name = "x"
        await tag.asave()
        await sheet.until(lambda: sheet.value(table.pk, "tags") == [])
        tag.name = "new again"
        await tag.asave()
        await sheet.until(lambda: sheet.value(table.pk, "tags") == [str(tag.pk)])


async def test_a_member_that_left_while_one_was_away_has_left_the_cell(
    ann: Any, table: Product, only_ours: None
) -> None:
    tag = await Tag.objects.acreate(name="new")
    await table.tags.aadd(tag)
    sheet = LiveSheetCommunicator("product", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    await Tag.objects.filter(pk=tag.pk).aupdate(name="x")
    await sheet.connect()
    await sheet.open(resume=True)
    assert sheet.frames[-1]["type"] == "change"
    assert sheet.value(table.pk, "tags") == []
    await sheet.disconnect()


async def test_members_come_in_the_order_of_their_new_names_and_only_where_it_is_another(
    ann: Any, table: Product
) -> None:
    first, second = [await Tag.objects.acreate(name=name) for name in ("a", "b")]
    await table.tags.aset([first, second])
    async with LiveSheetCommunicator("product", ann) as sheet:
        seen = len(sheet.frames)
        for name in ("aa", "c"):
            first.name = name
            await first.asave()
            await sheet.until(lambda name=name: name in sheet.labels["tags"].values())  # type: ignore[misc]
        keys = [str(second.pk), str(first.pk)]
        await sheet.until(lambda: sheet.value(table.pk, "tags") == keys)
        frames = [frame for frame in sheet.frames[seen:] if frame["type"] == "change"]
        assert [[row[0] for row in frame["rows"]] for frame in frames if frame["rows"]] == [
            [str(table.pk)]
        ]
