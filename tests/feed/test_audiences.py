"""One read and one text for all who may see the same; nothing of it for those who may not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import management
from django.db import OperationalError, transaction
from django.db.models import Value
from django.db.models.functions import Concat

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import frames, reading
from livesheet.feed.feed import Feed
from livesheet.feed.likeness import audience_key, digest
from livesheet.feed.reading import Reading
from livesheet.log import changelog, querysets
from livesheet.models import Clock
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from tests import unseen
from tests.app.models import Note, Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def declared() -> Iterator[Any]:
    """Declares sheets that the test forgets again: `declared("mine", fields=[…], …)`."""
    made: list[type[Sheet]] = []

    def declare(name: str, **body: Any) -> type[Sheet]:
        body = {"model": Note, "sheet_name": name, "fields": ["key", "text"], **body}
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1]

    yield declare
    for sheet in made:
        unregister(sheet)


def own_notes(self: Sheet) -> Any:
    """Everybody sees the notes that bear the first letter of the first name."""
    return Note.objects.filter(text__startswith=self.user.first_name[:1])


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The pks of each read that an audience made."""
    seen: list[list[str]] = []
    real = Reading.read

    def read(self: Reading, pks: list[str], *more: Any) -> Any:
        seen.append(pks)
        return real(self, pks, *more)

    monkeypatch.setattr(Reading, "read", read)
    return seen


def changes(sheet: LiveSheetCommunicator) -> list[dict[str, Any]]:
    return [frame for frame in sheet.frames if frame["type"] == "change"]


