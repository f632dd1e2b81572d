"""One socket never waits for another, and one that takes nothing in gets nothing more."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from livesheet import sockets
from livesheet.changelog import Position
from livesheet.sockets import Socket


def at(seq: int, epoch: str = "e") -> Position:
    return Position(epoch, seq, "t")


class Wire:
    """What a server's ``send`` took. ``shut`` makes it wait, as for a peer that reads nothing."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.drained = 0
        self.socket = Socket(self.send, self.on_drained)

    async def send(self, message: dict[str, Any]) -> None:
        if not self.open.is_set():
            await self.open.wait()
        self.texts.append(message["text"])

    def on_drained(self) -> None:
        self.drained += 1


async def test_a_frame_is_sent_at_once_without_a_task() -> None:
    wire = Wire()
    tasks = len(asyncio.all_tasks())
    wire.socket.deliver("one", at(1))
    assert wire.texts == ["one"]
    assert len(asyncio.all_tasks()) == tasks
    assert wire.socket.position == at(1)


async def test_a_send_that_suspends_parks_only_its_own_socket() -> None:
    slow, quick = Wire(), Wire()
    slow.open.clear()
    for text in ("one", "two", "three"):
        for wire in (slow, quick):
            wire.socket.deliver(text, None)
    assert (slow.texts, quick.texts) == ([], ["one", "two", "three"])
    slow.open.set()
    await slow.socket.drained()
    assert slow.texts == ["one", "two", "three"]


async def test_what_waits_is_not_told_as_delivered() -> None:
    wire = Wire()
    wire.socket.deliver("one", at(1))
    wire.open.clear()
    wire.socket.deliver("two", at(2))
    wire.socket.deliver("three", at(3))
    assert wire.socket.position == at(2)  # on its way; the third waits behind it
    wire.open.set()
    await wire.socket.drained()
    assert wire.socket.position == at(3)


async def test_only_the_last_part_of_a_batch_moves_the_cursor() -> None:
    wire = Wire()
    wire.socket.start_from(at(1))
    wire.socket.deliver("part", at(5), last=False)
    assert wire.socket.position == at(1)
    wire.socket.deliver("last", at(5))
    assert wire.socket.position == at(5)
    assert wire.texts == ["part", "last"]


async def test_frames_are_held_back_while_the_socket_reads_for_itself() -> None:
    wire = Wire()
    wire.socket.start_from(at(3))
    wire.socket.hold()
    for seq in (4, 5, 6):
        wire.socket.deliver(f"frame {seq}", at(seq))
    assert wire.texts == []
    wire.socket.say({"read": 5}, at(5))
    wire.socket.release()
    assert wire.texts == ['{"read":5}', "frame 6"]


async def test_a_frame_that_calls_rows_gone_is_never_dropped_as_old() -> None:
    wire = Wire()
    wire.socket.start_from(at(5))
    wire.socket.deliver("old rows", at(4))
    wire.socket.deliver("old, with gone", at(4), keep=True)
    wire.socket.deliver("what mends it", at(5))
    assert wire.texts == ["old, with gone", "what mends it"]


async def test_another_log_is_never_old() -> None:
    wire = Wire()
    wire.socket.start_from(at(900))
    wire.socket.deliver("new", at(1, epoch="f"))
    assert wire.texts == ["new"]


async def test_a_socket_that_acknowledges_nothing_falls_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "MAX_UNACKED_BYTES", 1_000)
    behind, other = Wire(), Wire()
    for seq in range(1, 31):
        for wire in (behind, other):
            wire.socket.deliver("x" * 100, at(seq))
        other.socket.acknowledge(at(seq))
    assert len(other.texts) == 30
    assert len(behind.texts) == 11
    assert behind.socket.behind_since is not None
    assert other.socket.behind_since is None
    assert behind.drained == 0

    behind.socket.acknowledge(at(5))  # 600 bytes are still under way
    assert behind.drained == 0
    behind.socket.acknowledge(at(7))
    assert behind.drained == 1
    behind.socket.caught_up()
    behind.socket.deliver("live again", at(31))
    assert behind.texts[11:] == ["live again"]


async def test_its_own_frames_still_reach_a_socket_that_is_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "MAX_UNACKED_BYTES", 100)
    wire = Wire()
    wire.socket.deliver("x" * 200, at(1))
    wire.socket.deliver("not this", at(2))
    wire.socket.say({"type": "reply"})
    assert [text[:5] for text in wire.texts] == ["xxxxx", '{"typ']


async def test_waiting_changes_are_dropped_for_a_stalled_reader_but_replies_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "MAX_UNACKED_BYTES", 1_000)
    wire = Wire()
    wire.open.clear()
    wire.socket.say({"type": "reply", "ref": "1"})
    wire.socket.say({"type": "reply", "ref": "2"})
    for seq in range(1, 30):
        wire.socket.deliver("x" * 100, at(seq))
    assert wire.socket.behind_since is not None
    assert wire.socket.position is None  # it has not been given any of them
    wire.open.set()
    await wire.socket.drained()
    assert [json.loads(text)["ref"] for text in wire.texts] == ["1", "2"]
    assert wire.drained == 1


async def test_a_reader_that_lets_everything_pile_up_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "MAX_WAITING_BYTES", 1_000)
    wire = Wire()
    wire.open.clear()
    for _ in range(20):
        wire.socket.say({"text": "x" * 100})
    assert wire.socket.closed
    wire.socket.say({"text": "more"})
    wire.open.set()
    await asyncio.sleep(0)
    assert wire.texts in ([], [json.dumps({"text": "x" * 100}, separators=(",", ":"))])


async def test_a_peer_that_went_away_disturbs_nobody() -> None:
    async def gone(message: dict[str, Any]) -> None:
        raise ConnectionResetError

    async def goes(message: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        raise ConnectionResetError

    at_once, later = Socket(gone, lambda: None), Socket(goes, lambda: None)
    at_once.say({})
    later.say({})
    later.say({"waits": 1})
    await later.drained()
    assert later.closed
    assert not at_once.closed  # the receiving side hears of it


async def test_a_send_that_is_no_coroutine_is_awaited() -> None:
    done: list[str] = []

    def send(message: dict[str, Any]) -> asyncio.Future[None]:
        return asyncio.ensure_future(record(message["text"]))

    async def record(text: str) -> None:
        done.append(text)

    socket = Socket(send, lambda: None)
    socket.say({"a": 1})
    socket.say({"b": 2})
    await socket.drained()
    assert done == ['{"a":1}', '{"b":2}']


async def test_a_send_may_wait_several_times_and_be_cancelled() -> None:
    steps: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        try:
            for _ in range(2):
                await asyncio.sleep(0.001)
                steps.append(message["text"])
        except asyncio.CancelledError:
            steps.append("cancelled")
            await asyncio.sleep(0.001)  # a server that tidies up
            raise

    socket = Socket(send, lambda: None)
    socket.say({})
    await socket.drained()
    assert steps == ["{}", "{}"]
    socket.say({})
    parked = socket._parked
    assert parked is not None
    await asyncio.sleep(0)
    parked.cancel()
    await asyncio.wait([parked])
    assert steps == ["{}", "{}", "cancelled"]
