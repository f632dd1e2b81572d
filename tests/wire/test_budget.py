from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest

from livesheet.exceptions import Refused
from livesheet.wire import budget, protocol
from livesheet.wire.budget import (
    Budget,
    LastWins,
    Party,
    Turns,
    Waiting,
    can_pause,
    party_of,
)
from livesheet.wire.protocol import Request


def test_four_seconds_worth_at_once_and_then_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(budget.time, "monotonic", lambda: now)
    tokens = Budget(10)
    assert [tokens.spend() for _ in range(41)] == [True] * 40 + [False]
    now += 1
    assert [tokens.spend() for _ in range(11)] == [True] * 10 + [False]
    now += 3_600
    assert sum(tokens.spend() for _ in range(100)) == 40


def test_how_long_to_wait_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(budget.time, "monotonic", lambda: now)
    tokens = Budget(10)
    assert tokens.seconds_to_wait() == 0
    for _n in range(40):
        tokens.spend()
    assert tokens.seconds_to_wait() == pytest.approx(0.1)
    now += 0.1
    assert tokens.spend()
    assert not tokens.spend()
    tokens.give_back()
    assert tokens.spend()


def test_only_a_server_that_says_so_can_stop_reading() -> None:
    """As uvicorn and hypercorn say it, and daphne and an unknown one do not."""
    assert can_pause({"asgi": {"version": "3.0", "spec_version": "2.4"}})
    assert not can_pause({"asgi": {"version": "3.0"}})
    assert not can_pause({})


PAUSING, READING_ON = {"asgi": {"spec_version": "2.3"}}, {"asgi": {"version": "3.0"}}


async def test_a_client_that_is_too_fast_is_left_unread_until_there_is_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, slept = 1_000.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    monkeypatch.setattr(budget.time, "monotonic", lambda: now)
    monkeypatch.setattr(budget.asyncio, "sleep", sleep)
    tokens = Budget(10)
    for _ in range(41):
        await tokens.spend_in_time(PAUSING)
    assert sum(slept) == pytest.approx(0.1)


@pytest.mark.parametrize(("rate", "scope"), [(10, READING_ON), (0.1, PAUSING)])
async def test_a_client_is_ended_where_waiting_is_no_help_or_takes_too_long(
    rate: float, scope: Any
) -> None:
    tokens = Budget(rate)
    while tokens.spend():
        pass
    with pytest.raises(Refused) as ended:
        await tokens.spend_in_time(scope)
    assert ended.value.close_code == protocol.TOO_MUCH


async def test_of_many_moves_the_first_and_the_last_are_told() -> None:
    told: list[tuple[int, float]] = []
    moves = LastWins(10, lambda n: told.append((n, time.monotonic())))
    for n in range(400):
        moves.put(n)
    async with asyncio.timeout(5):
        while len(told) < 2:
            await asyncio.sleep(0.01)
    assert [n for n, _at in told] == [0, 399]
    assert told[1][1] - told[0][1] > 0.09
    moves.put(400)
    moves.cancel()
    await asyncio.sleep(0.15)
    assert len(told) == 2


async def test_each_user_has_turns_of_their_own() -> None:
    turns, under_way, most = Turns(lambda: 2), [0], [0]
    order: list[int] = []

    async def work(n: int) -> None:
        async with turns.turn(Party("1")):
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            await asyncio.sleep(0.01)
            under_way[0] -= 1
            order.append(n)

    working = asyncio.gather(*(work(n) for n in range(10)))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        async with AsyncExitStack() as many:
            for party in [Party("2")] * 2 + [Party("address 127.0.0.1", users=3)] * 6:
                await many.enter_async_context(turns.turn(party))
            assert order == []  # nobody waits for another user
    await working
    assert most == [2]
    assert order == sorted(order)
    assert (turns._gates, turns._takers) == ({}, {})


@pytest.mark.parametrize(
    ("client", "key"),
    [
        (("192.0.2.7", 1), "address 192.0.2.7"),
        (("::ffff:192.0.2.7", 1), "address 192.0.2.7"),
        (("2001:db8:1:2:3::4", 1), "address 2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::%eth0", 1), "address 2001:db8:1:2::/64"),
        (("testclient", 1), "address testclient"),
        (("", None), "address "),
        (None, "address "),
    ],
)
def test_who_is_not_signed_in_is_counted_by_address(client: Any, key: str) -> None:
    assert party_of("", {"client": client}) == Party(key, 10)
    assert party_of("7", {"client": client}) == Party("7")


async def test_a_large_request_waits_as_the_text_that_it_came_as() -> None:
    """Two hundred of one socket would take thirty megabytes, and each user has many sockets."""
    cells = [[str(10_000 + n), "text", f"mine {n}", f"no base {n}"] for n in range(500)]
    text = json.dumps({"type": "edit", "ref": "r", "cells": cells})
    waiting, same = Waiting(2), protocol.parse(text)
    tracemalloc.start()
    try:
        waiting.put(cast(Request, protocol.parse(text)), text)
        held, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 * len(text)  # what was read takes six times as much
    assert waiting.get() == same


async def test_a_small_request_is_not_read_twice() -> None:
    small = '{"type": "delete", "ref": "r", "pks": [["1", null]]}'
    waiting, read = Waiting(1), cast(Request, protocol.parse(small))
    waiting.put(read, small)
    assert waiting.get() is read


async def test_beyond_the_number_nobody_waits() -> None:
    waiting = Waiting(1)
    small = '{"type": "delete", "ref": "r", "pks": [["1", null]]}'
    waiting.put(cast(Request, protocol.parse(small)), small)
    with pytest.raises(asyncio.QueueFull):
        waiting.put(cast(Request, protocol.parse(small)), small)
    assert waiting.get() == protocol.parse(small)
