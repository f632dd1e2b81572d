"""What a project hung on the COMMIT: after the answer, as its author, and at nobody's cost."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models.signals import post_save
from django.utils.translation import get_language

from livesheet import threads
from livesheet.doorbell import doorbell
from livesheet.edits import attempts
from livesheet.log import actors, commits
from livesheet.models import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 10
GERMAN = {"page-language": "de"}


@pytest.fixture
def on_commit() -> Iterator[Callable[..., None]]:
    """Has hooks registered at every save of a note: `on_commit(hook, robust=False)`."""
    wanted: list[tuple[Callable[[], Any], bool]] = []

    def saved(**_facts: Any) -> None:
        for hook, robust in wanted:
            transaction.on_commit(hook, robust=robust)

    post_save.connect(saved, sender=Note)
    yield lambda hook, robust=False: wanted.append((hook, robust))
    post_save.disconnect(saved, sender=Note)


def raises() -> None:
    raise ZeroDivisionError


async def a_note() -> None:
    await Note.objects.acreate(key="a", text="old")


async def until(done: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not done():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("robust", [False, True])
async def test_a_hook_that_raises_changes_no_answer_and_silences_nobody(
    ann: Any, on_commit: Any, caplog: pytest.LogCaptureFixture, robust: bool
) -> None:
    await a_note()
    heard: list[str] = []
    on_commit(raises, robust=robust)
    on_commit(lambda: heard.append("after"))
    async with LiveSheetCommunicator("note", ann) as sheet:
        reply = await sheet.edit("a", "text", "new", "old")
        assert (reply["ok"], reply["results"]) == (True, ["saved"])
        await sheet.until(lambda: sheet.value("a", "text") == "new")
        await until(lambda: heard)
        added = await sheet.add(key="b", text="x")
        assert added["ok"]
        await until(lambda: len(heard) == 2)
    events = [getattr(record, "event", "") for record in caplog.records]
    assert events.count("edit.hook_broke") == 2


async def test_a_hook_runs_in_the_context_of_its_edit(ann: Any, on_commit: Any) -> None:
    await a_note()
    heard: list[Any] = []

    def hook() -> None:
        heard.append((get_language(), actors.current().user))
        Note.objects.filter(key="a").update(text="by the hook")

    on_commit(hook)
    async with LiveSheetCommunicator("note", ann, params=GERMAN) as sheet:
        reply = await sheet.edit("a", "text", "new", "old")
        assert reply["ok"]
        await sheet.until(lambda: sheet.value("a", "text") == "by the hook")
    assert heard == [("de", str(ann.pk))]
    last = await Change.objects.alatest("id")
    assert (last.actor, last.ref) == (str(ann.pk), "")


async def test_a_slow_hook_holds_up_no_answer(
    ann: Any, bea: Any, on_commit: Any, settings: Any
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "THREADS": 1}
    threads.close()
    await a_note()
    go, called = threading.Event(), list[int]()

    def slow() -> None:
        called.append(1)
        go.wait(SECONDS)

    on_commit(slow)
    async with (
        LiveSheetCommunicator("note", ann) as sheet,
        LiveSheetCommunicator("note", bea) as other,
    ):
        try:
            for base, value in pairwise(["old", "1", "2", "3"]):
                assert (await sheet.edit("a", "text", value, base))["ok"]
            assert (await other.edit("a", "text", "hers", "3"))["ok"]
            await until(lambda: called)
            assert called == [1]  # one after the other
        finally:
            go.set()
        await until(lambda: len(called) == 4)


async def test_hooks_are_called_though_the_socket_is_closed(ann: Any, on_commit: Any) -> None:
    await a_note()
    saving, go, called = threading.Event(), threading.Event(), list[str]()

    def wait(**_facts: Any) -> None:
        saving.set()
        go.wait(SECONDS)

    on_commit(lambda: called.append(Note.objects.get(key="a").text))
    post_save.connect(wait, sender=Note)
    try:
        async with LiveSheetCommunicator("note", ann) as sheet:
            frame = {"type": "edit", "ref": "e", "cells": [["a", "text", "new", "old"]]}
            await sheet.send_text(json.dumps(frame))
            await asyncio.to_thread(saving.wait, SECONDS)
    finally:
        go.set()
        post_save.disconnect(wait, sender=Note)
    await until(lambda: called)
    assert called == ["new"]


async def test_who_has_too_many_hooks_waiting_waits_for_them(
    ann: Any, on_commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "MAX_WAITING", 2)
    await a_note()
    go = threading.Event()
    on_commit(lambda: go.wait(SECONDS))
    async with LiveSheetCommunicator("note", ann) as sheet:
        try:
            for base, value in (("old", "1"), ("1", "2")):
                assert (await sheet.edit("a", "text", value, base))["ok"]
            third = asyncio.ensure_future(sheet.edit("a", "text", "3", "2"))
            await asyncio.wait([third], timeout=0.3)
            assert not third.done()
        finally:
            go.set()
        assert (await third)["ok"]


def test_what_a_package_hung_on_the_transaction_itself_stays_with_its_commit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As django-cacheops does, which keeps by thread what is to be forgotten at the COMMIT."""
    called: list[tuple[str, int]] = []
    enter = transaction.Atomic.__enter__

    def entered(self: Any) -> None:
        is_outermost = not transaction.get_connection(self.using).in_atomic_block
        enter(self)
        if is_outermost:
            transaction.on_commit(lambda: called.append(("package", threading.get_ident())))
            transaction.on_commit(raises)

    monkeypatch.setattr(transaction.Atomic, "__enter__", entered)
    hooks = commits.Hooks()
    with attempts.transaction_of_an_edit("default", hooks):
        Note.objects.create(key="a")
        transaction.on_commit(lambda: called.append(("project", threading.get_ident())))
    assert called == [("package", threading.get_ident())]
    hooks.run()
    assert [name for name, _thread in called] == ["package", "project"]


