"""Edits that wait while others are under way: together, in their order, and nobody is mixed up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import joining, joint, receipts
from livesheet.edits.answering import MOST_OF_A_SOCKET
from livesheet.edits.joining import MOST_CELLS_OF_ONE, Joining, can_join, received
from livesheet.edits.turns import Turns
from livesheet.sheet.declaration import find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Add, Edit, Request
from tests.app.models import Note
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60


class Gate:
    """Holds up the first transaction of a test. ``sizes`` is how many edits each has had.

    ``falling`` is the number of one that is undone.
    """

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.falling = 0
        self._opened = threading.Event()
        self._carry_out = joint.carry_out

    def carry_out(self, parts: Any) -> None:
        self.sizes.append(len(parts))
        if len(self.sizes) == 1:
            assert self._opened.wait(PATIENCE)
        if len(self.sizes) != self.falling:
            self._carry_out(parts)

    def open(self) -> None:
        self._opened.set()

    async def waited_for_by(self, count: int = 0) -> None:
        """Until at least so many edits wait behind it."""
        lines = Joining.of_this_loop()._lines
        await until(lambda: len(self.sizes) > 0 and sum(map(len, lines.values())) >= count)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    found = Gate()
    monkeypatch.setattr(joint, "carry_out", found.carry_out)
    yield found
    found.open()


async def until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(user: Any, sheet: str = "note") -> AsyncIterator[LiveSheetCommunicator]:
    async with LiveSheetCommunicator(sheet, user, timeout=PATIENCE) as found:
        yield found


async def notes(*keys: str) -> None:
    for key in keys:
        await Note.objects.acreate(key=key, text="old")


async def text_of(key: str) -> str:
    return (await Note.objects.aget(key=key)).text


async def send(sheet: LiveSheetCommunicator, ref: str, key: str, text: str = "new") -> None:
    await sheet.send(type="edit", ref=ref, cells=[[key, "text", text, "old"]])


async def reply(sheet: LiveSheetCommunicator) -> dict[str, Any]:
    return await sheet.receive_until(lambda frame: frame["type"] == "reply", "a reply")


async def test_what_waits_is_carried_out_together_and_answered_in_order(
    ann: Any, bea: Any, gate: Gate
) -> None:
    await notes(*"abcdef")
    async with opened(ann) as one, opened(bea) as other:
        await send(one, "e0", "a")
        await gate.waited_for_by()
        for n, key in enumerate("bcd", 1):
            await send(other, f"e{n}", key)
        await gate.waited_for_by(1)
        gate.open()
        assert (await reply(one))["results"] == ["saved"]
        replies = [await reply(other) for _ in range(3)]
    assert [(r["ref"], r["results"]) for r in replies] == [(f"e{n}", ["saved"]) for n in (1, 2, 3)]
    assert sum(gate.sizes) == 4


async def test_edits_of_one_socket_gather_behind_its_first(ann: Any, gate: Gate) -> None:
    await notes(*"abcdef")
    async with opened(ann) as sheet:
        for n, key in enumerate("abcdef"):
            await send(sheet, f"e{n}", key)
        gate.open()
        replies = [await reply(sheet) for _ in range(6)]
    assert [r["ref"] for r in replies] == [f"e{n}" for n in range(6)]
    assert sum(gate.sizes) == 6
    assert len(gate.sizes) < 6


async def test_so_many_of_one_socket_wait_together(ann: Any, bea: Any, gate: Gate) -> None:
    keys = [f"k{n}" for n in range(MOST_OF_A_SOCKET + 1)]
    await notes("a", *keys)
    async with opened(ann) as one, opened(bea) as other:
        await send(one, "e0", "a")
        await gate.waited_for_by()
        for n, key in enumerate(keys):
            await send(other, f"e{n}", key)
        await gate.waited_for_by(MOST_OF_A_SOCKET)
        gate.open()
        replies = [await reply(other) for _ in keys]
    assert all(one["ok"] for one in replies)
    assert gate.sizes[:2] == [1, MOST_OF_A_SOCKET]


async def test_no_edit_overtakes_another_of_its_socket(ann: Any, gate: Gate) -> None:
    await notes("a", "b", "c")
    async with opened(ann) as sheet:
        await send(sheet, "e0", "c")
        await gate.waited_for_by()
        await send(sheet, "e1", "a")
        await sheet.send(type="edit", ref="e2", cells=[["a", "text", "newer", "new"]])
        await send(sheet, "e3", "b")
        await sheet.send(type="ping", cursor=None)
        await sheet.receive_until(lambda frame: frame["type"] == "beat")  # all have arrived
        gate.open()
        replies = [await reply(sheet) for _ in range(4)]
    assert [(r["ref"], r["results"]) for r in replies] == [(f"e{n}", ["saved"]) for n in range(4)]
    assert gate.sizes == [1, 1, 2]


async def test_of_two_that_want_one_cell_the_second_hears_of_the_first(
    ann: Any, bea: Any, gate: Gate
) -> None:
    await notes("a", "b")
    async with opened(ann) as one, opened(bea) as other, opened(ann) as third:
        await send(third, "e0", "b")
        await gate.waited_for_by()
        await send(one, "e1", "a", "Ann's")
        await gate.waited_for_by(1)
        await send(other, "e1", "a", "Bea's")
        await gate.waited_for_by(2)
        gate.open()
        assert (await reply(one))["results"] == ["saved"]
        [error] = (await reply(other))["errors"]
    assert (error["code"], error["value"], error["by"]["name"]) == ("conflict", "Ann's", "Ann")
    assert gate.sizes == [1, 1, 1]


async def test_whoever_has_gone_writes_nothing_more(ann: Any, bea: Any, gate: Gate) -> None:
    """Neither the edit whose answer was awaited, nor those that waited with it."""
    await notes("a", "b", "c")
    async with opened(ann) as one:
        async with opened(bea) as other:
            await send(one, "e0", "a")
            await gate.waited_for_by()
            await send(other, "e1", "b")
            await send(other, "e2", "c")
            await gate.waited_for_by(2)
        gate.open()
        assert (await reply(one))["results"] == ["saved"]
        await until(lambda: not Joining.of_this_loop()._lines)  # nobody waits any more
    assert gate.sizes == [1]
    assert [await text_of(key) for key in "bc"] == ["old", "old"]


async def test_two_sheets_of_one_table_take_turns(ann: Any, bea: Any, gate: Gate) -> None:
    body = {"model": Note, "sheet_name": "memo", "fields": ["key", "text"]}
    memo = type("MemoSheet", (LiveSheetConsumer,), body)
    try:
        await notes("a")
        async with opened(ann) as one, opened(bea, "memo") as other:
            await send(one, "e0", "a", "Ann's")
            await gate.waited_for_by()
            await send(other, "e1", "a", "Bea's")
            turns = Turns.of_this_loop()._lines
            await until(lambda: any(len(line) == 2 for line in turns.values()))
            gate.open()
            assert (await reply(one))["results"] == ["saved"]
            [error] = (await reply(other))["errors"]
    finally:
        unregister(memo)
    assert (error["code"], error["value"]) == ("conflict", "Ann's")
    assert gate.sizes == [1]  # the second one waited for its turn, and not for the database


async def test_what_falls_together_is_carried_out_one_by_one(
    ann: Any, bea: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(_parts: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(joint, "carry_out", fall)
    await notes(*"abc")
    async with opened(ann) as one, opened(bea) as other:
        await send(one, "e0", "a")
        await send(other, "e1", "b")
        await send(other, "e2", "c")
        assert (await reply(one))["results"] == ["saved"]
        replies = [await reply(other), await reply(other)]
    assert [(r["ref"], r["results"]) for r in replies] == [("e1", ["saved"]), ("e2", ["saved"])]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="it has no rows to hold")
async def test_behind_a_held_row_a_socket_keeps_its_order(ann: Any, bea: Any) -> None:
    await notes(*"abcd")
    held = await Note.objects.aget(key="a")
    async with opened(ann) as one, opened(bea) as other:
        hold = held_elsewhere(held)
        let_go = await sync_to_async(hold.__enter__)()
        try:
            for n, key in enumerate("abc"):
                await send(one, f"e{n}", key)
            await send(other, "e9", "d")
            assert (await reply(other))["results"] == ["saved"]
            assert [await text_of(key) for key in "abc"] == ["old"] * 3
        finally:
            let_go.set()
            await sync_to_async(hold.__exit__)(None, None, None)
        replies = [await reply(one) for _ in range(3)]
    assert [(r["ref"], r["results"]) for r in replies] == [(f"e{n}", ["saved"]) for n in range(3)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it alone has one lock for everything")
async def test_who_waits_for_the_one_lock_of_sqlite_waits_together(
    ann: Any, bea: Any, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one they would have to fight for it with each other as well."""
    await notes(*"abcd")
    held = await Note.objects.aget(key="a")
    monkeypatch.setattr(receipts, "attempt", pytest.fail)
    async with opened(ann) as one, opened(bea) as other:
        await send(one, "e0", "b")
        await gate.waited_for_by()
        for n, key in enumerate("cd", 1):
            await send(other, f"e{n}", key)
        await gate.waited_for_by(2)
        hold = held_elsewhere(held)
        let_go = await sync_to_async(hold.__enter__)()
        try:
            gate.open()
            await until(lambda: len(gate.sizes) > 1)  # the first one is tried again
        finally:
            let_go.set()
            await sync_to_async(hold.__exit__)(None, None, None)
        replies = [await reply(one), await reply(other), await reply(other)]
    assert [r["results"] for r in replies] == [["saved"]] * 3
    assert gate.sizes[0] == gate.sizes[1] == 1
    assert gate.sizes[-1] == 2


