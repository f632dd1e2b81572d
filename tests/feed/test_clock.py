"""One clock looks at all sockets, and the trouble of one is no other's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from livesheet.exceptions import Refused
from livesheet.feed import clock
from livesheet.wire import protocol

DEADLINE_SECONDS = 20.0


class Line:
    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.looked = 0
        self.refused: list[Refused] = []

    def look_at_the_clock(self, now: float) -> None:
        self.looked += 1
        if self.trouble is not None:
            raise self.trouble

    def refuse(self, refusal: Refused) -> None:
        self.refused.append(refusal)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "TICK_SECONDS", 0.02)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def test_each_is_looked_at_again_and_again_newcomers_too() -> None:
    lines = {Line() for _ in range(30)}
    keeping = asyncio.create_task(clock.keep_time(lines))
    await until(lambda: all(line.looked > 2 for line in lines))
    lines.add(late := Line())
    await until(lambda: late.looked > 2)
    keeping.cancel()


async def test_each_is_looked_at_once_a_round_however_it_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "SLICE_SECONDS", 0.003)
    lines = [Line() for _ in range(25)]
    keeping = asyncio.create_task(clock.keep_time(lines))
    await until(lambda: all(line.looked >= 5 for line in lines))
    keeping.cancel()
    assert max(line.looked for line in lines) - min(line.looked for line in lines) <= 1


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
    keeping = asyncio.create_task(clock.keep_time([over, broken, other]))
    await until(lambda: other.looked > 2)
    keeping.cancel()
    assert over.refused[0].close_code == protocol.TOO_SLOW
    assert broken.refused[0].close_code == protocol.TRY_AGAIN
    assert not other.refused
