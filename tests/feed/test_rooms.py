"""A room with many people: what is told of it, to whom, how often, and what that costs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from livesheet.feed import rooms
from livesheet.feed.rooms import MOST_NAMED, Person, Room

DEADLINE_SECONDS = 20.0


class Screen:
    """What one listener shows, from the frames that it was told."""

    def __init__(self, sees: str = "ab") -> None:
        self.sees = sees
        self.frames: list[str] = []
        self.here: dict[str, Person] = {}
        self.others = 0
        self.asked = 0  # how often it was looked up what it may see

    def may_see(self, pk: str) -> bool:
        self.asked += 1
        return pk in self.sees

    def has_column(self, name: str) -> bool:
        return True

    def sight(self) -> str:
        return self.sees

    def tell(self, text: str) -> None:
        self.frames.append(text)
        frame = json.loads(text)
        self.others = frame["others"]
        for person in frame["here"]:
            self.here[person["key"]] = person
            if person.get("left"):
                del self.here[person["key"]]


def person(key: str, pk: str | None = None) -> Person:
    look = {"id": key, "name": f"User {key}", "colour": "#000000"}
    return {"key": key, **look, "pk": pk, "column": pk and "x", "editing": False}


def a_room(tell_others: Callable[[Sequence[Person]], None] = lambda people: None) -> Room:
    return Room("room", tell_others)


def filled(room: Room, count: int) -> dict[str, Screen]:
    screens = {f"{n}": Screen() for n in range(count)}
    for key, screen in screens.items():
        room.enter(screen, person(key))
    return screens


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def settled(room: Room) -> None:
    """Everything that happened in the room has been told."""
    await until(lambda: room._timer is None)


@pytest.fixture
def long_ticks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Room], Awaitable[None]]:
    """The next tick never comes by itself: call what is returned for it."""
    monkeypatch.setattr(rooms, "TICK_SECONDS", 3600.0)
    monkeypatch.setattr(rooms, "MOST_TICK_SECONDS", 3600.0)

    async def tick(room: Room) -> None:
        assert room._timer is not None
        room._timer.cancel()
        room._tell()
        while not isinstance(room._timer, asyncio.TimerHandle | None):
            await asyncio.sleep(0)

    return tick


async def test_each_knows_fifty_others_by_name_and_the_number_of_the_rest() -> None:
    room = a_room()
    screens = filled(room, 60)
    await until(lambda: all(len(s.here) + s.others == 59 for s in screens.values()))
    first, last = screens["0"], screens["59"]
    assert set(first.here) == {f"{n}" for n in range(1, MOST_NAMED)}
    assert set(last.here) == {f"{n}" for n in range(MOST_NAMED)}
    assert (first.others, last.others) == (10, 9)


async def test_who_leaves_makes_room_for_another_name() -> None:
    room = a_room()
    screens = filled(room, 52)
    await settled(room)
    room.leave("3")
    await until(lambda: "50" in screens["0"].here)
    assert "3" not in screens["0"].here
    assert (screens["0"].others, screens["51"].others, screens["50"].others) == (1, 0, 1)
    room.leave("51")
    await until(lambda: screens["0"].others == 0)


@pytest.mark.parametrize("count", [60, 600])
async def test_joining_costs_the_same_with_few_and_with_many(count: int) -> None:
    room = a_room()
    screens = filled(room, count)
    await settled(room)
    sent = sum(len(screen.frames) for screen in screens.values())
    late = Screen()
    room.enter(late, person("late"))
    assert [len(json.loads(text)["here"]) for text in late.frames] == [MOST_NAMED]
    await until(lambda: all(s.others > count - MOST_NAMED - 1 for s in screens.values()))
    assert sum(len(s.frames) for s in screens.values()) <= sent + count


async def test_many_who_come_at_once_are_told_of_in_one_frame(
    long_ticks: Callable[[Room], Awaitable[None]],
) -> None:
    room = a_room()
    ann = Screen()
    room.enter(ann, person("ann"))
    filled(room, 300)
    before = len(ann.frames)
    await long_ticks(room)
    assert len(ann.frames) == before + 1
    assert (len(ann.here), ann.others) == (MOST_NAMED - 1, 251)


async def test_who_sees_the_same_is_sent_the_same_text_encoded_once(
    long_ticks: Callable[[Room], Awaitable[None]],
) -> None:
    room = a_room()
    screens = filled(room, 100)
    few = Screen(sees="a")
    room.enter(few, person("few"))
    await long_ticks(room)
    asked = sum(screen.asked for screen in screens.values())
    room.put(person("7", "b"))
    await long_ticks(room)
    watching = [screen for key, screen in screens.items() if int(key) in range(60, 100)]
    assert len({id(screen.frames[-1]) for screen in watching}) == 1
    assert sum(screen.asked for screen in screens.values()) == asked + 1
    assert watching[0].here["7"]["pk"] == "b"
    assert few.here["7"]["pk"] is None
    assert '"b"' not in "".join(few.frames)


async def test_nobody_is_told_of_oneself_or_of_nothing(
    long_ticks: Callable[[Room], Awaitable[None]],
) -> None:
    room = a_room()
    screens = filled(room, 3)
    await long_ticks(room)
    told = len(screens["1"].frames)
    room.put(person("1", "a"))
    await long_ticks(room)
    assert len(screens["1"].frames) == told
    assert all("1" not in json.loads(text)["here"] for text in screens["1"].frames)
    assert screens["2"].here["1"]["pk"] == "a"
    assert set(screens["1"].here) == {"0", "2"}


async def test_others_have_their_turn_while_many_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "SLICE_SECONDS", 0.0)
    room = a_room()
    screens = filled(room, 20)
    await settled(room)
    told = [len(screen.frames) for screen in screens.values()]
    room._next_at = 0.0
    room.put(person("remote"))
    assert sum(len(screen.frames) for screen in screens.values()) == sum(told) + 1
    room.leave("12")  # before it was its turn
    late = Screen()
    room.enter(late, person("late"))
    await until(lambda: "remote" in screens["19"].here and "late" in screens["19"].here)
    assert len(screens["12"].frames) == told[12]
    await settled(room)
    assert "12" not in late.here


async def test_other_processes_are_told_of_those_who_are_here_once_a_tick(
    long_ticks: Callable[[Room], Awaitable[None]],
) -> None:
    told: list[Sequence[Person]] = []
    room = a_room(told.append)
    filled(room, 100)
    room.put(person("from elsewhere"))
    assert len(told) == 1  # the first, who found nobody
    await long_ticks(room)
    assert [len(people) for people in told] == [1, 99]
    room.leave("99")
    await long_ticks(room)
    assert [(p["key"], p["left"]) for p in told[-1]] == [("99", True)]


async def test_a_tick_is_a_few_times_a_second_at_most() -> None:
    room = a_room()
    ann = Screen()
    room.enter(ann, person("ann"))
    room.enter(Screen(), person("bea"))
    began = time.monotonic()
    moves = 0
    while time.monotonic() < began + 1:
        moves += 1
        room.put({**person("bea"), "column": f"{moves}"})
        await asyncio.sleep(0.002)
    await until(lambda: ann.here["bea"]["column"] == f"{moves}")
    assert len(ann.frames) <= (time.monotonic() - began) / rooms.TICK_SECONDS + 4


def test_what_a_listener_may_see_is_all_that_it_is_told() -> None:
    screen, there = Screen(sees="a"), {**person("k", "b"), "editing": True}
    seen: Any = rooms._as_seen_by(screen, there)
    assert (seen["pk"], seen["column"], seen["editing"]) == (None, None, False)