async def test_what_waits_behind_a_fallen_edit_of_its_socket_goes_alone_too(
    ann: Any, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be carried out while the first one is tried again."""
    await notes("a", "b", "c")
    monkeypatch.setattr(joining, "MOST_REQUESTS", 1)
    gate.falling = 2
    async with opened(ann) as sheet:
        await send(sheet, "e0", "c")
        await gate.waited_for_by()
        await send(sheet, "e1", "a")
        await send(sheet, "e2", "b")
        await sheet.send(type="ping", cursor=None)
        await sheet.receive_until(lambda frame: frame["type"] == "beat")  # all have arrived
        gate.open()
        replies = [await reply(sheet) for _ in range(3)]
    assert [(r["ref"], r["results"]) for r in replies] == [(f"e{n}", ["saved"]) for n in range(3)]
    assert gate.sizes == [1, 1]


async def test_what_is_being_received_is_waited_for() -> None:
    found: list[int] = []

    async def arrive() -> None:
        for n in range(20):
            found.append(n)
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # a turn that brings nothing

    async with asyncio.TaskGroup() as group:
        group.create_task(arrive())
        await received(found.__len__, 5)
        assert len(found) == 5
        await received(found.__len__, 100)
        assert len(found) == 20


# --- what may join -----------------------------------------------------------------------------


def cells(count: int, column: str = "name") -> list[Any]:
    return [(str(n), column, "new", "old") for n in range(count)]


@pytest.mark.parametrize(
    ("sheet", "request_", "joins"),
    [
        ("product", Edit("e", cells(1), False), True),
        ("product", Edit("e", cells(1), True), True),
        ("product", Edit("e", cells(2), False), True),
        ("product", Edit("e", cells(2), True), False),
        ("product", Edit("e", cells(MOST_CELLS_OF_ONE + 1), False), False),
        ("product", Edit("e", cells(1, "tags"), False), False),
        ("product", Edit("e", cells(1, "nothing"), False), False),
        ("product", Add("e", [{"name": "new"}], False), False),
        ("article", Edit("e", cells(1), False), False),  # whose history waits for each save
    ],
)
def test_what_may_join_others(ann: Any, sheet: str, request_: Request, joins: bool) -> None:
    kind = find_sheet(sheet)
    assert kind is not None
    assert can_join(kind(ann).prepare(), request_) is joins
