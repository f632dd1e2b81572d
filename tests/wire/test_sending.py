"""A send that does not suspend is over at once; what suspends is finished by a task."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from livesheet.wire.sending import start


async def test_a_send_that_does_not_suspend_is_over_when_it_was_started() -> None:
    sent = []

    async def send() -> None:
        sent.append("frame")

    assert start(send()) is None
    assert sent == ["frame"]


async def test_the_rest_goes_on_where_it_suspended() -> None:
    sent, drained = [], asyncio.Event()

    async def send() -> None:
        sent.append("first")
        await drained.wait()
        sent.append("second")
        await asyncio.sleep(0)
        sent.append("third")

    rest = start(send())
    assert rest is not None
    assert sent == ["first"]
    task = asyncio.ensure_future(rest)
    drained.set()
    await task
    assert sent == ["first", "second", "third"]


async def test_a_send_hears_that_its_task_was_cancelled() -> None:
    heard = []

    async def send() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    rest = start(send())
    assert rest is not None
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert heard == ["cancelled"]


async def test_a_peer_that_is_gone_is_no_error_of_the_sender() -> None:
    async def send() -> None:
        raise ConnectionResetError

    assert start(send()) is None


async def test_what_is_no_coroutine_is_left_to_its_caller() -> None:
    class Sending:
        def __await__(self) -> Generator[Any, None, None]:
            yield from ()

    sending = Sending()
    assert start(sending) is sending
