"""One socket never waits for another, and one that takes nothing in gets nothing more."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from livesheet import conf
from livesheet.exceptions import Refused
from livesheet.log.changelog import Position
from livesheet.wire import protocol, sockets
from livesheet.wire.sockets import Socket


def at(seq: int, epoch: str = "e") -> Position:
    return Position(epoch, seq, "t")


class Wire:
    """What a server's ``send`` took. ``shut`` makes it wait, as for a peer that reads nothing."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.drained = 0
        self.refused: list[Refused] = []
        self.socket = Socket(self.send, self.on_drained, self.refused.append)

    async def send(self, message: dict[str, Any]) -> None:
        if not self.open.is_set():
            await self.open.wait()
        self.texts.append(message["text"])

    def on_drained(self) -> None:
        self.drained += 1


async def test_a_frame_is_sent_at_once_without_a_task() -> None:
    wire = Wire()
    tasks = len(asyncio.all_tasks())
    wire.socket.deliver(["one"], at(1))
    assert wire.texts == ["one"]
    assert len(asyncio.all_tasks()) == tasks
    assert wire.socket.position == at(1)


async def test_a_send_that_suspends_parks_only_its_own_socket() -> None:
    slow, quick = Wire(), Wire()
    slow.open.clear()
    for text in ("one", "two", "three"):
        for wire in (slow, quick):
            wire.socket.write(text)
    assert (slow.texts, quick.texts) == ([], ["one", "two", "three"])
    slow.open.set()
    await slow.socket.drained()
    assert slow.texts == ["one", "two", "three"]


async def test_what_is_said_of_the_position_comes_after_what_waits() -> None:
    wire = Wire()
    wire.open.clear()
    wire.socket.deliver(["one"], at(1))
    wire.socket.deliver(["two", "three"], at(2))
    wire.socket.say({"beat": wire.socket.position.seq})  # type: ignore[union-attr]
    assert wire.texts == []
    wire.open.set()
    await wire.socket.drained()
    assert wire.texts == ["one", "two", "three", '{"beat":2}']


async def test_a_socket_that_acknowledges_nothing_falls_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 1_000)
    behind, other = Wire(), Wire()
    for seq in range(1, 31):
        for wire in (behind, other):
            if wire.socket.behind_since is None:
                wire.socket.deliver(["x" * 100], at(seq))
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
    behind.socket.deliver(["live again"], at(31))
    assert behind.texts[11:] == ["live again"]


@pytest.mark.parametrize(("upto", "is_taken_in"), [(2, False), (3, False), (4, True)])
async def test_an_answer_was_read_by_who_has_read_what_came_later(
    monkeypatch: pytest.MonkeyPatch, upto: int, is_taken_in: bool
) -> None:
    """It stands at no place in the log: whoever names its own may have read up to there alone."""
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 100)
    wire = Wire()
    wire.socket.deliver([], at(3))
    wire.socket.answer({"much": "x" * 200})
    assert wire.socket.behind_since is not None
    wire.socket.deliver([], at(4))
    wire.socket.acknowledge(at(upto))
    assert bool(wire.drained) == is_taken_in


async def test_a_stalled_reader_falls_behind_and_loses_nothing_of_what_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 1_000)
    wire = Wire()
    wire.open.clear()
    wire.socket.say({"type": "reply"})
    for seq in range(1, 12):
        wire.socket.deliver(["x" * 100], at(seq))
    assert wire.socket.behind_since is not None
    wire.open.set()
    await wire.socket.drained()
    assert [text[:2] for text in wire.texts] == ['{"', *["xx"] * 11]
    assert wire.drained == 0
    wire.socket.acknowledge(at(11))
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
    assert [refusal.close_code for refusal in wire.refused] == [protocol.TOO_SLOW]
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
