"""Work that is done by a task only while there is something to do."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context

import pytest

from livesheet.wire.errands import Errand, Errands, Line, Once

PATIENCE = 10
where: ContextVar[str] = ContextVar("where", default="")


async def until(done: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await done.wait()


async def test_a_line_does_one_after_the_other_and_leaves_no_task_behind() -> None:
    done, ended, at_work = list[int](), asyncio.Event(), 0

    async def do(item: int) -> None:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        await asyncio.sleep(0)
        at_work -= 1
        done.append(item)
        if item == 4:
            ended.set()

    before = asyncio.all_tasks()
    line = Line[int](3, do, lambda error: pytest.fail(repr(error)))
    for item in (1, 2, 3):
        line.put(item)
    with pytest.raises(asyncio.QueueFull):
        line.put(9)
    while len(done) < 3:
        await asyncio.sleep(0)
    line.put(4)  # once it has been quiet
    await until(ended)
    assert done == [1, 2, 3, 4]
    while asyncio.all_tasks() - before:  # the last one has to return
        await asyncio.sleep(0)


async def test_what_breaks_is_told_and_what_has_ended_does_nothing_more() -> None:
    broken, told = list[Exception](), asyncio.Event()

    def broke(error: Exception) -> None:
        broken.append(error)
        told.set()

    async def work() -> None:
        raise ValueError(where.get())

    errand = Errand(work, broke)
    context = copy_context()
    context.run(where.set, "here")
    errand.begin(context)
    await until(told)
    assert str(broken[0]) == "here"
    before = asyncio.all_tasks()
    errand.end()
    errand.begin()
    assert asyncio.all_tasks() == before


async def test_what_ends_is_cancelled() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    errand = Errand(work, lambda error: pytest.fail(repr(error)))
    errand.begin()
    errand.begin()  # it sees by itself what is added
    await until(begun)
    errand.end()
    await until(ended)


async def test_whoever_waits_hears_of_what_happens_once() -> None:
    once = Once()
    waiting = [asyncio.ensure_future(once.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not once.is_set()
    once.set()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting, once.wait())
    assert once.is_set()


async def test_of_many_errands_each_is_done_once_at_a_time_and_leaves_nothing_behind() -> None:
    done, may_end = list[str](), asyncio.Event()

    async def first() -> None:
        await may_end.wait()
        done.append("first")

    async def second() -> None:
        done.append("second")

    errands = Errands(lambda error: pytest.fail(repr(error)))
    for work in (first, first, second):
        errands.begin(work)
    await errands.finish(second, PATIENCE)
    await errands.finish(first, 0)  # does not wait for long
    assert done == ["second"]
    may_end.set()
    await errands.finish(first, PATIENCE)
    assert done == ["second", "first"]
    assert errands._at_work is None


async def test_errands_tell_what_broke_them_and_end_together() -> None:
    broken, told, begun, ended = (
        list[Exception](),
        asyncio.Event(),
        asyncio.Event(),
        asyncio.Event(),
    )

    async def breaks() -> None:
        raise ValueError

    async def waits() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    def broke(error: Exception) -> None:
        broken.append(error)
        told.set()

    errands = Errands(broke)
    errands.begin(breaks)
    errands.begin(waits)
    await until(told)
    await until(begun)
    errands.end()
    await until(ended)
    errands.begin(breaks)
    assert errands._at_work is None
    assert len(broken) == 1
