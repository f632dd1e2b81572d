"""Edits of one row wait for each other in the order in which they came; others do not wait."""

from __future__ import annotations

import asyncio

import pytest

from livesheet.edits.turns import TurnNeverCame, Turns

LONG = 60.0


async def until_nothing_runs() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_comes_first_goes_first() -> None:
    turns, order = Turns(), []

    async def edit(name: str, *rows: str) -> None:
        async with turns.taken(rows, LONG):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(edit("a", "7"), edit("b", "7"), edit("c", "7"))
    assert order == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_other_rows_are_not_waited_for() -> None:
    turns = Turns()
    async with turns.taken(["7"], LONG), asyncio.timeout(LONG), turns.taken(["8"], LONG):
        assert not turns.are_free(["8", "9"])
        assert turns.are_free(["9"])


async def test_an_edit_of_two_rows_waits_for_both_and_blocks_neither_way_round() -> None:
    turns, done = Turns(), []

    async def edit(*rows: str) -> None:
        async with turns.taken(rows, LONG):
            await asyncio.sleep(0)
            done.append(rows)

    async with asyncio.timeout(LONG):
        await asyncio.gather(edit("1", "2"), edit("2", "1"), edit("2"), edit("1"))
    assert done[:2] == [("1", "2"), ("2", "1")]
    assert len(done) == 4


async def test_a_turn_that_does_not_come_in_time_is_given_up() -> None:
    turns = Turns()
    async with turns.taken(["7"], LONG):
        with pytest.raises(TurnNeverCame):
            async with turns.taken(["7"], 0.01):
                raise AssertionError("somebody else had the turn")
    assert turns.are_free(["7"])


async def test_who_leaves_the_line_does_not_stop_those_behind() -> None:
    turns, reached = Turns(), asyncio.Event()

    async def edit() -> None:
        async with turns.taken(["7"], LONG):
            reached.set()

    async with turns.taken(["7"], LONG):
        second, third = asyncio.create_task(edit()), asyncio.create_task(edit())
        await until_nothing_runs()
        second.cancel()
        await until_nothing_runs()
        assert not reached.is_set()
    async with asyncio.timeout(LONG):
        await third
    assert second.cancelled()
    assert turns.are_free(["7"])


async def test_an_edit_that_fails_gives_its_turn_back() -> None:
    turns = Turns()
    with pytest.raises(LookupError):
        async with turns.taken(["7"], LONG):
            raise LookupError
    assert turns.are_free(["7"])


def test_each_event_loop_has_its_own_lines() -> None:
    async def of_this_loop() -> tuple[Turns, Turns]:
        return Turns.of_this_loop(), Turns.of_this_loop()

    first, again = asyncio.run(of_this_loop())
    assert first is again
    assert asyncio.run(of_this_loop())[0] is not first