async def test_nothing_is_called_where_nothing_was_committed(ann: Any, on_commit: Any) -> None:
    await a_note()
    called: list[int] = []
    on_commit(lambda: called.append(1))

    def refused(**_facts: Any) -> None:
        raise ZeroDivisionError

    post_save.connect(refused, sender=Note)
    try:
        async with LiveSheetCommunicator("note", ann) as sheet:
            reply = await sheet.edit("a", "text", "new", "old")
            assert reply["errors"][0]["code"] == "invalid"
    finally:
        post_save.disconnect(refused, sender=Note)
    await sync_to_async(threads.close)()
    assert called == []


def test_no_hook_of_others_silences_the_doorbell(ann: Any) -> None:
    """Whatever door a write comes by: a shell, a view, a task."""
    rung: list[str] = []
    doorbell.listen(rung.append)
    try:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            transaction.on_commit(raises)
            Note.objects.create(key="a")
    finally:
        doorbell.unlisten(rung.append)
    assert rung == ["default"]
    assert Note.objects.count() == 1


# --- the queue by itself ---------------------------------------------------------------------


def hooks_of(*calls: Callable[[], Any]) -> commits.Hooks:
    return commits.Hooks(calls=list(calls))


def test_hooks_run_in_their_order_one_edit_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    later: list[Callable[[], None]] = []
    monkeypatch.setattr(threads, "run_later", later.append)
    queue, heard = commits.HookQueue(), list[str]()
    queue.add(hooks_of())  # nothing to call
    assert later == []
    queue.add(hooks_of(lambda: heard.append("a"), raises, lambda: heard.append("b")))
    queue.add(hooks_of(lambda: heard.append("c")))
    assert (len(later), heard) == (1, [])
    later.pop()()
    assert heard == ["a", "b", "c"]
    queue.add(hooks_of(lambda: heard.append("d")))  # it has ended, and begins again
    later.pop()()
    assert heard == ["a", "b", "c", "d"]


def test_a_queue_is_full_with_so_many_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "run_later", lambda work: None)
    queue = commits.HookQueue()
    for _edit in range(commits.MAX_WAITING):
        assert not queue.is_full
        queue.add(hooks_of(raises))
    assert queue.is_full


def test_every_feed_is_told_whatever_the_others_raise() -> None:
    heard: list[str] = []
    commits.Hooks(bells=[raises, lambda: heard.append("rung")]).ring()
    assert heard == ["rung"]
