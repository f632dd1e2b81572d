"""One connection is brought up to date without a gap, whatever happens while it is being read.

The races are made to happen, one by one: a `Screen` can be kept from taking frames in, an audience
from publishing, and the log is handed on by hand.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from livesheet import conf, threads
from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import Refused
from livesheet.feed import backlogs, membership, resets, returning, snapshots
from livesheet.feed.audiences import Audience
from livesheet.feed.cursors import Cursors
from livesheet.feed.likeness import audience_key
from livesheet.feed.membership import Membership
from livesheet.feed.reading import News
from livesheet.log import changelog
from livesheet.log.actors import Actor, acting
from livesheet.log.changelog import Position
from livesheet.sheet.declaration import find_sheet, unregister
from livesheet.sheet.rows import RowReader
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.sockets import Socket
from tests import unseen
from tests.app.models import Note, Product, Supplier

pytestmark = pytest.mark.django_db(transaction=True)


class Screen:
    """A member of an audience, as its browser sees it: `rows` is what it shows, by pk."""

    def __init__(self, audience: Audience) -> None:
        self.rows: dict[str, list[Any]] = {}
        self.frames: list[dict[str, Any]] = []
        self.refused: list[Refused] = []
        self.reads = asyncio.Event()  # cleared: takes nothing in
        self.reads.set()
        self.socket = Socket(self.send, lambda: self.member.catch_up(), self.refused.append)
        self.member = Membership(self.socket, audience, "c" * 32)
        audience.members.add(self.member)

    async def send(self, message: dict[str, Any]) -> None:
        if not self.reads.is_set():
            await self.reads.wait()
        frame = json.loads(message["text"])
        self.frames.append(frame)
        if frame.get("reset"):
            self.rows.clear()
        self.rows.update((row[0], row[1:]) for row in frame.get("rows", ()))
        for pk in frame.get("gone", ()):
            self.rows.pop(pk, None)

    async def open(self, cursor: Position | None = None, have: list[str] | None = None) -> None:
        await self.member.open(cursor, have, lambda complete: {"type": "hello"})

    async def read_a_snapshot(self) -> asyncio.Task[None]:
        """Read the snapshot, and keep it from being taken in."""
        self.reads.clear()
        opening = asyncio.ensure_future(self.open())
        await eventually(lambda: bool(self.socket._waiting))
        return opening


class Log:
    """The change log of the test, handed to an audience when the test says so."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.read_through = audience.seen.seq

    async def hand_on(self) -> None:
        head, entries = await threads.run(self._news)
        self.read_through = head.seq
        self.audience.take(entries, head)

    def _news(self) -> tuple[Position, list[changelog.Entry]]:
        changelog.stamp("default")
        return changelog.head("default"), changelog.entries("default", self.read_through)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def published(audience: Audience) -> None:
    await eventually(lambda: audience.position == audience.seen and audience._task is None)


async def fall_behind(screen: Screen, log: Log) -> None:
    """By more than a client may leave unacknowledged."""
    assert screen.socket.position is not None
    screen.socket.deliver([" " * conf.get("MAX_UNREAD_BYTES") + "{}"], screen.socket.position)
    await save("a", "last that came")
    await log.hand_on()
    await published(screen.member.audience)
    assert screen.member.backlog is not None


class Turnstile:
    """Stops an audience before its next read, or `after` it and before it is told, until `go()`."""

    def __init__(self, audience: Audience, after: bool = False) -> None:
        self.reached, self.free = asyncio.Event(), asyncio.Event()
        self.go = self.free.set
        read = audience.reading.news

        async def stopped(*what: Any) -> News:
            audience.reading.news = read  # type: ignore[method-assign]
            news = await read(*what) if after else None
            self.reached.set()
            await self.free.wait()
            return news or await read(*what)

        audience.reading.news = stopped  # type: ignore[method-assign]


@pytest.fixture
def audience(ann: Any) -> Any:
    """The audience of the notes, among which are a and b."""
    for key in ("a", "b"):
        Note.objects.create(key=key, text="old")

    def make() -> Audience:
        sheet_class = find_sheet("note")
        assert sheet_class is not None
        sheet = sheet_class(ann)
        changelog.stamp("default")
        return Audience(audience_key(sheet, "en"), sheet, "en", changelog.head("default"))

    return make


@sync_to_async
def in_the_database() -> dict[str, list[Any]]:
    return {note.key: [note.key, note.text] for note in Note.objects.all()}


