"""Questions: answered to the one who asks, apart from edits, with the rights of now."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from livesheet import conf
from livesheet.exceptions import LiveSheetError
from livesheet.models import NamedView, SavedView
from livesheet.questions.questions import ABOUT, writes
from livesheet.sheet.declaration import Sheet
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.endless import Endless

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


def told(sheet: Sheet, query: Mapping[str, Any]) -> Mapping[str, Any]:
    if "wrong" in query:
        raise LiveSheetError("wrong", "Expected nothing wrong.")
    if "slow" in query:
        raise OperationalError("canceling statement due to statement timeout")
    if "broken" in query:
        raise ZeroDivisionError
    return {"title": str(sheet.get_title()), "user": sheet.user.get_username()}


@pytest.fixture(autouse=True)
def about(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(ABOUT, "title", told)
    yield


async def test_a_question_is_answered_to_the_one_who_asks(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        answer = await sheet.ask("title")
        assert answer["result"] == {"title": "Notes", "user": "ann"}


async def test_what_is_wrong_about_a_question_is_said(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        wrong = await sheet.ask("title", wrong=1)
        assert wrong["error"] == {"code": "wrong", "message": "Expected nothing wrong."}
        unknown = await sheet.ask("weather")
        assert (unknown["type"], unknown["code"]) == ("error", "unknown_question")
        assert "title" in unknown["message"]


async def test_a_broken_answer_breaks_nothing_else(
    ann: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        assert (await sheet.ask("title", broken=1))["error"]["code"] == "failed"
        assert "result" in await sheet.ask("title")
    assert "ZeroDivisionError" in caplog.text


async def test_a_statement_that_takes_too_long_is_told_as_that(
    ann: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        error = (await sheet.ask("title", slow=1))["error"]
        assert error["code"] == "unanswered" and "too long" in error["message"]
    assert "statement timeout" in caplog.text and "Traceback" not in caplog.text


@pytest.mark.parametrize("is_behind_one_that_reads", [False, True])
async def test_what_writes_is_carried_out_for_a_client_that_goes_at_once(
    ann: Any, is_behind_one_that_reads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, begun, go = {"hidden": ["text"]}, threading.Event(), threading.Event()

    def slow(sheet: Sheet, query: Mapping[str, Any]) -> Mapping[str, Any]:
        begun.set()
        assert go.wait(30)
        return {}

    async def asks_and_goes(about: str, **query: Any) -> None:
        begun.clear(), go.clear()
        async with LiveSheetCommunicator("note", ann) as sheet:
            if is_behind_one_that_reads:
                await sheet.send(type="ask", ref="slow", about="slow", query={})
                assert await sync_to_async(begun.wait, thread_sensitive=False)(30)
            await sheet.send(type="ask", ref="last", about=about, query=query)
        go.set()

    monkeypatch.setitem(ABOUT, "slow", slow)
    await asks_and_goes("keep_layout", layout=layout)
    assert json.loads((await SavedView.objects.aget()).view) == layout
    await asks_and_goes("save_view", name="Short", layout=layout)
    kept = await NamedView.objects.aget()
    await asks_and_goes("save_view", id=str(kept.pk), name="Brief")
    await kept.arefresh_from_db()
    assert kept.name == "Brief"
    await asks_and_goes("delete_view", id=str(kept.pk))
    assert not await NamedView.objects.aexists()


async def test_what_reads_is_given_up_when_its_client_goes(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    monkeypatch.setitem(ABOUT, "noted", lambda sheet, query: asked.append(query["n"]) or {})
    async with LiveSheetCommunicator("note", ann) as sheet:
        for n in "123":
            await sheet.send(type="ask", ref=n, about="noted", query={"n": n})
    assert asked == []


async def test_too_many_questions_are_refused_and_the_others_answered(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slow(sheet: Sheet, query: Mapping[str, Any]) -> Mapping[str, Any]:
        assert go.wait(10)
        return {}

    monkeypatch.setitem(ABOUT, "slow", slow)
    async with LiveSheetCommunicator("note", ann) as sheet:
        for n in range(conf.get("MAX_QUESTIONS") + 2):
            await sheet.send(type="ask", ref=f"s{n}", about="slow", query={})
        error = await sheet.receive_until(lambda frame: frame["type"] == "error")
        assert error["code"] == "too_many"
        go.set()
        last = f"s{conf.get('MAX_QUESTIONS') - 1}"
        await sheet.receive_until(lambda frame: frame.get("ref") == last)


async def test_who_reads_no_answers_gets_no_more(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 3_000)
    monkeypatch.setitem(ABOUT, "long", lambda sheet, query: {"text": "x" * 1_000})
    async with LiveSheetCommunicator("note", ann, timeout=20) as sheet:
        for n in range(10):
            await sheet.send(type="ask", ref=f"q{n}", about="long", query={})
        read: list[str] = []
        while not await sheet._asgi.receive_nothing(1):
            read.append((await sheet.receive()).get("ref", ""))
        assert 1 < len([ref for ref in read if ref]) < 5
        # Whoever has read nothing has this cursor, too.
        await sheet.send(type="ping", cursor=sheet.cursor)
        beat = await sheet.receive()
        assert beat["type"] == "beat"
        assert await sheet._asgi.receive_nothing(1)
        await sheet.send(type="ping", cursor=beat["cursor"])
        await sheet.receive_until(lambda frame: frame["type"] == "answer", "the next answer")


async def test_a_change_that_came_later_proves_that_answers_were_read(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 3_000)
    monkeypatch.setitem(ABOUT, "long", lambda sheet, query: {"text": "x" * 2_000})
    async with LiveSheetCommunicator("note", ann, timeout=20) as sheet:
        for n in range(10):
            await sheet.ask("long")
            await Note.objects.acreate(key=str(n))
            await sheet.until(lambda n=n: str(n) in sheet.rows)
            await sheet.send(type="ping", cursor=sheet.cursor)


async def test_the_proof_of_one_socket_is_none_for_another(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 3_000)
    monkeypatch.setitem(ABOUT, "long", lambda sheet, query: {"text": "x" * 4_000})
    async with (
        LiveSheetCommunicator("note", ann, timeout=20) as reads,
        LiveSheetCommunicator("note", ann, timeout=20) as reads_nothing,
    ):
        for _n in range(3):
            await reads.ask("long")
            await reads.send(type="ping", cursor=reads.cursor)
            await reads.receive_until(lambda frame: frame["type"] == "beat")
            await reads.send(type="ping", cursor=reads.cursor)
        await reads_nothing.ask("long")
        await reads_nothing.send(type="ask", ref="q", about="long", query={})
        await reads_nothing.send(type="ping", cursor=reads.cursor)
        assert (await reads_nothing.receive())["type"] == "beat"
        assert await reads_nothing._asgi.receive_nothing(1)


@pytest.mark.parametrize("text", ["x" * 501, "\0", "\ud800", 5, None])
async def test_what_can_be_in_no_label_is_not_looked_for(ann: Any, text: Any) -> None:
    async with LiveSheetCommunicator("product", ann) as sheet:
        answer = await sheet.ask("options", column="supplier", text=text)
    error = answer.get("error", answer)  # of half a character, the whole frame is refused
    assert error["code"] in ("bad_query", "bad_json")
    assert len(error["message"]) < 300


async def test_who_lost_the_right_gets_no_answer(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        ann.is_superuser = False
        await sync_to_async(ann.save)()
        await sheet.send(type="ask", ref="q", about="title", query={})
        async with asyncio.timeout(10):
            while (frame := await sheet.receive())["type"] != "bye":
                assert frame["type"] != "answer"
        assert frame["code"] == 4403


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Endless:
    settings.LIVESHEET = {"STATEMENT_SECONDS": 0}
    made = Endless()

    def sums(sheet: Sheet, query: Mapping[str, Any]) -> Mapping[str, Any]:
        if "quick" not in query:
            made.run()
        return {"quick": True}

    monkeypatch.setitem(ABOUT, "sums", sums)
    return made


async def test_a_question_that_is_cancelled_ends_in_the_database(
    ann: Any, endless: Endless
) -> None:
    async with LiveSheetCommunicator("note", ann, timeout=60) as sheet:
        for ref in ("s1", "s2"):
            await sheet.send(type="ask", ref=ref, about="sums", query={})
        await sheet.send(type="ask", ref="s3", about="sums", query={"quick": 1})
        await asyncio.to_thread(endless.begun.wait, 60)
        for ref in ("s2", "s1", "s0"):
            await sheet.send(type="cancel", ref=ref)
        last = await sheet.receive_until(lambda frame: frame.get("ref") == "s3")
        assert last["result"] == {"quick": True}
        assert await asyncio.to_thread(endless.ended.wait, 60)
        answers = {f["ref"]: f for f in sheet.frames if f["type"] == "answer"}
        assert [answers[ref]["error"]["code"] for ref in ("s1", "s2")] == ["cancelled"] * 2


async def test_what_a_socket_asked_ends_with_it(ann: Any, endless: Endless) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        await sheet.send(type="ask", ref="s1", about="sums", query={})
        await asyncio.to_thread(endless.begun.wait, 60)
    assert await asyncio.to_thread(endless.ended.wait, 60)


async def test_what_writes_is_carried_out_although_it_is_cancelled(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def keep(sheet: Sheet, query: Mapping[str, Any]) -> Mapping[str, Any]:
        begun.set()
        go.wait(60)
        Note.objects.create(key=query["key"])
        done.set()
        return {"kept": True}

    monkeypatch.setitem(ABOUT, "keep", writes(keep))
    async with LiveSheetCommunicator("note", ann, timeout=60) as sheet:
        await sheet.send(type="ask", ref="k", about="keep", query={"key": "a"})
        await asyncio.to_thread(begun.wait, 60)
        await sheet.send(type="cancel", ref="k")
        await sheet.send(type="ask", ref="k2", about="keep", query={"key": "b"})
        await sheet.send(type="cancel", ref="k2")
        go.set()
        answer = await sheet.receive_until(lambda frame: frame.get("ref") == "k2")
        assert answer["result"] == {"kept": True}
        assert await sync_to_async(Note.objects.count)() == 2
