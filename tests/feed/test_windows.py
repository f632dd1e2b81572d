"""Large sheets over a socket: orders, pages, and the rows of them that are looked at."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection, transaction

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import FrameError
from livesheet.feed import following, windowed, windows
from livesheet.feed.comparison import Comparison
from livesheet.feed.feed import running
from livesheet.orders import anchors, order
from livesheet.orders.order import Ordered
from livesheet.sheet import rows
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import MOST, Window
from tests.app.models import Note, Product, Supplier
from tests.endless import Endless

pytestmark = pytest.mark.django_db(transaction=True)

Declare = Any


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand is ten here, and a page a hundred."""
    for module in (anchors, order, windows):
        monkeypatch.setattr(module, "STRIDE", 10)
    monkeypatch.setattr(following, "PIECE", 10)
    monkeypatch.setattr(order, "FIRST_PLACES", 100)
    monkeypatch.setattr(windowed, "COUNT_SECONDS", 0.05)


@pytest.fixture
def declared() -> Iterator[Declare]:
    made: list[type[Sheet]] = []

    def declare(**body: Any) -> str:
        whole = {
            "model": Product, "sheet_name": "w", "fields": ["name", "stock", "owner"],
            "ordering": ["name"], "window": True, **body,
        }  # fmt: skip
        made.append(type("W", (LiveSheetConsumer,), whole))
        return "w"

    yield declare
    for sheet in made:
        unregister(sheet)


@pytest.fixture
def sheet_name(declared: Declare) -> str:
    return str(declared())


@sync_to_async
def make(count: int, start: int = 0, **more: Any) -> list[str]:
    made = [
        Product.objects.create(name=f"n{n:04}", stock=n % 7, **more)
        for n in range(start, start + count)
    ]
    return [str(row.pk) for row in made]


def line(sheet: str, user: Any, **more: Any) -> LiveSheetCommunicator:
    return LiveSheetCommunicator(sheet, user, windowed=True, **more)


def names(client: LiveSheetCommunicator) -> list[str]:
    """As far as they have come, in their places."""
    return [client.rows[pk][1] for _n, pk in sorted(client.keys.items()) if pk in client.rows]


async def told(client: LiveSheetCommunicator, **wanted: Any) -> dict[str, Any]:
    """What is said of the order that the client looks at, once it is that."""

    def found() -> list[dict[str, Any]]:
        orders = [f for f in client.frames if f["type"] == "order" and f["order"] == client.order]
        return [f for f in orders if all(f[name] == value for name, value in wanted.items())]

    await client.until(lambda: bool(found()))
    return found()[-1]


async def whole(client: LiveSheetCommunicator) -> dict[str, Any]:
    """The order, once it is known to its end."""
    return await told(client, exact=True)


# --- which sheets ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "count", "expected"),
    [
        ({"window": True}, 0, True),
        ({"window": False, "window_above": 1}, 3, False),
        ({"window": None, "window_above": 2}, 2, False),
        ({"window": None, "window_above": 2}, 3, True),
        ({"window": None, "window_above": 2, "ordering": ["?"]}, 3, False),
    ],
)
async def test_which_sheets_are_windowed(
    ann: Any, declared: Declare, body: Any, count: int, expected: bool
) -> None:
    await make(count)
    async with line(declared(**body), ann) as sheet:
        assert sheet.frames[0]["windowed"] is expected
        assert len(sheet.rows) == (0 if expected else count)


async def test_a_client_that_does_not_ask_is_sent_all_rows(ann: Any, sheet_name: str) -> None:
    await make(3)
    async with LiveSheetCommunicator(sheet_name, ann) as sheet:
        assert sheet.frames[0]["windowed"] is False
        assert len(sheet.rows) == 3
        error = await sheet.arrange()
        assert error["code"] == "not_windowed"


async def test_more_rows_than_a_whole_sheet_may_have(ann: Any, declared: Declare) -> None:
    await make(30)
    async with line(declared(max_rows=5), ann) as sheet:
        page = await sheet.arrange()
        assert page["rows"] == 10


# --- orders, pages, windows ------------------------------------------------------------------