@sync_to_async
def make_many() -> None:
    with transaction.atomic():
        for n in range(600):
            Note.objects.create(key=f"n{n}", text="made")


async def save(key: str, text: str) -> None:
    await Note(key=key, text=text).asave()


async def delete(key: str) -> None:
    await (await Note.objects.aget(pk=key)).adelete()


async def test_a_copy_that_is_ahead_of_this_process_is_no_reason_for_a_snapshot(
    audience: Any,
) -> None:
    """It comes from another process, which has read the log sooner."""
    here = await sync_to_async(audience)()
    screen, log = Screen(here), Log(here)
    await save("a", "new")
    ahead, _ = await threads.run(log._news)
    screen.rows = {"a": ["a", "new"], "b": ["b", "old"]}
    await screen.open(ahead, ["a", "b"])
    assert [frame["type"] for frame in screen.frames] == ["hello", "change"]
    await save("b", "newer")
    await log.hand_on()
    await eventually(lambda: screen.rows == {"a": ["a", "new"], "b": ["b", "newer"]})


async def test_those_who_come_back_together_are_read_for_together(
    audience: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restart; each is told what it missed itself, and then what comes."""
    here = await sync_to_async(audience)()
    log, since, read = Log(here), here.position, list[str]()
    for owner, name in ((RowReader, "visible_pks"), (RowReader, "read"), (changelog, "each")):
        monkeypatch.setattr(owner, name, noted(read, name, getattr(owner, name)))
    await save("a", "new")
    await log.hand_on()
    await published(here)
    screens = [Screen(here) for _n in range(10)]
    before = [["a", "b"]] * 8 + [["a"], ["a", "b", "c"]]  # one lacks a row, one has one too many
    await asyncio.gather(*(s.open(since, have) for s, have in zip(screens, before, strict=True)))
    assert sorted(read) == ["each", "read", "read", "visible_pks"]
    a, b = ["a", "a", "new"], ["b", "b", "old"]
    told = [screen.frames[-1] for screen in screens]
    assert [sorted(frame["rows"]) for frame in told] == [[a]] * 8 + [[a, b], [a]]
    assert [frame["gone"] for frame in told] == [[]] * 9 + [["c"]]
    await save("b", "newer")
    await log.hand_on()
    await eventually(lambda: all(s.rows.get("b") == ["b", "newer"] for s in screens))


def noted(read: list[str], name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        read.append(name)
        return real(*args)

    return call


async def test_who_opens_between_the_reading_of_a_batch_and_its_telling_misses_nothing(
    audience: Any,
) -> None:
    """Rows and a deletion that were read before, and mended after, he began to read."""
    audience = await sync_to_async(audience)()
    log = Log(audience)
    one, two = Screen(audience), Screen(audience)
    await one.open()
    await make_many()
    await delete("b")
    telling = Turnstile(audience, after=True)
    await log.hand_on()
    await telling.reached.wait()
    await save("b", "is back")
    await save("n7", "newer")
    await delete("n8")
    await two.open()
    telling.go()
    await log.hand_on()
    await published(audience)
    assert one.rows == two.rows == await in_the_database()


async def test_what_one_finds_gone_is_still_told_to_the_others(audience: Any) -> None:
    audience = await sync_to_async(audience)()
    log = Log(audience)
    one, two = Screen(audience), Screen(audience)
    await one.open()
    opening = await two.read_a_snapshot()
    await save("a", "new")
    await log.hand_on()
    await published(audience)
    await delete("a")  # the audience has not heard of it when the second reads what it missed
    two.reads.set()
    await opening
    await log.hand_on()
    await published(audience)
    assert one.rows == two.rows == {"b": ["b", "old"]}


async def test_a_row_that_went_while_it_was_read_is_gone_for_its_reader_too(audience: Any) -> None:
    audience = await sync_to_async(audience)()
    log = Log(audience)
    one, two = Screen(audience), Screen(audience)
    await one.open()
    await save("a", "new")
    publishing = Turnstile(audience)
    await log.hand_on()
    await publishing.reached.wait()
    opening = await two.read_a_snapshot()
    await delete("a")
    publishing.go()
    await published(audience)
    assert one.rows == {"b": ["b", "old"]}
    two.reads.set()
    await opening
    await log.hand_on()
    await published(audience)
    assert one.rows == two.rows == {"b": ["b", "old"]}


async def test_gone_reaches_who_had_read_that_far_already(audience: Any) -> None:
    audience = await sync_to_async(audience)()
    log = Log(audience)
    one, two = Screen(audience), Screen(audience)
    await one.open()
    await save("a", "new")
    publishing = Turnstile(audience)
    await log.hand_on()
    await publishing.reached.wait()
    await two.open()
    await delete("a")
    publishing.go()
    await published(audience)
    await log.hand_on()
    await published(audience)
    assert one.rows == two.rows == {"b": ["b", "old"]}


async def test_a_reset_during_a_reset_is_not_forgotten(audience: Any) -> None:
    audience = await sync_to_async(audience)()
    one = Screen(audience)
    await one.open()
    one.reads.clear()
    audience.reset()
    await eventually(lambda: one.socket._parked is not None)  # it has been read
    await sync_to_async(unseen.update)(Note, text="by raw SQL")
    audience.reset()
    one.reads.set()
    await eventually(lambda: one.rows.get("a") == ["a", "by raw SQL"])
    assert one.rows["b"] == ["b", "by raw SQL"]


async def test_a_reset_just_before_a_snapshot_is_taken_is_not_forgotten(audience: Any) -> None:
    """The audience forgot what it had told: of that snapshot, no row would ever be gone."""
    audience = await sync_to_async(audience)()
    log, one, begin = Log(audience), Screen(audience), audience.opening._read

    async def begin_and_reset() -> Any:
        snapshot = await begin()
        asyncio.get_running_loop().call_soon(audience.reset)  # before its taker has its turn
        return snapshot

    audience.opening._read = begin_and_reset
    await one.open()
    await delete("a")
    await log.hand_on()
    await published(audience)
    await eventually(lambda: one.rows == {"b": ["b", "old"]})


async def test_a_socket_that_was_behind_gets_what_it_missed(audience: Any) -> None:
    audience = await sync_to_async(audience)()
    log = Log(audience)
    one, two = Screen(audience), Screen(audience)
    await one.open()
    await two.open()
    await fall_behind(two, log)
    for n in range(5):
        await save("a", f"save {n}")
    await save("c", "made")
    await delete("b")
    await log.hand_on()
    await published(audience)
    assert two.rows == {"a": ["a", "last that came"], "b": ["b", "old"]}
    before = len(two.frames)
    two.socket.acknowledge(audience.position)
    await eventually(lambda: len(two.frames) > before)
    assert two.rows == one.rows == {"a": ["a", "save 4"], "c": ["c", "made"]}
    assert [frame["type"] for frame in two.frames[before:]] == ["change"]
    await save("a", "live")
    await log.hand_on()
    await published(audience)
    assert two.rows["a"] == ["a", "live"]


async def test_who_opens_under_an_import_is_live_after_one_snapshot(
    audience: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told meanwhile is too much to keep: only its rows' keys are, and read once."""
    monkeypatch.setattr(backlogs, "MAX_TEXT_BYTES", 10_000)
    audience = await sync_to_async(audience)()
    log = Log(audience)
    one, two = Screen(audience), Screen(audience)
    await one.open()
    opening = await two.read_a_snapshot()
    await make_many()
    await delete("b")
    await log.hand_on()
    await published(audience)
    assert two.member.backlog is not None
    assert two.member.backlog.deliveries is None
    await save("n1", "newer")
    two.reads.set()
    await opening
    assert two.member.is_live
    await log.hand_on()
    await published(audience)
    assert one.rows == two.rows == await in_the_database()
    assert sum(bool(frame.get("done")) for frame in two.frames) == 1


async def test_a_snapshot_is_freed_with_its_last_taker(audience: Any) -> None:
    audience = await sync_to_async(audience)()
    one, two = Screen(audience), Screen(audience)
    opening = await one.read_a_snapshot()
    snapshot = audience._snapshot
    await two.open()
    assert snapshot() is not None  # the first has not taken all of it
    one.reads.set()
    await opening
    del opening
    await asyncio.sleep(0)
    gc.collect()
    assert snapshot() is None
    assert not audience._backlogs


async def test_many_writes_too_large_to_name_are_few_snapshots(
    audience: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = 1
    monkeypatch.setattr(resets, "RESET_SECONDS", apart)
    audience = await sync_to_async(audience)()
    log, one = Log(audience), Screen(audience)
    await one.open()
    began = time.monotonic()
    for n in range(12):
        await sync_to_async(write_too_much_to_name)(f"round {n}")
        await log.hand_on()
        await published_all(audience)
    await eventually(lambda: one.rows["a"] == ["a", "round 11"])
    await eventually(lambda: audience.position == audience.seen and one.member.is_live)
    took = time.monotonic() - began
    # That of the opening, the first at once, and then one in so many seconds.
    assert sum(bool(frame.get("done")) for frame in one.frames) <= 2 + took / apart + 1
    before = [frame["cursor"] for frame in one.frames if frame.get("cursor")]
    await save("a", "live")
    await log.hand_on()
    await published(audience)
    assert one.rows["a"] == ["a", "live"]
    assert before


def write_too_much_to_name(text: str) -> None:
    with transaction.atomic():
        unseen.update(Note, text=text)
        changelog.record_resync(Note, using="default")


async def published_all(audience: Audience) -> None:
    """Read, though what clients are told waits for a snapshot."""
    await eventually(lambda: audience._task is None)


async def test_a_reading_that_fails_ends_only_its_own_socket(
    audience: Any, caplog: pytest.LogCaptureFixture
) -> None:
    audience = await sync_to_async(audience)()
    one, two = Screen(audience), Screen(audience)
    await one.open()
    await two.open()

    def broken() -> Any:
        raise RuntimeError("a hook of the project")

    audience.snapshot = broken  # type: ignore[method-assign]
    one.member.reload()
    await eventually(lambda: bool(one.refused))
    assert "could not be brought up to date" in caplog.text
    assert two.refused == []


async def test_a_client_that_takes_nothing_in_is_given_up(
    audience: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "SNAPSHOT_SECONDS", 0.2)
    audience = await sync_to_async(audience)()
    one = Screen(audience)
    one.reads.clear()
    with pytest.raises(Refused) as caught:
        await one.open()
    assert caught.value.close_code == 4408
    one.reads.set()
    await one.socket.drained()


# --- over a socket, as a browser does it -----------------------------------------------------


@pytest.fixture
def shop(ann: Any) -> Supplier:
    supplier = Supplier.objects.create(name="Nordwood")
    for n in range(60):
        Product.objects.create(name=f"Product {n}", price=n, supplier=supplier)
    return supplier


class CheapSheet(LiveSheetConsumer):
    """Only products that cost less than a thousand, so that a row can leave it."""

    abstract = True
    fields = ["name", "price", "supplier"]

    def get_queryset(self) -> Any:
        return Product.objects.filter(price__lt=1_000)


@pytest.fixture
def cheap() -> Any:
    class Cheap(CheapSheet):
        model = Product
        sheet_name = "cheap"

    yield Cheap
    unregister(Cheap)


def what_may_be_seen() -> dict[str, str]:
    return {str(p.pk): f"{p.price:.2f}" for p in Product.objects.filter(price__lt=1_000)}


async def shown(sheet: LiveSheetCommunicator) -> dict[str, str]:
    return {pk: sheet.value(pk, "price") for pk in sheet.rows}


@pytest.mark.parametrize("stays", [True, False], ids=["same process", "new process"])
async def test_after_an_absence_one_change_brings_all(
    ann: Any, bea: Any, shop: Supplier, cheap: Any, stays: bool
) -> None:
    other = LiveSheetCommunicator("cheap", bea)
    if stays:  # somebody else keeps the feed and the audience alive
        await other.connect()
        await other.open()
    sheet = LiveSheetCommunicator("cheap", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    if not stays:
        await sync_to_async(threads.close, thread_sensitive=False)()
    products = [product async for product in Product.objects.order_by("pk")]
    for product in products[:50]:
        product.price = product.price + 500
        await product.asave()
    gone, left = products[50].pk, products[51].pk
    await products[50].adelete()
    products[51].price = 5_000
    await products[51].asave()
    made = await Product.objects.acreate(name="Made meanwhile", price=7)
    if stays:
        await other.until(lambda: str(made.pk) in other.rows)

    seen = len(sheet.frames)
    await sheet.connect()
    await sheet.open(resume=True)
    kinds = [frame["type"] for frame in sheet.frames[seen:]]
    assert kinds.count("change") == 1
    assert "rows" not in kinds
    change = next(frame for frame in sheet.frames[seen:] if frame["type"] == "change")
    assert sorted(change["gone"]) == sorted([str(gone), str(left)])
    assert len(change["rows"]) == 51
    assert str(made.pk) in sheet.rows
    assert await shown(sheet) == await sync_to_async(what_may_be_seen)()

    # And it is live again.
    made.price = 8
    await made.asave()
    await sheet.until(lambda: sheet.value(made.pk, "price") == "8.00")
    await sheet.disconnect()
    if stays:
        await other.disconnect()


async def test_nothing_missed_is_one_empty_change(ann: Any, shop: Supplier) -> None:
    sheet = LiveSheetCommunicator("product", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    await sheet.connect()
    await sheet.open(resume=True)
    change = sheet.frames[-1]
    assert (change["rows"], change["gone"], change["refs"]) == ([], [], [])
    await sheet.disconnect()


async def test_a_resume_tells_nothing_of_rows_that_the_client_never_had(
    ann: Any, shop: Supplier, cheap: Any
) -> None:
    hidden = await Product.objects.acreate(name="Secret", price=9_000)
    sheet = LiveSheetCommunicator("cheap", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    hidden.name = "Still secret"
    await hidden.asave()
    await hidden.adelete()
    seen = len(sheet.frames)
    await sheet.connect()
    await sheet.open(resume=True)
    change = sheet.frames[-1]
    assert change["type"] == "change"
    assert (change["rows"], change["gone"], change["by"], change["refs"]) == ([], [], {}, [])
    assert "ecret" not in json.dumps(sheet.frames[seen:])
    await sheet.disconnect()


async def test_a_forged_copy_tells_nothing_of_who_writes_hidden_rows(
    ann: Any, bea: Any, shop: Supplier, cheap: Any
) -> None:
    hidden = await Product.objects.acreate(name="Secret", price=9_000)
    sheet = LiveSheetCommunicator("cheap", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    with acting(Actor(user=str(bea.pk), client="b" * 32, ref="r1")):
        await hidden.asave()
    seen = len(sheet.frames)
    sheet.rows[str(hidden.pk)] = [str(hidden.pk), "", "", ""]
    await sheet.connect()
    await sheet.open(resume=True)
    change = sheet.frames[-1]
    assert (change["rows"], change["gone"]) == ([], [str(hidden.pk)])  # its own claim, taken back
    assert (change["by"], change["refs"]) == ({}, [])
    await hidden.asave()
    await hidden.adelete()
    made = await Product.objects.acreate(name="Open", price=9)
    await sheet.until(lambda: str(made.pk) in sheet.rows)
    later = sheet.frames[seen + 1 :]
    assert not any(str(hidden.pk) in frame.get("by", {}) for frame in later)
    assert [f["gone"] for f in later if f["type"] == "change"][1:] == [[]]
    await sheet.disconnect()


async def test_a_resume_over_many_bulk_writes_is_given_up_early(
    ann: Any, shop: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "MAX_LOGGED", 2_500)
    read = list[int]()
    real = changelog.each

    def each(*args: Any) -> Any:
        for entry in real(*args):
            read.append(len(entry.pks))
            yield entry

    def bulk(sheet: LiveSheetCommunicator) -> None:
        for _ in range(20):
            with transaction.atomic():
                changelog.record(Product, range(1_000), "save", using="default")

    monkeypatch.setattr(changelog, "each", each)
    assert "rows" in await reopened(ann, bulk)
    assert read == [1_000] * 3


async def test_a_joiner_gets_the_labels_of_its_rows_once(
    ann: Any, bea: Any, shop: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livesheet.sheet.rows.COMPLETE_LABELS", 1)
    monkeypatch.setattr(snapshots, "FIRST_CHUNK", 7)
    monkeypatch.setattr(snapshots, "CHUNK", 20)
    other = await Supplier.objects.acreate(name="Southwood")
    product = await Product.objects.acreate(name="p", supplier=other)
    async with LiveSheetCommunicator("product", bea) as before:
        product.supplier = shop
        await product.asave()
        await before.until(lambda: before.value(product.pk, "supplier") == str(shop.pk))
        async with LiveSheetCommunicator("product", ann) as sheet:
            told = [f["labels"] for f in sheet.frames if f["type"] == "labels"]
            assert [labels for labels in told if labels] == [{str(shop.pk): "Nordwood"}]
            product.supplier = other
            await product.asave()
            await sheet.until(lambda: sheet.value(product.pk, "supplier") == str(other.pk))
            assert sheet.labels["supplier"][str(other.pk)] == "Southwood"


async def reopened(ann: Any, meanwhile: Callable[[LiveSheetCommunicator], Any]) -> list[str]:
    """The kinds of frames that answer somebody who comes back after `meanwhile`."""
    sheet = LiveSheetCommunicator("product", ann)
    await sheet.connect()
    await sheet.open()
    await sheet.disconnect()
    await sync_to_async(meanwhile)(sheet)
    seen = len(sheet.frames)
    await sheet.connect()
    await sheet.open(resume=True)
    kinds = [frame["type"] for frame in sheet.frames[seen:]]
    assert set(sheet.rows) == {str(p.pk) async for p in Product.objects.all()}
    await sheet.disconnect()
    return kinds


async def test_a_trimmed_log_means_a_snapshot(ann: Any, shop: Supplier) -> None:
    def trimmed(sheet: LiveSheetCommunicator) -> None:
        Product.objects.first().delete()  # type: ignore[union-attr]
        Product.objects.create(name="New")
        changelog.stamp("default")
        changelog.Change.objects.filter(kind="delete").delete()
        changelog.Clock.objects.update(trimmed_through=changelog.head("default").seq)

    assert "rows" in await reopened(ann, trimmed)


async def test_another_log_means_a_snapshot(ann: Any, shop: Supplier) -> None:
    def restored(sheet: LiveSheetCommunicator) -> None:
        changelog.Clock.objects.update(epoch="another")

    assert "rows" in await reopened(ann, restored)


async def test_a_cursor_of_another_change_at_that_place_means_a_snapshot(
    ann: Any, shop: Supplier
) -> None:
    def restored_and_written_on(sheet: LiveSheetCommunicator) -> None:
        sheet_class = find_sheet("product")
        assert sheet_class
        cursors = Cursors(sheet_class(ann))
        position = cursors.open(sheet.cursor)
        assert position
        sheet.cursor = cursors.seal(replace(position, tag="ffffffff"))

    assert "rows" in await reopened(ann, restored_and_written_on)


@pytest.mark.parametrize("cursor", ["x", "a.b.c", "a.-1.c", "a.٣.c", "e." + "9" * 60 + ".t"])
async def test_a_cursor_of_nobody_means_a_snapshot(ann: Any, shop: Supplier, cursor: str) -> None:
    assert "rows" in await reopened(ann, lambda sheet: setattr(sheet, "cursor", cursor))


async def test_another_digest_means_a_snapshot(ann: Any, shop: Supplier) -> None:
    assert "rows" in await reopened(ann, lambda sheet: setattr(sheet, "digest", "0" * 12))


async def test_too_much_missed_means_a_snapshot(
    ann: Any, shop: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "MAX_MISSED", 5)

    def much(sheet: LiveSheetCommunicator) -> None:
        for product in Product.objects.all()[:6]:
            product.save()

    assert "rows" in await reopened(ann, much)


async def test_a_bulk_write_too_large_to_name_means_a_snapshot(ann: Any, shop: Supplier) -> None:
    def bulk(sheet: LiveSheetCommunicator) -> None:
        with connection.cursor():
            changelog.record(Product, range(10_001), "save", using="default")

    assert "rows" in await reopened(ann, bulk)


async def test_a_snapshot_comes_in_the_declared_order_and_in_chunks(
    ann: Any, shop: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "FIRST_CHUNK", 7)
    monkeypatch.setattr(snapshots, "CHUNK", 20)

    class Dearest(LiveSheetConsumer):
        model = Product
        sheet_name = "dearest"
        fields = ["price", "supplier"]
        ordering = ["-price"]

    try:
        async with LiveSheetCommunicator("dearest", ann) as sheet:
            rows = [frame for frame in sheet.frames if frame["type"] == "rows"]
    finally:
        unregister(Dearest)
    assert [row[1] for frame in rows for row in frame["rows"]] == [
        f"{n}.00" for n in range(59, -1, -1)
    ]
    assert len(rows[0]["rows"]) == 7
    assert max(len(frame["rows"]) for frame in rows) <= 20
    assert [frame["reset"] for frame in rows] == [True] + [False] * (len(rows) - 1)
    assert [frame["done"] for frame in rows] == [False] * (len(rows) - 1) + [True]
    assert [frame["cursor"] is None for frame in rows] == [True] * (len(rows) - 1) + [False]
    assert sheet.labels == {"supplier": {str(shop.pk): "Nordwood"}}


async def test_an_empty_sheet_is_one_frame(ann: Any) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        rows = [frame for frame in sheet.frames if frame["type"] == "rows"]
        assert [(f["rows"], f["reset"], f["done"]) for f in rows] == [([], True, True)]
