"""One clock looks at all sockets, and the trouble of one is no other's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from livesheet.exceptions import Refused
from livesheet.feed import clock
from livesheet.feed.clock import Clock
from livesheet.wire import protocol

DEADLINE_SECONDS = 20.0


class Line:
    """A connection that wants to be looked at every ``each`` seconds."""

    def __init__(self, trouble: Exception | None = None, each: float = 0.0) -> None:
        self.trouble, self.each = trouble, each
        self.looked: list[float] = []
        self.refused: list[Refused] = []

    def look_at_the_clock(self, now: float) -> float:
        self.looked.append(now)
        if self.trouble is not None:
            raise self.trouble
        return now + self.each

    def refuse(self, refusal: Refused) -> None:
        self.refused.append(refusal)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "SLICE_SECONDS", 0.01)


@asynccontextmanager
async def keeping(*lines: Line) -> AsyncIterator[Clock]:
    present = set(lines)
    keeper = Clock(present)
    for line in lines:
        keeper.enter(line)
    task = asyncio.create_task(keeper.keep_time())
    try:
        yield keeper
    finally:
        task.cancel()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def test_each_is_looked_at_again_and_again_newcomers_too() -> None:
    lines, late = [Line() for _ in range(2 * clock.AT_ONCE)], Line()
    present = set(lines)
    keeper = Clock(present)
    for line in lines:
        keeper.enter(line)
    task = asyncio.create_task(keeper.keep_time())
    await until(lambda: all(len(line.looked) > 2 for line in lines))
    present.add(late)
    keeper.enter(late)
    await until(lambda: len(late.looked) > 2)
    present.discard(late)
    looked = len(late.looked)
    before = len(lines[0].looked)
    await until(lambda: len(lines[0].looked) > before + 2)
    task.cancel()
    assert len(late.looked) == looked  # it has gone


async def test_nobody_is_looked_at_before_the_time_that_he_said() -> None:
    often, seldom = Line(), Line(each=0.5)
    async with keeping(often, seldom):
        await until(lambda: len(seldom.looked) > 2)
    between = [later - earlier for earlier, later in pairwise(seldom.looked)]
    assert min(between) >= 0.5
    assert len(often.looked) > len(seldom.looked)


async def test_many_who_are_due_together_leave_others_their_turn() -> None:
    lines = [Line(each=60.0) for _ in range(10 * clock.AT_ONCE)]
    async with keeping(*lines):
        turns = set()
        while not all(line.looked for line in lines):
            turns.add(sum(bool(line.looked) for line in lines))
            await asyncio.sleep(0)
    assert {n * clock.AT_ONCE for n in range(10)} <= turns


def test_rights_are_read_again_within_the_time_and_not_for_all_at_once(settings: Any) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "RECHECK_SECONDS": 30}
    began = time.monotonic()
    due = [clock.next_recheck() - began for _ in range(200)]
    ended = time.monotonic() - began
    assert 24 <= min(due) < 26
    assert 28 < max(due) <= 30 + ended


async def test_whose_time_is_over_is_refused_and_a_fault_is_nobody_else_s() -> None:
    over = Line(Refused(protocol.TOO_SLOW, "over", 5))
    broken, other = Line(ZeroDivisionError()), Line()
    async with keeping(over, broken, other):
        await until(lambda: len(other.looked) > 2)
    assert [refused.close_code for refused in over.refused] == [protocol.TOO_SLOW]
    assert [refused.close_code for refused in broken.refused] == [protocol.TRY_AGAIN]
    assert not other.refused