async def test_a_name_that_a_newcomer_has_read_is_told_to_the_others(
    ann: Any, bea: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads while a change is on its way may know of it before everybody else."""
    may_read, real = threading.Event(), Reading.read
    monkeypatch.setattr(Reading, "read", lambda *given: may_read.wait(5) and real(*given))
    async with LiveSheetCommunicator("product", ann) as one:
        await Tag.objects.acreate(name="heavy")
        async with LiveSheetCommunicator("product", bea) as two:
            assert "heavy" in two.labels["tags"].values()
            may_read.set()
            await one.until(lambda: "heavy" in one.labels["tags"].values())


# --- who shares ------------------------------------------------------------------------------


async def test_all_share_one_read_and_one_text(
    ann: Any, bea: Any, viewer: Any, reads: list[list[str]]
) -> None:
    async with (
        LiveSheetCommunicator("note", ann) as one,
        LiveSheetCommunicator("note", bea) as two,
        LiveSheetCommunicator("note", viewer) as three,
    ):
        assert len(Feed.of_this_loop().audiences) == 1
        await Note.objects.acreate(key="a")
        for sheet in (one, two, three):
            await sheet.until(lambda sheet=sheet: "a" in sheet.rows)  # type: ignore[misc]
        assert reads == [["a"]]
        assert changes(one) == changes(two) == changes(three)


async def test_an_overridden_hook_means_that_nobody_shares(
    ann: Any, bea: Any, declared: Any
) -> None:
    declared("mine", get_queryset=own_notes)
    async with LiveSheetCommunicator("mine", ann) as one, LiveSheetCommunicator("mine", bea) as two:
        assert len(Feed.of_this_loop().audiences) == 2
        await Note.objects.acreate(key="a", text="A secret")
        await Note.objects.acreate(key="b", text="B secret")
        await one.until(lambda: "a" in one.rows)
        await two.until(lambda: "b" in two.rows)
        assert "B secret" not in json.dumps(one.frames)
        assert "A secret" not in json.dumps(two.frames)
        assert '"b"' not in json.dumps(one.frames)
        assert '"a"' not in json.dumps(two.frames)


async def test_a_declared_audience_is_shared(
    ann: Any, bea: Any, declared: Any, reads: list[list[str]]
) -> None:
    declared(
        "team",
        get_queryset=lambda self: Note.objects.exclude(text="hidden"),
        get_audience=lambda self: ("team", 7),
    )
    async with LiveSheetCommunicator("team", ann) as one, LiveSheetCommunicator("team", bea) as two:
        assert len(Feed.of_this_loop().audiences) == 1
        await Note.objects.acreate(key="a")
        for sheet in (one, two):
            await sheet.until(lambda sheet=sheet: "a" in sheet.rows)  # type: ignore[misc]
        assert reads == [["a"]]


def test_what_an_audience_and_a_digest_depend_on(ann: Any, bea: Any, declared: Any) -> None:
    plain, private = (
        declared("plain", params={"project": int}),
        declared("p", get_queryset=own_notes),
    )

    def two(sheet: Sheet, language: str = "en") -> tuple[Any, str]:
        return audience_key(sheet, language), digest(sheet, language)

    key, of_ann = two(plain(ann, {"project": "1"}))
    assert two(plain(ann, {"project": "1"})) == (key, of_ann)
    key_of_bea, of_bea = two(plain(bea, {"project": "1"}))
    assert (key_of_bea, of_bea == of_ann) == (key, False)  # a copy belongs to one user
    for other in (two(plain(ann, {"project": "2"})), two(plain(ann, {"project": "1"}), "de")):
        assert key not in other
        assert of_ann not in other
    assert two(private(ann))[0] != two(private(bea))[0]
    wider = declared("plain", params={"project": int}, fields=["key"])
    assert two(wider(ann, {"project": "1"}))[1] != of_ann


async def test_params_keep_sheets_apart(ann: Any, declared: Any) -> None:
    def get_queryset(self: Sheet) -> Any:
        return Note.objects.filter(text=self.params["team"])

    declared("team", get_queryset=get_queryset, params={"team": str})
    async with (
        LiveSheetCommunicator("team", ann, params={"team": "red"}) as red,
        LiveSheetCommunicator("team", ann, params={"team": "blue"}) as blue,
    ):
        await Note.objects.acreate(key="r", text="red")
        await Note.objects.acreate(key="b", text="blue")
        await red.until(lambda: "r" in red.rows)
        await blue.until(lambda: "b" in blue.rows)
        assert (list(red.rows), list(blue.rows)) == (["r"], ["b"])


# --- what may be known of hidden rows --------------------------------------------------------


async def test_gone_is_said_only_of_what_was_sent(ann: Any, bea: Any, declared: Any) -> None:
    declared("mine", get_queryset=own_notes)
    visible = await Note.objects.acreate(key="visible", text="A")
    hidden = await Note.objects.acreate(key="hidden", text="B")
    async with LiveSheetCommunicator("mine", ann) as sheet:
        hidden.text = "B again"
        await hidden.asave()
        await hidden.adelete()
        visible.text = "B now"  # leaves what Ann sees
        await visible.asave()
        await sheet.until(lambda: sheet.rows == {})
        visible.text = "B still"  # of this she must not hear
        await visible.asave()
        await Note.objects.acreate(key="last", text="A")
        await sheet.until(lambda: "last" in sheet.rows)
        assert [pk for frame in changes(sheet) for pk in frame["gone"]] == ["visible"]
        assert "hidden" not in json.dumps(sheet.frames)
        assert '"B' not in json.dumps([frame["rows"] for frame in changes(sheet)])


async def test_refs_and_authors_of_hidden_rows_are_not_told(
    ann: Any, bea: Any, declared: Any
) -> None:
    declared("mine", get_queryset=own_notes)
    async with LiveSheetCommunicator("mine", ann) as one, LiveSheetCommunicator("mine", bea) as two:
        assert (await two.add(key="b", text="B"))["ok"]
        await two.until(lambda: "b" in two.rows)
        assert [two.client, "r1", "b", 0] in changes(two)[-1]["refs"]
        await Note.objects.acreate(key="last", text="A")
        await one.until(lambda: "last" in one.rows)
        assert two.client not in json.dumps(one.frames)
        assert all(frame["by"] == {} for frame in changes(one))


async def test_a_row_that_left_and_is_written_again_is_no_frame(
    ann: Any, bea: Any, declared: Any
) -> None:
    declared("mine", get_queryset=own_notes)
    await Note.objects.acreate(key="moved", text="A")
    async with LiveSheetCommunicator("mine", ann) as one, LiveSheetCommunicator("note", bea) as two:
        for n in range(4):
            before = two.value("moved", "text")
            assert (await two.edit("moved", "text", f"B{n}", before))["ok"]
            await two.until(lambda n=n: two.value("moved", "text") == f"B{n}")  # type: ignore[misc]
        await Note.objects.acreate(key="last", text="A")
        await one.until(lambda: "last" in one.rows)
        assert [frame["gone"] for frame in changes(one)] == [["moved"], []]


async def test_an_author_hears_of_his_edit_though_the_row_left(
    ann: Any, bea: Any, declared: Any
) -> None:
    """The row is gone for the others, and the ref goes with it."""
    declared("open", get_queryset=lambda self: Note.objects.exclude(text="closed"))
    await Note.objects.acreate(key="a", text="open")
    async with LiveSheetCommunicator("note", ann) as one, LiveSheetCommunicator("open", bea) as two:
        assert (await one.edit("a", "text", "closed", "open"))["ok"]
        await two.until(lambda: two.rows == {})
        assert changes(two)[-1]["gone"] == ["a"]
        assert changes(two)[-1]["by"] == {"a": str(ann.pk)}
        await one.until(lambda: one.value("a", "text") == "closed")


# --- batches ---------------------------------------------------------------------------------


async def test_a_large_batch_comes_in_parts_and_only_the_last_moves_on(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "ROWS_PER_FRAME", 4)

    def write() -> None:
        with transaction.atomic():
            for n in range(10):
                Note.objects.create(key=str(n))

    async with LiveSheetCommunicator("note", ann) as sheet:
        start = sheet.cursor
        await sync_to_async(write)()
        await sheet.until(lambda: len(sheet.rows) == 10)
        got = changes(sheet)
        assert [len(frame["rows"]) for frame in got] == [4, 4, 2]
        assert [frame["cursor"] == start for frame in got] == [True, True, False]


async def test_a_thousand_saves_of_a_row_are_few_reads(ann: Any, reads: list[list[str]]) -> None:
    note = await Note.objects.acreate(key="a")

    def write() -> None:
        for n in range(100):
            with transaction.atomic():
                note.text = str(n)
                note.save()

    async with LiveSheetCommunicator("note", ann, timeout=30) as sheet:
        await sync_to_async(write)()
        await sheet.until(lambda: sheet.value("a", "text") == "99")
        assert len(reads) <= 100
        assert all(pks == ["a"] for pks in reads)


async def test_a_write_too_large_to_name_gives_everybody_a_snapshot(ann: Any, bea: Any) -> None:
    def write() -> None:
        for key in "abcde":
            unseen.insert(Note, key=key, text="")
        with transaction.atomic():
            changelog.record(Note, range(10_001), "save", using="default")

    async with LiveSheetCommunicator("note", ann) as one, LiveSheetCommunicator("note", bea) as two:
        await sync_to_async(write)()
        for sheet in (one, two):
            await sheet.until(lambda sheet=sheet: len(sheet.rows) == 5)  # type: ignore[misc]
            assert changes(sheet) == []


async def test_another_log_gives_everybody_a_snapshot(ann: Any, bea: Any) -> None:
    await Note.objects.acreate(key="a")

    def restore() -> None:  # as from a dump: other rows, another log
        Note.objects.all()._raw_delete("default")
        Note.objects.bulk_create([Note(key="restored")])
        changelog.Change.objects.all().delete()
        Clock.objects.all().delete()

    async with LiveSheetCommunicator("note", ann) as one, LiveSheetCommunicator("note", bea) as two:
        await sync_to_async(restore)()
        for sheet in (one, two):
            await sheet.until(lambda sheet=sheet: list(sheet.rows) == ["restored"])  # type: ignore[misc]
        await Note.objects.acreate(key="live")
        await one.until(lambda: "live" in one.rows)


async def test_a_flush_empties_every_screen(ann: Any) -> None:
    await Note.objects.acreate(key="a")
    # Emptying a hundred tables takes a busy database its time.
    async with LiveSheetCommunicator("note", ann, timeout=20) as sheet:
        flush = sync_to_async(management.call_command)
        user = {"pk": ann.pk, "username": "ann", "is_superuser": True, "is_active": True}
        await flush("flush", interactive=False, verbosity=0)
        await type(ann).objects.acreate(**user)
        await sheet.until(lambda: sheet.rows == {})


# --- trouble ---------------------------------------------------------------------------------


async def test_a_read_that_fails_is_tried_again(
    ann: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, failed = Reading.read, list[int]()

    def read(self: Reading, pks: list[str], *more: Any) -> Any:
        if not failed:
            failed.append(1)
            raise OperationalError("terminating connection")
        return real(self, pks, *more)

    monkeypatch.setattr(Reading, "read", read)
    async with LiveSheetCommunicator("note", ann) as sheet:
        await Note.objects.acreate(key="a")
        await sheet.until(lambda: "a" in sheet.rows)
        assert changes(sheet)
        assert "cannot be read; trying again" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError, OperationalError])
async def test_a_read_that_always_fails_means_a_snapshot(
    ann: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def read(self: Reading, pks: list[str], *more: Any) -> Any:
        raise error

    monkeypatch.setattr(reading, "TRIES", 1)
    monkeypatch.setattr(Reading, "read", read)
    async with LiveSheetCommunicator("note", ann) as sheet:
        await Note.objects.acreate(key="a")
        await sheet.until(lambda: "a" in sheet.rows)
        assert changes(sheet) == []


async def test_a_relation_that_was_sent_whole_stays_whole(
    ann: Any, bea: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it has become too large for that, and everybody gets a new snapshot."""
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 1)
    north = await Supplier.objects.acreate(name="N")
    async with LiveSheetCommunicator("product", ann, timeout=20) as sheet:
        assert sheet.labels["supplier"] == {str(north.pk): "N"}
        south = await Supplier.objects.acreate(name="S")
        await sheet.until(lambda: str(south.pk) in sheet.labels["supplier"])
        monkeypatch.setattr(querysets, "PKS_BEFORE_RESYNC", 0)
        await Supplier.objects.aupdate(name=Concat("name", Value("!")))
        await sheet.until(lambda: set(sheet.labels["supplier"].values()) == {"N!", "S!"})
        west = await Supplier.objects.acreate(name="W")
        await sheet.until(lambda: sheet.labels["supplier"].get(str(west.pk)) == "W")
        async with LiveSheetCommunicator("product", bea, timeout=20) as newcomer:
            assert set(newcomer.labels["supplier"].values()) == {"N!", "S!", "W"}
            north.name = "North"
            await north.asave()
            for one in (sheet, newcomer):
                await one.until(lambda one=one: one.labels["supplier"][str(north.pk)] == "North")


