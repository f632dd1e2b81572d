"""Rows that others hold, and deadlocks: tried again, in turn, at nobody else's cost."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import islice
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection, connections
from django.db.models import Exists
from django.db.models.signals import post_save

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import attempts, receipts
from livesheet.edits.edits import Work
from livesheet.edits.receipts import submit
from livesheet.log.transactions import atomic, short_waits
from livesheet.models import Change, EditRecord
from livesheet.sheet.declaration import Sheet, find_sheet
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Delete, Edit
from tests.app.models import Note
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

has_row_locks = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite has one lock, and no rows to hold"
)


def notes(*keys: str) -> list[Note]:
    return [Note.objects.create(key=key, text="old") for key in keys]


def note_sheet(user: Any) -> Sheet:
    sheet_class = find_sheet("note")
    assert sheet_class is not None
    return sheet_class(user)


async def send(sheet: LiveSheetCommunicator, ref: str, pk: str, value: str) -> None:
    frame = {"type": "edit", "ref": ref, "cells": [[pk, "text", value, "old"]]}
    await sheet.send_text(json.dumps(frame))


async def answer(sheet: LiveSheetCommunicator) -> dict[str, Any]:
    return await sheet.receive_until(lambda frame: frame["type"] == "reply")


# --- rows that somebody holds ----------------------------------------------------------------


def test_the_pauses_grow_up_to_a_bound_until_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(attempts.time, "monotonic", lambda: now)
    monkeypatch.setattr(attempts.random, "uniform", lambda _low, high: high)
    found = []
    for pause in islice(attempts.pauses([]), 50):
        found.append(pause)
        now += pause
    assert found[:2] == [pytest.approx(0.025), pytest.approx(0.04)]
    assert found[10:-1] == [pytest.approx(0.5)] * len(found[10:-1])
    assert sum(found) == pytest.approx(attempts.WAIT_SECONDS)
    underway = attempts.pauses([attempts.Underway()], since=now - attempts.WAIT_SECONDS)
    assert next(underway) == pytest.approx(0.025)  # it may still be saved


@has_row_locks
async def test_edits_of_held_rows_do_not_delay_an_edit_of_a_free_one(ann: Any) -> None:
    rows = await sync_to_async(notes)("a", "b", "c", "d", "free")
    async with AsyncExitStack() as stack:
        four = [
            await stack.enter_async_context(LiveSheetCommunicator("note", ann, timeout=15))
            for _ in range(4)
        ]
        fifth = await stack.enter_async_context(LiveSheetCommunicator("note", ann))
        hold = held_elsewhere(*rows[:4])
        let_go = await sync_to_async(hold.__enter__)()
        try:
            for sheet, pk in zip(four, "abcd", strict=True):
                await send(sheet, "e1", pk, "new")
            waiting = [asyncio.ensure_future(answer(sheet)) for sheet in four]
            await asyncio.wait(waiting, timeout=0.3)  # they have tried, and try again
            began = time.monotonic()
            await send(fifth, "e1", "free", "new")
            assert (await answer(fifth))["results"] == ["saved"]
            assert time.monotonic() - began < attempts.WAIT_SECONDS / 2
            assert not any(one.done() for one in waiting)
        finally:
            let_go.set()
            await sync_to_async(hold.__exit__)(None, None, None)
        assert [one["results"] for one in await asyncio.gather(*waiting)] == [["saved"]] * 4


async def test_a_row_that_stays_held_is_answered_with_retry(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "WAIT_SECONDS", 0.6)
    (row,) = await sync_to_async(notes)("a")
    async with LiveSheetCommunicator("note", ann, timeout=10) as sheet:
        hold = held_elsewhere(row)
        await sync_to_async(hold.__enter__)()
        try:
            await send(sheet, "e1", "a", "new")
            reply = await answer(sheet)
        finally:
            await sync_to_async(hold.__exit__)(None, None, None)
        assert [error["code"] for error in reply["errors"]] == ["retry"]
        await send(sheet, "e2", "a", "new")
        assert (await answer(sheet))["results"] == ["saved"]


async def test_a_repeat_that_was_under_way_is_not_carried_out_after_retry(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "WAIT_SECONDS", 0.6)
    frame = json.dumps({"type": "add", "ref": "a1", "rows": [{"key": "b"}], "atomic": False})
    async with LiveSheetCommunicator("note", ann, timeout=20) as sheet:
        with monkeypatch.context() as away:
            away.setattr(receipts, "_carried_out", _held)
            await sheet.send_text(frame)
            first = await answer(sheet)
        await sheet.send_text(frame)
        assert await answer(sheet) == first
        assert [error["code"] for error in first["errors"]] == ["retry"]
        assert not await sync_to_async(Note.objects.filter(key="b").exists)()
        await sheet.send_text(frame.replace("a1", "a2"))
        assert (await answer(sheet))["results"] == [{"pk": "b"}]


def _held(*_args: Any) -> Any:
    raise attempts.Held


@has_row_locks
async def test_who_waited_first_writes_first(ann: Any) -> None:
    (row,) = await sync_to_async(notes)("a")
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(LiveSheetCommunicator("note", ann, timeout=15))
            for _ in range(6)
        ]
        hold = held_elsewhere(row)
        let_go = await sync_to_async(hold.__enter__)()
        try:
            for n, sheet in enumerate(opened):
                await send(sheet, f"e{n}", "a", f"by {n}")
                await asyncio.sleep(0.02)  # the order in which they come is what is tested
        finally:
            let_go.set()
            await sync_to_async(hold.__exit__)(None, None, None)
        replies = await asyncio.gather(*map(answer, opened))
    assert [reply["ok"] for reply in replies] == [True] + [False] * 5
    assert await sync_to_async(lambda: Note.objects.get().text)() == "by 0"


async def test_a_socket_that_closes_gives_up_its_turn(ann: Any) -> None:
    (row,) = await sync_to_async(notes)("a")
    async with LiveSheetCommunicator("note", ann, timeout=15) as last:
        hold = held_elsewhere(row)
        let_go = await sync_to_async(hold.__enter__)()
        try:
            async with LiveSheetCommunicator("note", ann) as first:
                await send(first, "e1", "a", "first")
                await asyncio.sleep(0.1)  # it has its turn, or is about to
            await send(last, "e2", "a", "last")
        finally:
            let_go.set()
            await sync_to_async(hold.__exit__)(None, None, None)
        reply = await answer(last)
    # Whether the first was saved is its own matter; nobody waits for it any more.
    assert [error["code"] for error in reply["errors"]] in ([], ["conflict"])


# --- deadlocks -------------------------------------------------------------------------------


@pytest.fixture
def crossing() -> Iterator[list[str]]:
    """Saving one note writes the other as well: two who do so wait for each other."""
    notes("a", "b")
    met, tries, quoted = threading.Barrier(2), list[str](), connection.ops.quote_name("key")
    sql = f"UPDATE {Note._meta.db_table} SET text = text WHERE {quoted} = %s"

    def saved(instance: Note, **_facts: Any) -> None:
        tries.append(instance.key)
        if len(tries) <= 2:
            met.wait(20)
        with connection.cursor() as cursor:
            cursor.execute(sql, ["b" if instance.key == "a" else "a"])

    post_save.connect(saved, sender=Note)
    yield tries
    post_save.disconnect(saved, sender=Note)


@has_row_locks
def test_a_deadlock_is_tried_again(
    ann: Any, crossing: list[str], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    if connection.vendor == "postgresql":  # which waits a second before it looks for a deadlock
        monkeypatch.setattr(attempts, "LOCK_SECONDS", 5.0)
    replies: dict[str, Any] = {}

    def work(key: str) -> None:
        try:
            request = Edit(key, [(key, "text", "new", "old")], False)
            replies[key] = submit(note_sheet(ann), request, key * 32, None)
        finally:
            connections.close_all()

    pair = [threading.Thread(target=work, args=(key,)) for key in "ab"]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert {key: reply["results"] for key, reply in replies.items()} == {
        "a": ["saved"], "b": ["saved"],
    }  # fmt: skip
    assert len(crossing) > 2  # one of them had to begin anew
    assert EditRecord.objects.count() == 2
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_cleanup_does_not_hide_what_went_wrong() -> None:
    """As after a deadlock: the transaction has failed, and Django lets no statement through."""
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET innodb_lock_wait_timeout = 33")
    for kind in (OperationalError, ZeroDivisionError):
        with pytest.raises(kind), atomic("default"), short_waits("default", 1, 2):
            connection.needs_rollback = True
            raise kind
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@innodb_lock_wait_timeout")
            assert cursor.fetchone() == (33,)  # as it was set, and not as it is by default
            cursor.execute("SET innodb_lock_wait_timeout = DEFAULT")


@has_row_locks
def test_a_connection_that_is_gone_is_not_hidden_either() -> None:
    own = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}
    kill = {"postgresql": "SELECT pg_terminate_backend(%s)", "mysql": "KILL %s"}

    def killed(pid: int) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(kill[connection.vendor], [pid])
        finally:
            connections.close_all()

    with pytest.raises(ZeroDivisionError), atomic("default"), short_waits("default", 1, 2):
        with connection.cursor() as cursor:
            cursor.execute(own[connection.vendor])
            (pid,) = cursor.fetchone()
        killer = threading.Thread(target=killed, args=(pid,))
        killer.start()
        killer.join()
        raise ZeroDivisionError
    connection.close()
    assert Note.objects.count() == 0  # by another connection


# --- nothing is locked that may not be seen --------------------------------------------------


@has_row_locks
def test_a_row_that_may_not_be_seen_is_not_locked(ann: Any) -> None:
    class Mine(LiveSheetConsumer):
        abstract, model, fields = True, Note, ["text"]

        def get_queryset(self) -> Any:
            return Note.objects.exclude(key="hidden")

    _mine, hidden = notes("mine", "hidden")
    cells = [("mine", "text", "new", "old"), ("hidden", "text", "new", "old")]
    for request in (
        Edit("e1", cells, False),
        Delete("d1", [("hidden", None)]),
    ):
        with held_elsewhere(hidden):  # else this would wait for it
            reply = submit(Mine(ann), request, "c" * 32, None)
        assert reply["errors"][0]["code"] == "not_found"
    assert Note.objects.get(key="mine").text == "new"
    assert Change.objects.filter(pks='["hidden"]').count() == 1


def test_a_filter_is_asked_again_behind_the_lock(ann: Any) -> None:
    """Between the first question and the lock, another row took this one out of sight."""

    class Open(LiveSheetConsumer):
        abstract, model, fields = True, Note, ["text"]

        def get_queryset(self) -> Any:
            return Note.objects.filter(Exists(Note.objects.filter(key="gate", text="open")))

    Note.objects.create(key="gate", text="open")
    notes("a")
    work = Work(Open(ann), Edit("e1", [("a", "text", "new", "old")], False))
    Note.objects.filter(key="gate").update(text="shut")
    with atomic("default"):
        assert [error["code"] for error in work.carried_out().errors] == ["not_found"]
    assert Note.objects.get(key="a").text == "old"
