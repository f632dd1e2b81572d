"""All rows are read once for all who load them, and nobody misses what is written meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import Refused
from livesheet.feed import snapshots
from livesheet.feed.backlogs import Backlog
from livesheet.feed.feed import Feed
from livesheet.feed.snapshots import Snapshot
from livesheet.feed.told import Told
from livesheet.log.changelog import Position
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests import unseen
from tests.app.models import Note, Product

pytestmark = pytest.mark.django_db(transaction=True)


class Readings:
    """Counts the readings; that of the number `paused` waits after its first rows for `go()`."""

    def __init__(self, real: Callable[[Snapshot], Iterator[Any]]) -> None:
        self.real = real
        self.count = self.paused = 0
        self.reached, self.free = threading.Event(), threading.Event()
        self.go = self.free.set

    def read(self, snapshot: Snapshot) -> Iterator[Any]:
        self.count += 1
        number = self.count
        # All at once, because SQLite lets nobody write while somebody is in the midst of reading.
        for n, chunk in enumerate(list(self.real(snapshot))):
            if n == 1 and number == self.paused:
                self.reached.set()
                assert self.free.wait(30)
            yield chunk

    async def under_way(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, 30)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    """Two notes in chunks of one row."""
    for key in ("a", "b"):
        Note.objects.create(key=key, text="old")
    monkeypatch.setattr(snapshots, "FIRST_CHUNK", 1)
    monkeypatch.setattr(snapshots, "CHUNK", 1)
    counted = Readings(Snapshot._read_chunks)
    monkeypatch.setattr(Snapshot, "_read_chunks", lambda self: counted.read(self))
    return counted


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@sync_to_async
def write_too_much_to_name() -> None:
    unseen.update(Note, text="new")
    Change.objects.create(
        model="app.note", kind=Change.Kind.RESYNC, pks="[]", tag="t", at=timezone.now()
    )


async def test_who_loads_at_the_same_time_shares_a_reading(ann: Any, readings: Readings) -> None:
    async with LiveSheetCommunicator("note", ann) as one, LiveSheetCommunicator("note", ann) as two:
        assert readings.count == 2  # one after the other
        readings.paused = 3
        await write_too_much_to_name()
        Feed.of_this_loop().wake("default")
        await readings.under_way()
        readings.go()
        for sheet in (one, two):
            await sheet.until(lambda sheet=sheet: sheet.value("b", "text") == "new")  # type: ignore[misc]
        assert readings.count == 3
        assert one.rows == two.rows


async def test_a_sheet_that_is_long_in_loading_keeps_no_other_sheet(
    ann: Any, readings: Readings
) -> None:
    """Those of one sheet are read one after the other, which no other sheet waits for."""
    await Product.objects.acreate(name="Table")
    readings.paused = 1
    slow = LiveSheetCommunicator("note", ann)
    await slow.connect()
    opening = asyncio.create_task(slow.open())
    await readings.under_way()
    try:
        async with LiveSheetCommunicator("product", ann) as other:
            assert len(other.rows) == 1
            assert not opening.done()
    finally:
        readings.go()
    await opening
    assert len(slow.rows) == 2
    await slow.disconnect()


async def test_who_comes_late_gets_the_whole_and_what_was_written_since(
    ann: Any, readings: Readings
) -> None:
    readings.paused = 1
    one, two = LiveSheetCommunicator("note", ann), LiveSheetCommunicator("note", ann)
    await one.connect()
    first = asyncio.create_task(one.open())
    await readings.under_way()
    await Note(key="a", text="new").asave()
    await Note.objects.filter(key="b").adelete()
    await two.connect()
    second = asyncio.create_task(two.open())
    await eventually(lambda: bool(two.columns))
    readings.go()
    await asyncio.gather(first, second)
    for sheet in (one, two):
        await sheet.until(lambda sheet=sheet: sheet.value("a", "text") == "new")  # type: ignore[misc]
        await sheet.until(lambda sheet=sheet: "b" not in sheet.rows)  # type: ignore[misc]
        await sheet.disconnect()


async def test_two_snapshots_never_mix_on_one_socket(ann: Any, readings: Readings) -> None:
    """What makes all rows be read anew while they are being read the first time."""
    readings.paused = 1
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    opening = asyncio.create_task(sheet.open())
    await readings.under_way()
    await write_too_much_to_name()
    (audience,) = Feed.of_this_loop().audiences.values()
    (member,) = audience.members
    audience.reset()
    if member._task is not None:  # it would be the second one
        await asyncio.wait([member._task], timeout=10)
    readings.go()
    await opening
    await sheet.until(lambda: {row[2] for row in sheet.rows.values()} == {"new"})
    chunks = [frame for frame in sheet.frames if frame["type"] == "rows"]
    while not chunks[-1]["done"]:
        chunks.append(await sheet.receive())
    marks = [(frame["reset"], frame["done"]) for frame in chunks]
    once = [(True, False), (False, False), (False, True)]
    # The first may have been given up before its first part went out.
    assert marks == once * (len(marks) // 3)
    assert marks
    await sheet.disconnect()


async def test_a_reading_that_is_refused_tells_all_who_wait_for_it(ann: Any) -> None:
    class Few(LiveSheetConsumer):
        model = Note
        sheet_name = "few"
        fields = ["key"]
        max_rows = 1

    try:
        for key in ("a", "b"):
            await Note.objects.acreate(key=key)
        backlog = Backlog(Position("e", 0, ""))
        snapshot = Snapshot(Few(ann), "en", Told(), backlog, None)

        async def take() -> list[Any]:
            return [chunk async for chunk in snapshot.chunks()]

        told = await asyncio.gather(take(), take(), return_exceptions=True)
        assert [type(error) for error in told] == [Refused, Refused]
    finally:
        unregister(Few)


async def test_a_row_that_went_between_its_reading_and_its_sending_is_gone(
    ann: Any, readings: Readings
) -> None:
    """Nobody was known to have it when it went, so that no frame for all calls it gone."""
    readings.paused = 1
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    opening = asyncio.create_task(sheet.open())
    await readings.under_way()  # of the second row, which has been read
    await Note.objects.filter(key="b").adelete()
    await Note.objects.acreate(key="c", text="later")
    (audience,) = Feed.of_this_loop().audiences.values()
    (member,) = audience.members
    await eventually(lambda: member.backlog is not None and "c" in member.backlog.by)
    readings.go()
    await opening
    await sheet.until(lambda: set(sheet.rows) == {"a", "c"})
    await sheet.disconnect()