async def test_who_was_promised_what_has_become_far_too_large_comes_again(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 1)
    await Supplier.objects.acreate(name="N")
    sheet = LiveSheetCommunicator("product", ann, timeout=20)
    await sheet.connect()
    await sheet.open()
    monkeypatch.setattr(querysets, "PKS_BEFORE_RESYNC", 0)
    await Supplier.objects.abulk_create(Supplier(name=f"S{n}") for n in range(10))
    await Supplier.objects.aupdate(name=Concat("name", Value("!")))
    while (bye := await sheet.receive())["type"] != "bye":
        pass
    assert (bye["code"], bye["retry_in"]) == (4500, 1)
    async with LiveSheetCommunicator("product", ann, timeout=20) as again:
        related = next(c for c in again.frames[0]["columns"] if c["name"] == "supplier")["related"]
        assert related["complete"] is False


async def test_labels_of_many_relations_come_with_the_rows_that_use_them(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 1)
    north, south, west = [await Supplier.objects.acreate(name=name) for name in "NSW"]
    await Product.objects.acreate(name="Table", supplier=north)
    async with LiveSheetCommunicator("product", ann) as sheet:
        assert sheet.labels["supplier"] == {str(north.pk): "N"}
        related = next(c for c in sheet.frames[0]["columns"] if c["name"] == "supplier")["related"]
        assert related == {"model": "app.supplier", "complete": False}
        made = await Product.objects.acreate(name="Chair", supplier=south)
        await sheet.until(lambda: str(made.pk) in sheet.rows)
        assert sheet.labels["supplier"][str(south.pk)] == "S"
        kinds = [frame["type"] for frame in sheet.frames]
        assert kinds.index("labels", kinds.index("rows")) < kinds.index("change")
        west.name = "Western"  # of no interest to anybody here
        await west.asave()
        south.name = "Southern"
        await south.asave()
        await sheet.until(lambda: sheet.labels["supplier"][str(south.pk)] == "Southern")
        assert str(west.pk) not in sheet.labels["supplier"]


async def test_a_label_that_comes_to_be_allowed_reaches_those_who_show_its_key(
    ann: Any, declared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is written by it, and nobody was told of it before."""
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 0)

    def open_ones(self: Sheet, name: str) -> Any:
        return Supplier.objects.exclude(name__startswith="secret")

    body = {"model": Product, "fields": ["name", "supplier"], "get_related_queryset": open_ones}
    declared("catalogue", **body)
    await Supplier.objects.acreate(name="open")
    used, unused = [await Supplier.objects.acreate(name=f"secret {n}") for n in "AB"]
    await Product.objects.acreate(name="Table", supplier=used)
    async with LiveSheetCommunicator("catalogue", ann) as sheet:
        assert sheet.labels.get("supplier", {}) == {}
        for supplier in (unused, used):
            supplier.name = supplier.name.removeprefix("secret ")
            await supplier.asave()
        # While somebody is still reading, any label that may be told is.
        allowed = {str(used.pk): "A", str(unused.pk): "B"}
        await sheet.until(lambda: str(used.pk) in sheet.labels.get("supplier", {}))
        assert sheet.labels["supplier"].items() <= allowed.items()