async def test_the_first_rows_come_and_then_the_places(ann: Any, sheet_name: str) -> None:
    await make(250)
    async with line(sheet_name, ann) as sheet:
        page = await sheet.arrange(rows=5)
        assert (page["from"], page["to"], page["rows"], page["place"]) == (0, 10, 10, 0)
        assert names(sheet) == [f"n{n:04}" for n in range(5)]
        assert (await whole(sheet))["count"] == 250
        page = await sheet.enter(120, rows=3)
        assert (page["from"], page["to"], page["rows"], page["place"]) == (70, 170, 100, 120)
        assert names(sheet) == ["n0120", "n0121", "n0122"]
        part = await sheet.window(0, 2)
        assert [row[1] for row in part["rows"]] == ["n0070", "n0071"]
        assert len(sheet.rows) == 5
        part = await sheet.window(98, 105)
        assert [row[1] for row in part["rows"]] == ["n0168", "n0169"]
        page = await sheet.enter(10_000, rows=2)
        assert (page["from"], page["to"], page["place"]) == (150, 250, 249)
        assert names(sheet) == ["n0249"]


async def test_a_view_and_a_search_narrow_and_sort(ann: Any, sheet_name: str) -> None:
    await make(70)
    async with line(sheet_name, ann) as sheet:
        view = {
            "sorts": [{"column": "name", "descending": True}],
            "filters": [{"column": "stock", "kind": "equals", "text": "3"}],
            "hidden": ["owner"],
        }
        await sheet.arrange(view, search="n00")
        assert names(sheet) == [f"n{n:04}" for n in range(66, 0, -7)]
        assert (await whole(sheet))["count"] == 10
        page = await sheet.arrange({"filters": [{"column": "stock", "kind": "gt", "text": "99"}]})
        assert (page["rows"], page["to"]) == (0, 0)
        assert names(sheet) == []
        error = await sheet.arrange({"sorts": [{"column": "colour"}]})
        assert (error["type"], error["code"]) == ("error", "bad_view")


async def test_a_row_is_found_again_by_its_key(ann: Any, sheet_name: str) -> None:
    pks = await make(250)
    async with line(sheet_name, ann) as sheet:
        page = await sheet.arrange(near=pks[133], rows=2)
        assert page["place"] == 133
        assert names(sheet) == ["n0133", "n0134"]
        page = await sheet.enter(near=pks[7], rows=1)
        assert (page["place"], names(sheet)) == (7, ["n0007"])
        page = await sheet.enter(near="nowhere", rows=1)
        assert page["place"] == 0


async def test_an_order_that_was_replaced_is_none(ann: Any, sheet_name: str) -> None:
    await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange()
        await sheet.arrange(search="n001")
        sheet.order -= 1
        assert (await sheet.window(0, 3))["code"] == "no_order"
        assert (await sheet.enter(3))["code"] == "no_order"


async def test_an_order_that_was_never_made_is_none(ann: Any, sheet_name: str) -> None:
    await make(5)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=3)
        sheet.order += 1
        assert (await sheet.window(0, 3))["code"] == "no_order"
        assert (await sheet.enter(3))["code"] == "no_order"


async def test_more_requests_than_may_wait_are_refused_by_their_ref(settings: Any) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_QUESTIONS": 2}
    waiting: Any = windows.Windows(None, "en", broke=lambda error: None)  # type: ignore[arg-type]
    for ref in ("w1", "w2"):
        waiting.put(Window(ref, 1, 0, 60))
    with pytest.raises(FrameError) as refused:
        waiting.put(Window("w3", 1, 0, 60))
    assert (refused.value.code, refused.value.ref) == ("too_many", "w3")
    assert waiting.unanswered == 2
    waiting.end()


