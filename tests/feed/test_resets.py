"""Snapshots for everybody: the first at once, the next ones further and further apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from livesheet.feed import resets
from livesheet.feed.resets import Resets


class Loop:
    """A clock that a test sets, and calls that it makes when their time has come."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[[], None]) -> Any:
        entry = (at, call)
        self.calls.append(entry)

        class Handle:
            cancel = staticmethod(lambda: self.calls.remove(entry))

        return Handle


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: made)
    return made


def wanted_at(loop: Loop) -> list[float]:
    return [at for at, _call in loop.calls]


def test_the_first_is_at_once_and_wanted_once(loop: Loop) -> None:
    made: list[str] = []
    reset = Resets(lambda: made.append("reset"))
    assert not reset.is_wanted
    reset.want()
    reset.want()
    assert reset.is_wanted
    assert wanted_at(loop) == [100.0]
    loop.calls[0][1]()
    assert made == ["reset"]
    reset.begun()
    assert not reset.is_wanted
    assert loop.calls == []


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_calm(loop: Loop) -> None:
    reset = Resets(lambda: None)
    pauses = []
    for _again in range(6):
        reset.begun()
        reset.want()
        (at,) = wanted_at(loop)
        pauses.append(at - loop.now)
        loop.now = at
    assert pauses == [2.0, 4.0, 8.0, 16.0, 30.0, resets.MOST_RESET_SECONDS]
    reset.begun()
    loop.now += 2 * resets.MOST_RESET_SECONDS  # as long again as it had to wait
    reset.begun()
    reset.want()
    assert wanted_at(loop) == [loop.now + resets.MOST_RESET_SECONDS]
    reset.stop()
    assert (reset.is_wanted, loop.calls) == (False, [])
    loop.now += 3 * resets.MOST_RESET_SECONDS
    reset.begun()
    reset.want()
    assert wanted_at(loop) == [loop.now + resets.RESET_SECONDS]
