"""One feed per loop: from its first connection to its last, whatever happens to the log."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import translation

from livesheet.doorbell import doorbell
from livesheet.feed import feed
from livesheet.feed.feed import Feed
from livesheet.log import changelog
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


async def test_it_begins_with_the_first_and_ends_with_the_last(ann: Any) -> None:
    listeners = len(doorbell._listeners)
    async with LiveSheetCommunicator("note", ann) as one:
        ours = Feed.of_this_loop()
        async with LiveSheetCommunicator("note", ann):
            assert Feed.of_this_loop() is ours
            assert len(ours.connections) == 2
        assert len(doorbell._listeners) == listeners + 1
        assert one.frames
        tasks = list(ours._tasks)
    await asyncio.wait(tasks, timeout=10)
    assert all(task.cancelled() for task in tasks)
    assert (ours.audiences, ours.connections, ours._tasks) == ({}, set(), [])
    assert len(doorbell._listeners) == listeners
    async with LiveSheetCommunicator("note", ann) as again:
        await Note.objects.acreate(key="a")
        await again.until(lambda: "a" in again.rows)


async def test_many_audiences_are_told_in_several_turns_of_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, left, audiences, turn = list[tuple[int, int]](), 5, dict[int, Any](), 0
    monkeypatch.setattr(feed, "AUDIENCES_AT_ONCE", 2)

    class Noting:
        def __init__(self, key: int) -> None:
            self.key = key

        def take(self, entries: Any, position: Any) -> None:
            told.append((self.key, turn))
            audiences.pop(left, None)  # its last member leaves before its turn

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    audiences.update((key, Noting(key)) for key in range(6))
    ours: Any = SimpleNamespace(
        loop=asyncio.get_running_loop(), audiences=audiences,
        on_alias=lambda using: list(audiences.values()),
        rechecks=SimpleNamespace(written=lambda labels: None),
    )  # fmt: skip
    entry = changelog.Entry(
        7, "app.note", Change.Kind.SAVE, ("a",), "", "", "", "", index=None, tag="t"
    )
    counting = asyncio.create_task(count())
    follower = feed.Follower(ours, "default")
    await follower._hand_on([entry], "epoch")
    counting.cancel()
    assert [key for key, _turn in told] == [0, 1, 2, 3, 4]
    assert max(Counter(turn for _key, turn in told).values()) == 2
    assert follower.position is not None and follower.position.seq == 7


async def test_an_audience_ends_with_its_last_member(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann):
        ours = Feed.of_this_loop()
        async with LiveSheetCommunicator("product", ann):
            assert len(ours.audiences) == 2
        assert len(ours.audiences) == 1


async def test_it_inherits_nothing_of_its_first_user(ann: Any) -> None:
    seen: list[str] = []
    real = feed._read_news

    def read_news(*args: Any) -> Any:
        seen.append(translation.get_language())
        return real(*args)

    with pytest.MonkeyPatch.context() as patch, translation.override("de"):
        patch.setattr(feed, "_read_news", read_news)
        async with LiveSheetCommunicator("note", ann):
            pass
    assert set(seen) == {"en-us"}


async def test_without_any_bell_it_polls(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        doorbell.unlisten(Feed.of_this_loop()._heard)  # the writer is another process
        await Note.objects.acreate(key="a")
        await sheet.until(lambda: "a" in sheet.rows)


async def test_a_long_backlog_is_read_in_pieces(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "ENTRIES_AT_ONCE", 3)
    async with LiveSheetCommunicator("note", ann) as sheet:
        doorbell.unlisten(Feed.of_this_loop()._heard)
        for n in range(10):
            await Note.objects.acreate(key=str(n))
        await sheet.until(lambda: len(sheet.rows) == 10)


async def test_a_log_that_cannot_be_read_is_tried_again(
    ann: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed, "RETRY_SECONDS", 0.01)
    real, failing = feed._read_news, [False]

    def read_news(*args: Any) -> Any:
        if failing[0]:
            raise OperationalError("server closed the connection")
        return real(*args)

    monkeypatch.setattr(feed, "_read_news", read_news)
    async with LiveSheetCommunicator("note", ann) as sheet:
        failing[0] = True
        await Note.objects.acreate(key="a")
        async with asyncio.timeout(10):
            while "cannot be read; trying again" not in caplog.text:
                await asyncio.sleep(0.01)
        failing[0] = False
        await sheet.until(lambda: "a" in sheet.rows)


async def test_the_log_is_trimmed_from_time_to_time(
    ann: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LIVESHEET = {"KEEP_CHANGES": 2}
    monkeypatch.setattr(feed, "FIRST_TIDY_SECONDS", 0.01)
    monkeypatch.setattr(feed, "TIDY_SECONDS", 0.02)
    for n in range(10):
        await Note.objects.acreate(key=str(n))
    async with LiveSheetCommunicator("note", ann) as sheet:
        async with asyncio.timeout(10):
            while await Change.objects.acount() > 2:
                await asyncio.sleep(0.02)
        await Note.objects.acreate(key="after")
        await sheet.until(lambda: "after" in sheet.rows)


async def test_a_trim_beneath_a_sleeping_feed_means_a_snapshot(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"POLL_SECONDS": 60}
    async with LiveSheetCommunicator("note", ann) as sheet:
        ours = Feed.of_this_loop()
        doorbell.unlisten(ours._heard)
        for n in range(3):
            await Note.objects.acreate(key=str(n))
        await sync_to_async(changelog.stamp)("default")
        head = await sync_to_async(changelog.head)("default")
        column = changelog.place("default")
        await Change.objects.filter(**{f"{column}__lt": head.seq}).adelete()
        await changelog.Clock.objects.aupdate(trimmed_through=head.seq - 1)
        ours.wake("no such alias")
        ours.wake("default")
        await sheet.until(lambda: len(sheet.rows) == 3)
        assert not any(frame["type"] == "change" for frame in sheet.frames)


async def test_a_bell_after_the_end_of_its_loop_is_not_heard() -> None:
    ours = Feed()
    closed = asyncio.new_event_loop()
    closed.close()
    ours.loop = closed
    ours._heard("default")