async def test_an_order_that_fell_off_the_shelf_is_arranged_again(
    ann: Any, sheet_name: str, settings: Any
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_ORDER_BYTES": 5_000}
    await make(150)
    async with line(sheet_name, ann) as sheet, line(sheet_name, ann) as other:
        await sheet.arrange()
        await whole(sheet)
        for text in ("n000", "n001", "n002"):
            await other.arrange(search=text)
        assert (await sheet.enter(40))["code"] == "no_order"
        assert (await sheet.window(3, 5))["code"] == "no_order"
        await sheet.arrange()
        await whole(sheet)
        assert (await sheet.enter(40))["type"] == "page"


async def test_two_who_ask_for_the_same_share_an_order(
    ann: Any, bea: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    more = Ordered.more
    monkeypatch.setattr(
        Ordered, "more", lambda self, *args: read.append(args[1]) or more(self, *args)
    )
    await make(150)
    async with line(sheet_name, ann) as sheet, line(sheet_name, bea) as other:
        for one in (sheet, other):
            await one.arrange()
            assert (await whole(one))["count"] == 150
        assert read == [100, 1_600]


async def test_who_sees_other_rows_has_an_order_of_their_own(
    ann: Any, bea: Any, declared: Declare
) -> None:
    """Asked in the same words; and what a colleague's order numbers is nothing to the others."""
    name = declared(
        get_queryset=lambda self: Product.objects.filter(owner=self.user.username),
    )
    await make(40, owner="ann")
    await make(30, 40, owner="bea")
    async with line(name, ann) as sheet, line(name, bea) as other:
        for one, count, first in ((sheet, 40, "n0000"), (other, 30, "n0040")):
            await one.arrange({"sorts": [{"column": "name"}]})
            assert (await whole(one))["count"] == count
            assert names(one)[0] == first
        mine, theirs = set(sheet.keys.values()), set(other.keys.values())
        assert mine
        assert theirs
        assert not mine & theirs


async def test_a_slow_order_shows_progress_and_is_given_up(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, more, read = threading.Event(), Ordered.more, []

    def slow(self: Ordered, *args: Any) -> Any:
        read.append(args)
        if len(read) == 2:
            assert go.wait(10)
        return more(self, *args)

    monkeypatch.setattr(Ordered, "more", slow)
    await make(1_000)
    async with line(sheet_name, ann) as sheet:
        try:
            await sheet.arrange()
            said = await told(sheet, count=100)
            assert (said["exact"], said["building"], said["ref"]) == (False, True, None)
            assert (await sheet.enter(95, rows=1))["place"] == 95, "which is known"
            await sheet.send(type="enter", ref="far", order=sheet.order, place=900, rows=1)
            await sheet.send(type="cancel")
            page = await sheet.receive_until(lambda f: f.get("ref") == "far", "a page")
            assert page["place"] == 99, "the last that is known"
            await told(sheet, exact=False, building=False)
            again = asyncio.ensure_future(sheet.arrange(search="n09"))
            await asyncio.sleep(0)
        finally:
            go.set()
        await again
        assert (await whole(sheet))["count"] == 100


async def test_who_gives_up_an_order_for_which_others_wait_is_not_kept_waiting(
    ann: Any, bea: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, more, read = threading.Event(), Ordered.more, []

    def slow(self: Ordered, *args: Any) -> Any:
        read.append(args)
        if len(read) == 2:
            assert go.wait(10)
        return more(self, *args)

    monkeypatch.setattr(Ordered, "more", slow)
    await make(1_000)
    async with line(sheet_name, ann) as sheet, line(sheet_name, bea) as other:
        try:
            for one in (sheet, other):
                await one.arrange()
                await told(one, count=100, building=True)
            await sheet.send(type="cancel")
            assert (await told(sheet, building=False))["exact"] is False
        finally:
            go.set()
        assert (await whole(other))["count"] == 1_000
        await sheet.enter(5)  # whatever else was said of it has come by now
        *_earlier, last = (frame for frame in sheet.frames if frame["type"] == "order")
        assert last["building"] is False


async def test_no_row_is_read_from_a_page_that_could_not_be_entered(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pks = await make(30)

    def away(self: Ordered, *_args: Any) -> Any:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(Ordered, "place_of", away)
    async with line(sheet_name, ann) as sheet:
        assert (await sheet.arrange(near=pks[20], rows=3))["code"] == "failed"
        sheet.order = next(f["order"] for f in sheet.frames if f["type"] == "order")
        assert (await sheet.window(0, 3))["code"] == "no_order", "not as if it had no rows"


async def test_who_is_elsewhere_by_now_is_not_answered_with_former_rights(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, first = threading.Event(), threading.Event(), Ordered.first

    def slow(self: Ordered, most: int) -> Any:
        begun.set()
        assert go.wait(10)
        return first(self, most)

    monkeypatch.setattr(Ordered, "first", slow)
    await make(3)
    async with line(sheet_name, ann) as sheet:
        try:
            await sheet.send(type="arrange", ref="a", view={}, search="", near=None, rows=5)
            assert await asyncio.to_thread(begun.wait, 10)
            (feed,) = running()
            (member,) = (m for a in feed.audiences.values() for m in a.members)
            feed.part(member)
        finally:
            go.set()
        answer = await sheet.receive_until(lambda f: f.get("ref") == "a", "an answer")
        assert answer["code"] == "superseded"
        assert sheet.rows == {}


async def test_first_rows_that_take_long_are_given_up_for_another_order(
    ann: Any, sheet_name: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVESHEET = {"STATEMENT_SECONDS": 0}
    await make(20)
    endless, first = Endless(), Ordered.first

    def slow(self: Ordered, most: int) -> Any:
        if not endless.begun.is_set():
            endless.run()
        return first(self, most)

    monkeypatch.setattr(Ordered, "first", slow)
    async with line(sheet_name, ann, timeout=60) as sheet:
        await sheet.send(type="arrange", ref="a1", view={}, search="", near=None, rows=5)
        await asyncio.to_thread(endless.begun.wait, 60)
        page = await sheet.arrange({"sorts": [{"column": "stock"}]}, rows=5)
        assert page["ref"] != "a1"
        (error,) = (f for f in sheet.frames if f["type"] == "error")
        assert (error["ref"], error["code"]) == ("a1", "superseded")
        assert await asyncio.to_thread(endless.ended.wait, 60)


async def test_about_how_many_there_are_is_said_until_they_are_counted(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ordered, "estimate", lambda self: 5_000)
    await make(250)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange()
        assert (await told(sheet, exact=False, about=5_000))["count"] < 250
        assert (await whole(sheet))["about"] is None


async def test_a_statement_that_took_too_long_is_tried_with_fewer_places(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more, read = Ordered.more, []

    def slow(self: Ordered, asked: Any, most: int) -> Any:
        read.append(most)
        if most > 200:
            raise OperationalError("canceling statement due to statement timeout")
        return more(self, asked, most)

    monkeypatch.setattr(Ordered, "more", slow)
    monkeypatch.setattr(order, "GROWTH", order.SHRINKAGE)
    monkeypatch.setattr(order, "SLOW_SECONDS", 1_000)
    await make(350)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange()
        assert (await whole(sheet))["count"] == 350
    assert read == [100, 400, 100, 100, 100]


# --- what is followed ------------------------------------------------------------------------


@sync_to_async
def write(pk: str, **values: Any) -> None:
    row = Product.objects.get(pk=pk)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


async def quiet(client: LiveSheetCommunicator) -> list[dict[str, Any]]:
    """The changes that had come by the time that everything was told."""
    done = f"done {len(client.frames)}"
    seen = next(iter(client.rows))
    await write(seen, owner=done)
    await client.until(lambda: client.value(seen, "owner") == done)
    return [f for f in client.frames if f["type"] == "change"]


async def test_a_socket_is_told_of_what_it_was_sent_and_of_nothing_else(
    ann: Any, sheet_name: str
) -> None:
    pks = await make(100)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=5)
        await write(pks[50], stock=999)
        await write(pks[3], stock=5)
        changes = await quiet(sheet)
        assert {row[0] for f in changes for row in f["rows"]} <= set(pks[:5])
        assert sheet.value(pks[3], "stock") == 5
        await whole(sheet)
        await sheet.enter(50, rows=2)
        assert sheet.value(pks[50], "stock") == 999
        at = len(sheet.frames)
        await write(pks[3], stock=6)
        await write(pks[50], stock=7)
        await quiet(sheet)
        since = {r[0] for f in sheet.frames[at:] if f["type"] == "change" for r in f["rows"]}
        assert since == {pks[50]}, "the former page is followed no longer"


async def test_a_row_that_is_kept_is_followed_on_another_page(ann: Any, sheet_name: str) -> None:
    pks = await make(100)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=5)
        await whole(sheet)
        await sheet.enter(50, rows=2, keep=[pks[3], pks[70]])
        at = len(sheet.frames)
        await write(pks[70], stock=8)
        await write(pks[4], stock=8)
        await write(pks[3], stock=8)
        await quiet(sheet)
        since = {r[0] for f in sheet.frames[at:] if f["type"] == "change" for r in f["rows"]}
        assert since & {pks[3], pks[4], pks[70]} == {pks[3]}, (
            "of those that it followed, and of no other"
        )


async def test_what_nobody_looks_at_any_more_takes_no_memory(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windowed, "MOST_STRAY", 40)
    await make(300)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=10)
        await whole(sheet)
        audience = next(a for feed in running() for a in feed.audiences.values())
        held = []
        for place in range(0, 300, 10):
            await sheet.enter(place, rows=10)
            held.append(len(audience.told.pks))
        assert 10 <= min(held) < max(held) <= 40 + 3 * 10


async def test_rows_that_leave_are_gone(ann: Any, declared: Declare) -> None:
    def visible(self: Any) -> Any:
        return Product.objects.exclude(owner="hidden")

    pks = await make(30)
    async with line(declared(get_queryset=visible), ann) as sheet:
        await sheet.arrange(rows=6)
        await write(pks[1], owner="hidden")
        await sync_to_async(Product.objects.filter(pk__in=[pks[2], pks[20]]).delete)()
        await sheet.until(lambda: pks[1] not in sheet.rows and pks[2] not in sheet.rows)
        changes = await quiet(sheet)
        assert {pk for f in changes for pk in f["gone"]} == {pks[1], pks[2]}
        part = await sheet.window(0, 8)
        assert part["keys"] == pks[:8], "places stay as they were"
        assert [row[0] for row in part["rows"]] == [pks[0], *pks[3:8]]


async def test_edits_adds_and_deletes_reach_their_author(ann: Any, sheet_name: str) -> None:
    pks = await make(40)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=5)
        reply = await sheet.edit(pks[2], "stock", 77, base=2)
        assert reply["ok"], reply
        await sheet.until(lambda: sheet.value(pks[2], "stock") == 77)
        reply = await sheet.add(name="zz")
        new = reply["results"][0]["pk"]
        await sheet.until(lambda: sheet.value(new, "name") == "zz")
        far = await sheet.edit(pks[30], "stock", 5, base=30 % 7)
        assert far["ok"]
        await sheet.until(lambda: sheet.value(pks[30], "stock") == 5)
        refs = {tuple(ref[:2]) for f in sheet.frames for ref in f.get("refs", ())}
        assert refs == {(sheet.client, f"r{n}") for n in (2, 3, 4)}
        reply = await sheet.delete(pks[2], sheet.cursor)
        assert reply["ok"], reply
        await sheet.until(lambda: pks[2] not in sheet.rows)


async def test_two_windows_each_get_their_own_of_one_batch(
    ann: Any, bea: Any, sheet_name: str
) -> None:
    pks = await make(100)
    async with line(sheet_name, ann) as sheet, line(sheet_name, bea) as other:
        await sheet.arrange(rows=5)
        await other.arrange(near=pks[50], rows=5)

        def write_all() -> None:
            with transaction.atomic():
                Product.objects.all().update(owner="all")

        await sync_to_async(write_all)()
        for client, own in ((sheet, pks[:5]), (other, pks[50:55])):
            await client.until(
                lambda c=client, own=own: all(c.value(pk, "owner") == "all" for pk in own)
            )
            assert set(client.rows) == set(own)


async def test_labels_come_with_the_rows_that_use_them(ann: Any, declared: Declare) -> None:
    nord = await Supplier.objects.acreate(name="Nord")
    pks = await make(30, supplier=nord)
    async with line(declared(fields=["name", "owner", "supplier"]), ann) as sheet:
        await sheet.arrange(rows=3)
        assert sheet.labels["supplier"] == {str(nord.pk): "Nord"}
        nord.name = "North"
        await nord.asave()
        await sheet.until(lambda: sheet.labels["supplier"][str(nord.pk)] == "North")
        assert set(sheet.rows) == set(pks[:3])


async def test_new_rows_are_counted(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange({"filters": [{"column": "stock", "kind": "lt", "text": "3"}]})
        assert (await whole(sheet))["count"] == 14
        await make(7, start=100)
        await told(sheet, new=3)
        monkeypatch.setattr(windowed, "MOST_NEW", 9)
        await make(7, start=200)
        await told(sheet, new=None)
        page = await sheet.arrange()
        assert page["rows"] == 10


async def test_rows_that_come_while_others_are_counted_are_counted_as_well(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_counting, may_end = asyncio.Event(), asyncio.Event()
    count = windowed.WindowedAudience._new_of

    async def slowly(self: Any, order: Any) -> int | None:
        found = await count(self, order)
        is_counting.set()
        await may_end.wait()
        return found

    monkeypatch.setattr(windowed.WindowedAudience, "_new_of", slowly)
    await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange()
        await whole(sheet)
        audience = next(a for feed in running() for a in feed.audiences.values())
        await make(2, start=100)
        async with asyncio.timeout(60):
            await is_counting.wait()
            await make(3, start=200)
            while len(audience._added) < 5:
                await asyncio.sleep(0.01)
        may_end.set()
        await told(sheet, new=5)


# --- manners ---------------------------------------------------------------------------------


async def test_what_was_written_while_a_window_was_read_is_not_lost(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is read, written and told of, and only then the answer goes out."""
    pks = await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=2)
        held, has_read, others_read = asyncio.Event(), asyncio.Event(), asyncio.Event()
        reading = following.Following.rows_of

        async def slow(self: Any, keys: list[str]) -> Any:
            if keys != pks[5:7]:
                return await reading(self, keys)
            inner = self.audience.reading.news

            async def read(*args: Any) -> Any:
                found = await inner(*args)
                has_read.set()
                await held.wait()
                return found

            monkeypatch.setattr(self.audience.reading, "news", read)
            asked = asyncio.ensure_future(reading(self, keys))
            await has_read.wait()
            monkeypatch.setattr(self.audience.reading, "news", inner)
            others_read.set()
            return await asked

        monkeypatch.setattr(following.Following, "rows_of", slow)
        await sheet.send(type="window", ref="w", order=sheet.order, **{"from": 5, "to": 7})
        async with asyncio.timeout(10):
            await others_read.wait()
        await write(pks[5], stock=4321)
        await sheet.until(lambda: sheet.value(pks[5], "stock") == 4321)
        held.set()
        part = await sheet.receive_until(lambda f: f.get("ref") == "w", "a part")
        assert [row[0] for row in part["rows"]] == [pks[6]], "the older one is kept back"
        assert sheet.value(pks[5], "stock") == 4321


async def test_a_socket_that_takes_nothing_in_catches_up(
    ann: Any, sheet_name: str, settings: Any
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_UNREAD_BYTES": 2_000}
    pks = await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=3)
        await sheet.send(type="ping", cursor=sheet.cursor)
        for n in range(40):
            await write(pks[n % 3], owner=f"{n:03}" * 10)
        last = {pk: f"{n:03}" * 10 for n, pk in zip((39, 37, 38), pks, strict=False)}

        def has_all() -> bool:
            return all(sheet.value(pk, "owner") == text for pk, text in last.items())

        async with asyncio.timeout(10):
            while not has_all():
                if (await sheet.receive())["type"] != "beat":  # which answers a ping
                    await sheet.send(type="ping", cursor=sheet.cursor)
        assert set(sheet.rows) == set(pks[:3])


async def test_a_reset_has_everything_asked_for_again(ann: Any, sheet_name: str) -> None:
    await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=3)
        audience = next(a for feed in running() for a in feed.audiences.values())
        audience.reset()
        await sheet.receive_until(lambda f: f["type"] == "rows" and f["reset"], "a reset")
        assert sheet.rows == {}
        assert (await sheet.window(0, 3))["code"] == "no_order"
        await sheet.arrange(rows=3)
        assert len(sheet.rows) == 3


async def test_who_comes_back_asks_for_the_same_order(ann: Any, sheet_name: str) -> None:
    pks = await make(100)
    sheet = line(sheet_name, ann)
    async with sheet:
        await sheet.arrange(near=pks[44], rows=3)
    await write(pks[44], stock=123)
    await sheet.connect()
    await sheet.open(resume=True)
    assert sheet.rows == {}
    page = await sheet.arrange(near=pks[44], rows=3)
    assert (page["place"], sheet.value(pks[44], "stock")) == (44, 123)
    await sheet.disconnect()


async def test_unseen_writes_are_found_in_what_was_sent(ann: Any, sheet_name: str) -> None:
    pks = await make(60)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=4)

        def unseen() -> None:
            with connection.cursor() as cursor:
                for pk in (pks[1], pks[40]):
                    cursor.execute("UPDATE app_product SET stock = 555 WHERE id = %s", [pk])
                cursor.execute("DELETE FROM app_product WHERE id = %s", [pks[2]])

        await sync_to_async(unseen)()
        audience = next(a for feed in running() for a in feed.audiences.values())
        assert await Comparison(audience).compare() == 2
        await sheet.until(lambda: sheet.value(pks[1], "stock") == 555 and pks[2] not in sheet.rows)


async def test_places_that_no_order_has_are_answered_at_its_end(ann: Any, sheet_name: str) -> None:
    await make(25)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=5)
        await whole(sheet)
        page = await sheet.enter(MOST - 1, rows=5)
        assert (page["to"], page["place"]) == (25, 24)
        part = await sheet.window(MOST - 2, MOST - 1)
        assert part["keys"] == part["rows"] == []


async def test_a_table_that_is_emptied_under_an_open_window_leaves_it_empty(
    ann: Any, sheet_name: str
) -> None:
    await make(25)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=5)
        await whole(sheet)

        def truncate() -> None:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM app_product")

        await sync_to_async(truncate)()
        audience = next(a for feed in running() for a in feed.audiences.values())
        await Comparison(audience).compare()
        await sheet.until(lambda: not sheet.rows)
        assert (await sheet.enter(20, rows=5))["rows"] == 0
        await sheet.arrange(search=" ", rows=5)
        assert (await whole(sheet))["count"] == 0


async def test_a_large_note_has_text_keys(ann: Any, declared: Declare) -> None:
    await Note.objects.abulk_create(Note(key=f"k{n:03}", text=str(n)) for n in range(50))
    name = declared(model=Note, fields=["key", "text"], ordering=["-key"])
    async with line(name, ann) as sheet:
        page = await sheet.arrange(near="k020", rows=2)
        assert page["place"] == 29
        assert [sheet.keys[n] for n in sorted(sheet.keys)] == ["k020", "k019"]


# --- what the oracle found -------------------------------------------------------------------


def audience_of(sheet_name: str) -> Any:
    found = [a for feed in running() for a in feed.audiences.values()]
    return next(a for a in found if a.sheet.get_name() == sheet_name)


def gate(patch: pytest.MonkeyPatch, where: Any, name: str, *, before: bool) -> tuple[Any, Any]:
    """Hold the next call of a coroutine until the second is set; the first says that it waits."""
    inner, waits, goes_on = getattr(where, name), asyncio.Event(), asyncio.Event()

    async def held(*args: Any) -> Any:
        patch.setattr(where, name, inner)
        found = None if before else await inner(*args)
        waits.set()
        await goes_on.wait()
        return await inner(*args) if before else found

    patch.setattr(where, name, held)
    return waits, goes_on


async def test_a_row_that_is_asked_for_again_and_gone_meanwhile_is_told_gone(
    ann: Any, sheet_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was deleted, and the change is on its way: the answer has no row, the change says so."""
    pks = await make(30)
    async with line(sheet_name, ann) as sheet:
        await sheet.arrange(rows=5)
        audience = audience_of(sheet_name)
        waits, goes_on = gate(monkeypatch, audience, "_publish", before=True)
        await sync_to_async(Product.objects.filter(pk=pks[2]).delete)()
        async with asyncio.timeout(10):
            await waits.wait()
        part = await sheet.window(0, 5)
        assert [row[0] for row in part["rows"]] == [*pks[:2], *pks[3:5]]
        goes_on.set()
        changes = await quiet(sheet)
        assert pks[2] in {pk for f in changes for pk in f["gone"]}


async def test_a_label_that_others_needed_meanwhile_is_sent_all_the_same(
    ann: Any, bea: Any, declared: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a window is read, another socket is told of a row with the same label."""
    monkeypatch.setattr(rows, "COMPLETE_LABELS", 0)
    name = declared(fields=["name", "owner", "supplier"])
    nord = await Supplier.objects.acreate(name="Nord")
    pks = await make(30)
    await Product.objects.filter(pk=pks[8]).aupdate(supplier=nord)
    async with line(name, ann) as sheet, line(name, bea) as other:
        await sheet.arrange(rows=3)
        await other.arrange(near=pks[20], rows=3)
        reading = audience_of(name).reading
        waits, goes_on = gate(monkeypatch, reading, "news", before=False)
        await sheet.send(type="window", ref="w", order=sheet.order, **{"from": 8, "to": 9})
        async with asyncio.timeout(10):
            await waits.wait()
        await write(pks[21], supplier=nord)
        await other.until(lambda: other.value(pks[21], "supplier") == str(nord.pk))
        goes_on.set()
        await sheet.receive_until(lambda f: f.get("ref") == "w", "a part")
        assert sheet.labels["supplier"][str(nord.pk)] == "Nord"


async def test_a_label_that_a_newcomer_read_before_it_was_told_is_told_the_others(
    ann: Any, bea: Any, declared: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = declared(fields=["name", "owner", "supplier"])
    nord = await Supplier.objects.acreate(name="Nord")
    await make(3, supplier=nord)
    async with line(name, ann) as sheet:
        await sheet.arrange(rows=3)
        waits, goes_on = gate(monkeypatch, audience_of(name), "_publish", before=True)
        nord.name = "North"
        await nord.asave()
        sud = await Supplier.objects.acreate(name="Sud")
        async with asyncio.timeout(10):
            await waits.wait()
        async with line(name, bea) as other:
            assert other.labels["supplier"][str(nord.pk)] == "North"
            goes_on.set()
            expected = {str(nord.pk): "North", str(sud.pk): "Sud"}
            await sheet.until(lambda: sheet.labels["supplier"] == expected)


async def test_a_row_that_left_and_came_back_while_a_socket_was_behind_is_followed(
    ann: Any, declared: Declare, settings: Any
) -> None:
    def visible(self: Any) -> Any:
        return Product.objects.exclude(owner="hidden")

    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_UNREAD_BYTES": 2_000}
    name = declared(get_queryset=visible)
    pks = await make(30)
    async with line(name, ann) as sheet:
        await sheet.arrange(rows=3)
        await sheet.send(type="ping", cursor=sheet.cursor)
        audience = audience_of(name)
        (member,) = audience.members
        n = 0
        async with asyncio.timeout(10):
            while member.socket.behind_since is None:
                await write(pks[0], owner=f"{(n := n + 1):03}" * 10)
            await write(pks[1], owner="hidden")
            while pks[1] in audience.told.pks:
                await asyncio.sleep(0)
        await write(pks[1], owner="back")
        async with asyncio.timeout(10):
            while sheet.value(pks[1], "owner") != "back":
                if (await sheet.receive())["type"] != "beat":
                    await sheet.send(type="ping", cursor=sheet.cursor)
        await write(pks[1], owner="again")
        await sheet.until(lambda: sheet.value(pks[1], "owner") == "again")
