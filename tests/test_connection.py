"""One open socket, from its handshake to its end: bad input, bad manners, and lost rights."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.auth.signals import user_logged_out
from django.db import OperationalError
from django.test import Client

from livesheet import conf
from livesheet import connection as connection_module
from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import clock
from livesheet.feed.cursors import Cursors
from livesheet.feed.feed import Feed
from livesheet.feed.membership import Membership
from livesheet.models import Change
from livesheet.questions.questions import ABOUT
from livesheet.routing import websocket_application
from livesheet.sheet import permissions
from livesheet.sheet.declaration import Sheet, find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire import sockets
from tests.app.models import Note, Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)

FRAMES = Path(__file__).parent / "frames"


@pytest.fixture
def declared() -> Iterator[Any]:
    """Declares sheets named `t` that the test forgets again."""
    made: list[type[Sheet]] = []

    def declare(**body: Any) -> type[Sheet]:
        made.append(type("T", (LiveSheetConsumer,), {"model": Note, "sheet_name": "t", **body}))
        return made[-1]

    yield declare
    for sheet in made:
        unregister(sheet)


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.LIVESHEET = {"POLL_SECONDS": 0.1, "RECHECK_SECONDS": 0.1}


async def farewell(sheet: LiveSheetCommunicator) -> tuple[int, dict[str, Any]]:
    """The code of the close, and the `bye` before it."""
    bye: dict[str, Any] = {}
    async with asyncio.timeout(10):
        while True:
            frame = await sheet.receive()
            if frame["type"] == "bye":
                bye = frame
            elif frame["type"] == "websocket.close":
                await leave(sheet)
                return frame["code"], bye


async def leave(sheet: LiveSheetCommunicator) -> None:
    await sheet._asgi.send_input({"type": "websocket.disconnect", "code": 1000})
    await sheet._asgi.wait(5)


# --- bad input -------------------------------------------------------------------------------

BAD = {
    "malformed": ("{", "bad_json", "Expected a JSON object", '"{"'),
    "no object": ("[1]", "bad_frame", "Expected a JSON object", "[1]"),
    "no number": ('{"type":"ping","x":NaN}', "bad_json", "Expected a JSON object", "NaN"),
    "too large": ('{"type":"ping","x":"' + "x" * 70_000 + '"}', "too_large", "65536", "70022"),
    "deep": ("[" * 60_000, "bad_json", "Expected a JSON object", "[[["),
    "unknown type": ('{"type":"edti"}', "unknown_type", "type must be one of open, edit", "edti"),
    "unknown column": (
        '{"type":"edit","ref":"e","cells":[["a","colour","x","y"]]}',
        "unknown_column", "cells[0][1] must be a column of this sheet", '"colour"',
    ),
    "unknown column of a row": (
        '{"type":"add","ref":"e","rows":[{"key":"b","colour":"x"}]}',
        "unknown_column", "rows[0] must be a column of this sheet", '"colour"',
    ),
    "half a character": (
        '{"type":"edit","ref":"e","cells":[["\\ud800","text","x","old"]]}',
        "bad_frame", "cells[0][0] must be a text", "?",
    ),
    "infinity": (
        '{"type":"ping","cursor":1e999}',
        "bad_json", "Expected a JSON object", "1e999",
    ),
    "opened twice": (
        '{"type":"open","client":"00000000000000000000000000000000"}',
        "bad_frame", "Expected open only once", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "expected", "got"), BAD.values(), ids=BAD)
async def test_bad_input_is_answered_and_the_socket_lives(
    ann: Any, caplog: pytest.LogCaptureFixture, text: str, code: str, expected: str, got: str
) -> None:
    await Note.objects.acreate(key="a", text="old")
    before = await Change.objects.acount()
    async with LiveSheetCommunicator("note", ann) as sheet:
        await sheet.send_text(text)
        error = await sheet.receive_until(lambda frame: frame["type"] == "error")
        assert error["code"] == code
        assert expected in error["message"]
        assert got in error["message"]
        assert len(error["message"]) < 300
        assert await Change.objects.acount() == before
        assert (await sheet.edit("a", "text", "new", "old"))["results"] == ["saved"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_binary_frame_is_answered_and_the_socket_lives(
    ann: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        await sheet.send_bytes(b"\x00\xff")
        error = await sheet.receive_until(lambda frame: frame["type"] == "error")
        assert (error["code"], "got a binary frame" in error["message"]) == ("binary", True)
        assert (await sheet.add(key="a"))["results"] == [{"pk": "a"}]
    assert caplog.records == []


@pytest.mark.parametrize(
    "value", ["\0", {"a": "b"}, ["x"], 10**30, "x" * 5_000, True, None, "\u2028"], ids=repr
)
async def test_any_value_is_saved_or_refused_in_words(
    ann: Any, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    await Note.objects.acreate(key="a", text="old")
    async with LiveSheetCommunicator("note", ann) as sheet:
        reply = await sheet.edit("a", "text", value, "old")
        assert reply["results"] == ["saved"] or reply["errors"][0]["code"] == "invalid"
    assert caplog.records == []


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("kind", ["text", "bytes"])
async def test_the_first_frame_that_is_much_too_large_ends_the_socket(
    ann: Any, kind: str, opened: bool
) -> None:
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    if opened:
        await sheet.open()
    if kind == "text":
        await sheet.send_text(" " * 131_073)
    else:
        await sheet.send_bytes(b" " * 131_073)
    await sheet.send(type="add", ref="r", rows=[{"key": "never"}])
    code, bye = await farewell(sheet)
    assert (code, bye["retry_in"]) == (4429, 30)
    assert bye["message"] == "This page sent a message that is too large."
    assert not await Note.objects.aexists()


async def test_nothing_is_kept_of_what_comes_after_the_close(ann: Any) -> None:
    """Daphne would keep it until the client has gone, and hands on what it reads meanwhile."""
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    await sheet.send_text(" " * 131_073)
    while (await sheet.receive())["type"] != "websocket.close":
        pass
    for _n in range(20):
        await sheet.send_text(" " * 131_073)
    async with asyncio.timeout(20):
        while not sheet._asgi.input_queue.empty():
            await asyncio.sleep(0.01)
    await leave(sheet)


async def test_the_first_frame_must_be_open(ann: Any) -> None:
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    error = await sheet.request("add", rows=[{"key": "a"}])
    assert (error["type"], error["code"]) == ("error", "bad_frame")
    assert error["message"] == "Expected open as the first frame."
    await sheet.open()
    assert sheet.rows == {}
    await sheet.disconnect()


async def test_presence_before_opening_says_nothing(ann: Any) -> None:
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    await sheet.send(type="at", pk="1", column="text", editing=True)
    await sheet.send(type="ping", cursor=None)
    await sheet.open()
    await sheet.disconnect()
    assert {frame["type"] for frame in sheet.frames} <= {"hello", "rows", "presence", "beat"}


async def test_one_who_floods_is_asked_to_back_off(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_FRAMES_PER_SECOND": 2}
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    for _ in range(12):
        await sheet.send(type="ping")
    code, bye = await farewell(sheet)
    assert (code, bye["code"], bye["retry_in"]) == (4429, 4429, 10)


def on_uvicorn(sheet: LiveSheetCommunicator) -> LiveSheetCommunicator:
    sheet.scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}
    return sheet


async def test_where_the_server_can_stop_reading_it_is_slowed(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_FRAMES_PER_SECOND": 20}
    async with on_uvicorn(LiveSheetCommunicator("note", ann)) as sheet:
        began = time.monotonic()
        for _n in range(100):
            await sheet.send(type="ping")
        for _n in range(100):
            await sheet.receive_until(lambda frame: frame["type"] == "beat", "a beat")
        assert time.monotonic() - began > 0.5  # twenty more than four seconds' worth
        assert sheet._asgi.output_queue.empty()


async def test_a_pause_has_an_end(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_FRAMES_PER_SECOND": 0.1}
    sheet = on_uvicorn(LiveSheetCommunicator("note", ann))
    await sheet.connect()
    await sheet.send(type="ping")
    assert (await farewell(sheet))[0] == 4429


@pytest.mark.parametrize("pauses", [True, False])
async def test_who_waits_for_each_reply_may_go_as_fast_as_it_is_answered(
    ann: Any, settings: Any, pauses: bool
) -> None:
    settings.LIVESHEET = {"MAX_FRAMES_PER_SECOND": 2}
    sheet = LiveSheetCommunicator("note", ann)
    async with on_uvicorn(sheet) if pauses else sheet:
        began = time.monotonic()
        for n in range(40):
            assert (await sheet.add(key=str(n)))["ok"]
            assert (await sheet.ask("layout"))["result"] == {"layout": None}
        assert time.monotonic() - began < 20  # by the rate it would be 36 s


async def test_sixteen_edits_may_be_on_the_way(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_FRAMES_PER_SECOND": 2}
    async with on_uvicorn(LiveSheetCommunicator("note", ann)) as sheet:
        began, answered = time.monotonic(), 0
        for n in range(80):
            rows = [{"key": str(n), "text": "x"}]
            await sheet.send(type="add", ref=f"a{n}", rows=rows, atomic=False)
            if n >= 15:
                await sheet.receive_until(lambda frame: frame["type"] == "reply", "a reply")
                answered += 1
        assert answered == 65
        assert time.monotonic() - began < 20  # by the rate it would be 36 s


async def test_edits_that_nobody_waits_for_are_counted(ann: Any, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_FRAMES_PER_SECOND": 2}
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    await sheet.open()
    for n in range(60):
        await sheet.send(type="add", ref=f"a{n}", rows=[{"key": str(n)}], atomic=False)
    assert (await farewell(sheet))[0] == 4429


async def test_moves_of_a_cursor_are_told_four_times_a_second(ann: Any, bea: Any) -> None:
    await Note.objects.acreate(key="a")
    async with (
        LiveSheetCommunicator("note", ann) as one,
        LiveSheetCommunicator("note", bea) as other,
    ):
        await one.receive_until(lambda f: f["type"] == "presence" and bool(f["here"]))
        for n in range(100):
            await other.send(type="at", pk="a", column=("key", "text")[n % 2], editing=n == 99)
        told: list[Any] = []
        while not any(person["editing"] for person in told):
            frame = await one.receive_until(lambda f: f["type"] == "presence")
            told += frame["here"]
        assert len(told) <= 3
        assert told[-1]["column"] == "text"


async def test_the_sockets_of_one_user_are_counted(ann: Any, bea: Any, settings: Any) -> None:
    settings.LIVESHEET = {"MAX_SOCKETS_PER_USER": 2}
    async with (
        LiveSheetCommunicator("note", ann),
        LiveSheetCommunicator("product", ann) as second,
        LiveSheetCommunicator("note", bea),
    ):
        third = LiveSheetCommunicator("note", ann)
        code, bye = await refused(third)
        assert (code, bye["retry_in"]) == (4429, 30)
        assert "too many sheets open" in bye["message"]
        await second.disconnect()
        async with LiveSheetCommunicator("note", ann):
            pass
        assert await second.connect()  # which leaving expects


async def test_the_sockets_of_nobody_are_counted_by_address(
    ann: Any, declared: Any, settings: Any
) -> None:
    settings.LIVESHEET = {"MAX_SOCKETS_PER_USER": 1, "USERS_PER_ADDRESS": 2}
    declared(fields=["key"], has_view_permission=lambda self: True)

    def nobody(address: str) -> LiveSheetCommunicator:
        sheet = LiveSheetCommunicator("t", AnonymousUser())
        sheet.scope["client"] = [address, 4321]
        return sheet

    async with (
        nobody("192.0.2.1") as one,
        nobody("192.0.2.1"),
        nobody("192.0.2.2"),
        LiveSheetCommunicator("t", ann),
    ):
        assert (await refused(nobody("192.0.2.1")))[0] == 4429
        await one.disconnect()
        async with nobody("192.0.2.1"):
            pass
        assert await one.connect()  # which leaving expects


async def test_one_user_loads_few_sheets_at_a_time(
    ann: Any, bea: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens sixty windows waits for himself, and nobody else for him."""
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_SNAPSHOTS_PER_USER": 1}
    may_read, snapshot = asyncio.Event(), Membership._snapshot
    under_way: list[str] = []

    async def slowly(self: Membership, *upto: Any) -> None:
        under_way.append(self.user)
        if self.user == str(ann.pk):
            await may_read.wait()
        await snapshot(self, *upto)

    monkeypatch.setattr(Membership, "_snapshot", slowly)
    mine = [LiveSheetCommunicator("note", ann) for _n in range(5)]
    opening = []
    for sheet in mine:
        await sheet.connect()
        opening.append(asyncio.create_task(sheet.open()))
    async with LiveSheetCommunicator("note", bea), asyncio.timeout(10):
        while not under_way.count(str(ann.pk)):
            await asyncio.sleep(0.005)
        assert under_way.count(str(ann.pk)) == 1
    may_read.set()
    await asyncio.gather(*opening)
    assert under_way.count(str(ann.pk)) == 5
    for sheet in mine:
        await sheet.disconnect()


async def test_one_users_questions_wait_for_one_another(
    ann: Any, bea: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_LOOKUPS_PER_USER": 1}
    may_answer, asked = threading.Event(), []

    def slow(sheet: Sheet, query: Any) -> dict[str, Any]:
        asked.append(sheet.user.pk)
        if sheet.user.pk == ann.pk:
            may_answer.wait(10)
        return {}

    monkeypatch.setitem(ABOUT, "slow", slow)
    async with (
        LiveSheetCommunicator("note", ann) as one,
        LiveSheetCommunicator("product", ann) as two,
        LiveSheetCommunicator("note", bea) as other,
    ):
        asking = [asyncio.create_task(sheet.ask("slow")) for sheet in (one, two)]
        async with asyncio.timeout(5):
            while not asked:
                await asyncio.sleep(0.01)
        assert (await other.ask("slow"))["result"] == {}
        assert asked.count(ann.pk) == 1
        may_answer.set()
        await asyncio.gather(*asking)
        assert asked.count(ann.pk) == 2


async def test_requests_do_not_pile_up_without_bound(
    ann: Any, declared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conf._config(), "MAX_REQUESTS", 2)
    working, go = threading.Event(), threading.Event()

    def perform_add(self: Sheet, serializer: Any) -> None:
        working.set()
        go.wait(30)
        serializer.save()

    declared(fields=["key"], perform_add=perform_add)
    async with LiveSheetCommunicator("t", ann) as sheet:
        await sheet.send(type="add", ref="r0", rows=[{"key": "0"}])
        await sync_to_async(working.wait, thread_sensitive=False)(30)
        for n in (1, 2, 3):
            await sheet.send(type="add", ref=f"r{n}", rows=[{"key": str(n)}])
        error = await sheet.receive_until(lambda frame: frame["type"] == "error")
        assert (error["code"], error["ref"]) == ("too_many", "r3")
        go.set()
        await sheet.receive_until(lambda frame: frame.get("ref") == "r2")
    assert await Note.objects.acount() == 3


# --- who is let in ---------------------------------------------------------------------------


async def refused(sheet: LiveSheetCommunicator) -> tuple[int, dict[str, Any]]:
    """A browser hears why only if the socket is accepted first."""
    assert (await sheet.connect())["type"] == "websocket.accept"
    code, bye = await farewell(sheet)
    assert bye["code"] == code
    assert bye["message"]
    return code, bye


async def test_refusals(ann: Any, viewer: Any, django_user_model: Any) -> None:
    assert (await refused(LiveSheetCommunicator("nothing", ann)))[0] == 4404
    assert (await refused(LiveSheetCommunicator("note", AnonymousUser())))[0] == 4401
    assert (await refused(LiveSheetCommunicator("note", None)))[0] == 4401
    stranger = await django_user_model.objects.acreate(username="stranger")
    code, bye = await refused(LiveSheetCommunicator("note", stranger))
    assert (code, bye["retry_in"]) == (4403, None)
    async with LiveSheetCommunicator("note", viewer) as sheet:
        assert sheet.frames[0]["can"] == {
            "add": False, "change": False, "delete": False, "history": False
        }  # fmt: skip


async def test_a_page_of_another_version_is_told_to_reload(ann: Any) -> None:
    for offered, chosen in ((["livesheet.v9", "x"], "livesheet.v9"), ([], None)):
        sheet = LiveSheetCommunicator("note", ann)
        sheet.scope["subprotocols"] = offered
        assert await sheet.connect() == {"type": "websocket.accept", "subprotocol": chosen}
        assert (await farewell(sheet))[0] == 4400


async def test_a_foreign_page_is_denied_before_anything(ann: Any) -> None:
    headers = [(b"host", b"testserver"), (b"origin", b"https://evil.example")]
    sheet = LiveSheetCommunicator("note", ann, headers=headers)
    assert await sheet.connect() == {"type": "websocket.close", "code": 4403}


async def test_params_that_are_missing_or_wrong(ann: Any, declared: Any) -> None:
    declared(fields=["key"], params={"project": int})
    code, bye = await refused(LiveSheetCommunicator("t", ann))
    assert (code, bye["message"]) == (4404, "The sheet needs the parameter 'project'.")
    code, bye = await refused(LiveSheetCommunicator("t", ann, params={"project": "x"}))
    assert (code, bye["message"]) == (4404, "Parameter 'project': expected int, got 'x'.")
    async with LiveSheetCommunicator("t", ann, params={"project": 7, "utm": "x"}) as sheet:
        assert sheet.columns == ["key"]


async def test_a_sheet_never_truncates(ann: Any, declared: Any) -> None:
    declared(fields=["key"], max_rows=2)
    for key in "abc":
        await Note.objects.acreate(key=key)
    sheet = LiveSheetCommunicator("t", ann)
    await sheet.connect()
    await sheet.send(type="open", client=sheet.client, cursor=None, digest=None, have=None)
    code, bye = await farewell(sheet)
    assert code == 4413
    assert "has 3 rows but can show only 2" in bye["message"]
    assert not any(frame["type"] == "rows" for frame in sheet.frames)


async def test_a_broken_declaration_is_refused_for_good_and_is_logged(
    ann: Any, declared: Any, caplog: pytest.LogCaptureFixture
) -> None:
    declared(fields=["no_such_field"])
    code, bye = await refused(LiveSheetCommunicator("t", ann))
    assert (code, bye["retry_in"]) == (4404, None)
    assert "no_such_field" in bye["message"]
    assert "no_such_field" in caplog.text


async def test_who_leaves_while_being_refused_disturbs_nobody(ann: Any) -> None:
    sheet = LiveSheetCommunicator("nothing", ann)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        async def broken(message: Any) -> None:
            if message["type"] == "websocket.close":
                raise OSError
            await send(message)

        await sheet_application(scope, receive, broken)

    sheet_application = sheet.application
    sheet.application = application
    await sheet.connect()
    assert (await sheet.receive())["type"] == "bye"
    await sheet._asgi.wait(5)


# --- rights that are lost --------------------------------------------------------------------


async def signed_in(user: Any) -> tuple[Client, LiveSheetCommunicator]:
    browser = Client()
    await sync_to_async(browser.force_login)(user)
    cookie = f"sessionid={browser.cookies['sessionid'].value}".encode()
    headers = [(b"cookie", cookie), (b"host", b"testserver"), (b"origin", b"http://testserver")]
    return browser, LiveSheetCommunicator(
        "note", headers=headers, application=websocket_application
    )


async def test_an_open_socket_holds_neither_tasks_nor_what_it_came_with(ann: Any) -> None:
    """Each would take up to 1 KB, and a process has thousands of sockets."""
    _browser, sheet = await signed_in(ann)
    await sheet.connect()
    await sheet.open()
    (connection,) = Feed.of_this_loop().connections
    async with asyncio.timeout(10):
        while connection._errands._at_work is not None:  # what opened the sheet has ended
            await asyncio.sleep(0)
    assert connection.scope.keys() == {"asgi", "session", "user"}
    assert connection.scope["user"] is connection.sheet.user
    waiting: Any = connection._task.get_coro()
    held = []
    while hasattr(waiting, "cr_code"):
        held.append(waiting.cr_code.co_qualname)
        waiting = waiting.cr_await
    assert held[held.index("websocket_application") :][:2] == [
        "websocket_application", "Connection.run",
    ]  # fmt: skip
    own = ("Connection.", "Errand")
    others = asyncio.all_tasks() - {connection._task}
    assert not [task for task in others if task.get_coro().__qualname__.startswith(own)]  # type: ignore[union-attr]
    await sheet.disconnect()


async def test_questions_are_put_away_once_they_are_answered(ann: Any) -> None:
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    await sheet.open()
    (connection,) = Feed.of_this_loop().connections
    assert connection._asking._questions is None
    await sheet.send(type="ask", ref="1", about="views")
    await sheet.until(lambda: any(frame["type"] == "answer" for frame in sheet.frames))
    await sheet.send(type="ping", cursor=sheet.cursor)
    await sheet.until(lambda: any(frame["type"] == "beat" for frame in sheet.frames))
    assert connection._asking._questions is None
    await sheet.disconnect()


async def test_a_server_that_cancels_a_socket_is_not_taken_for_a_refusal(ann: Any) -> None:
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    await sheet.open()
    (connection,) = Feed.of_this_loop().connections
    connection.refuse(None)
    connection._task.cancel()  # besides
    await asyncio.wait([connection._task], timeout=10)
    assert connection._task.cancelled()
    assert not Feed.of_this_loop().connections


async def test_signing_out_ends_the_socket_at_once(ann: Any, bea: Any) -> None:
    browser, sheet = await signed_in(ann)
    _browser, other = await signed_in(bea)
    for one in (sheet, other):
        await one.connect()
        await one.open()
    await sync_to_async(browser.logout)()
    code, bye = await farewell(sheet)
    assert (code, bye["retry_in"]) == (4401, None)
    await other.send(type="ping")
    await other.receive_until(lambda frame: frame["type"] == "beat")
    await other.disconnect()


async def test_signing_out_while_a_socket_is_being_opened(
    ann: Any, bea: Any, monkeypatch: Any
) -> None:
    """The news of it comes after the rights were read, and before anybody listens to it."""
    _browser, other = await signed_in(bea)
    await other.connect()
    await other.open()
    feed, admitted = Feed.of_this_loop(), permissions.admitted
    browser, sheet = await signed_in(ann)

    def slowly(*arguments: Any) -> Any:
        found = admitted(*arguments)
        monkeypatch.setattr(permissions, "admitted", admitted)
        browser.logout()
        deadline = time.monotonic() + 5
        while not feed.rechecks._changed and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    monkeypatch.setattr(permissions, "admitted", slowly)
    await sheet.connect()
    assert (await farewell(sheet))[0] == 4401
    await other.disconnect()


async def test_a_session_that_ends_just_after_the_news_of_it(ann: Any) -> None:
    """As `logout()` does it: the signal comes before the session goes."""
    browser, sheet = await signed_in(ann)
    await sheet.connect()
    await sheet.open()
    (open_one,) = Feed.of_this_loop().connections
    before = open_one.sheet
    await sync_to_async(user_logged_out.send)(sender=type(ann), request=None, user=ann)
    async with asyncio.timeout(5):
        while open_one.sheet is before:  # until the session was looked at, and was still there
            await asyncio.sleep(0.01)
    await sync_to_async(browser.session.delete)()
    assert (await farewell(sheet))[0] == 4401


async def test_an_edit_after_signing_out_is_not_carried_out(ann: Any) -> None:
    browser, sheet = await signed_in(ann)
    await sheet.connect()
    await sheet.open()
    await sync_to_async(browser.session.delete)()  # no signal tells of this
    await sheet.send(type="add", ref="a", rows=[{"key": "late"}])
    assert (await farewell(sheet))[0] == 4401
    assert not await Note.objects.aexists()


async def test_a_revoked_permission_ends_the_socket_at_the_next_look(
    viewer: Any, impatient: None
) -> None:
    async with LiveSheetCommunicator("supplier", viewer) as other:
        sheet = LiveSheetCommunicator("note", viewer)
        await sheet.connect()
        await sheet.open()
        view_note = await Permission.objects.aget(codename="view_note")
        await viewer.user_permissions.aremove(view_note)
        assert (await farewell(sheet))[0] == 4403
        await other.send(type="ping")
        await other.receive_until(lambda frame: frame["type"] == "beat")


async def test_a_revoked_permission_ends_an_edit_at_once(viewer: Any) -> None:
    change = await Permission.objects.aget(codename="change_note")
    view = await Permission.objects.aget(codename="view_note")
    await viewer.user_permissions.aadd(change)
    await Note.objects.acreate(key="a", text="old")
    async with LiveSheetCommunicator("note", viewer) as sheet:
        assert (await sheet.edit("a", "text", "new", "old"))["ok"]
        await viewer.user_permissions.aremove(change)
        reply = await sheet.edit("a", "text", "newer", "new")
        assert reply["errors"][0]["code"] == "forbidden"
        await viewer.user_permissions.aremove(view)
        await sheet.send(type="edit", ref="x", cells=[["a", "text", "newer", "new"]])
        assert (await farewell(sheet))[0] == 4403


async def test_other_columns_mean_another_hello_and_a_snapshot(
    ann: Any, declared: Any, impatient: None
) -> None:
    def get_fields(self: Sheet) -> list[str]:
        return ["key", "text"] if self.user.first_name == "Ann" else ["key"]

    declared(get_fields=get_fields)
    await Note.objects.acreate(key="a", text="secret")
    async with LiveSheetCommunicator("t", ann) as sheet:
        assert sheet.value("a", "text") == "secret"
        seen = len(sheet.frames)
        await type(ann).objects.filter(pk=ann.pk).aupdate(first_name="Anna")
        await sheet.receive_until(lambda frame: bool(frame.get("done")))
        kinds = [frame["type"] for frame in sheet.frames[seen:]]
        assert kinds.index("hello") < kinds.index("rows")
        assert sheet.columns == ["key"]
        assert sheet.rows == {"a": ["a", "a"]}
        await Note.objects.acreate(key="b", text="secret")
        await sheet.until(lambda: "b" in sheet.rows)
        assert "secret" not in json.dumps(sheet.frames[seen:])


async def test_a_sheet_may_want_its_pastes_whole(ann: Any, declared: Any) -> None:
    declared(fields=["key"], atomic_pastes=True)
    async with LiveSheetCommunicator("t", ann) as sheet:
        assert sheet.frames[0]["atomic_pastes"] is True


async def test_a_sheet_may_want_its_copies_exact(ann: Any, declared: Any) -> None:
    declared(fields=["key"], exact_copies=True)
    async with LiveSheetCommunicator("t", ann) as sheet:
        assert sheet.frames[0]["exact_copies"] is True


async def test_later_reads_use_the_rights_of_now(ann: Any, declared: Any, impatient: None) -> None:
    def get_queryset(self: Sheet) -> Any:
        return Note.objects.filter(text=self.user.first_name)

    declared(fields=["key"], get_queryset=get_queryset)
    async with LiveSheetCommunicator("t", ann) as sheet:
        await type(ann).objects.filter(pk=ann.pk).aupdate(first_name="Anna")
        n = 0
        async with asyncio.timeout(10):
            while not sheet.rows:  # until the next look at the user
                n += 1
                await Note.objects.acreate(key=f"new {n}", text="Anna")
                await sheet.send(type="ping")
                await sheet.receive()


# --- a database in trouble -------------------------------------------------------------------


async def test_while_the_database_is_away_sockets_stay_and_edits_ask_to_try_again(
    ann: Any,
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(scope: Any) -> Any:
        raise OperationalError("server closed the connection")

    async with LiveSheetCommunicator("note", ann) as sheet:
        with monkeypatch.context() as patch:
            patch.setattr(permissions, "fresh_user", away)
            async with asyncio.timeout(10):
                while "trying again" not in caplog.text:
                    await asyncio.sleep(0.01)
            reply = await sheet.add(key="a")
            assert reply["errors"][0]["code"] == "retry"
        assert (await sheet.add(key="a"))["results"] == [{"pk": "a"}]


# --- by the clock ----------------------------------------------------------------------------


async def test_a_ping_is_answered_with_what_has_been_delivered(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        await sheet.send(type="ping", cursor=sheet.cursor)
        beat = await sheet.receive_until(lambda frame: frame["type"] == "beat")
        assert beat == {"type": "beat", "cursor": sheet.cursor}


async def test_the_cursor_of_a_quiet_sheet_goes_along_with_the_log(ann: Any) -> None:
    async with (
        LiveSheetCommunicator("note", ann) as sheet,
        LiveSheetCommunicator("product", ann) as busy,
    ):
        before = sheet.cursor
        product = await Product.objects.acreate(name="of another sheet")
        await busy.until(lambda: str(product.pk) in busy.rows)
        await sheet.send(type="ping", cursor=sheet.cursor)
        await sheet.receive_until(lambda frame: frame["type"] == "beat", "a beat")
        assert sheet.cursor != before
        assert place_of("note", ann, sheet.cursor) == place_of("product", ann, busy.cursor)


def place_of(name: str, user: Any, cursor: str | None) -> Any:
    sheet_class = find_sheet(name)
    assert sheet_class
    return Cursors(sheet_class(user)).open(cursor)


async def test_nobody_counts_the_writes_in_other_sheets_by_asking_for_beats(ann: Any) -> None:
    async with LiveSheetCommunicator("note", ann) as sheet:
        told = set()
        for n in range(5):
            product = await Product.objects.acreate(name=str(n))
            async with LiveSheetCommunicator("product", ann) as busy:  # which has it, so we could
                assert str(product.pk) in busy.rows
            await sheet.send(type="ping", cursor=sheet.cursor)
            beat = await sheet.receive_until(lambda frame: frame["type"] == "beat", "a beat")
            told.add(beat["cursor"])
        assert len(told) <= 2


async def test_a_beat_comes_by_itself(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BEAT_SECONDS", 0.05)
    async with LiveSheetCommunicator("note", ann) as sheet:
        for _ in range(2):
            await sheet.receive_until(lambda frame: frame["type"] == "beat")


@pytest.mark.parametrize(
    ("where", "constant", "opens"),
    [
        (connection_module, "OPEN_SECONDS", False),
        (connection_module, "SILENT_SECONDS", True),
        (sockets, "BEHIND_SECONDS", True),
    ],
)
async def test_who_says_nothing_or_is_too_slow_is_let_go(
    ann: Any, monkeypatch: pytest.MonkeyPatch, where: Any, constant: str, opens: bool
) -> None:
    monkeypatch.setattr(where, constant, 1.0)
    monkeypatch.setattr(connection_module, "BEAT_SECONDS", 0.5)
    sheet = LiveSheetCommunicator("note", ann)
    await sheet.connect()
    if opens:
        await sheet.open()
    if constant == "BEHIND_SECONDS":
        monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 10)
        await Note.objects.acreate(key="a")
    code, bye = await farewell(sheet)
    assert (code, bye["code"]) == (4408, 4408)
    assert bye["retry_in"] is not None  # a network that stumbled is no reason to stay away


async def test_what_it_took_to_let_a_page_in_is_not_the_pages_fault(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted, is_in = permissions.admitted, threading.Event()

    def slowly(*args: Any) -> Any:
        time.sleep(0 if is_in.is_set() else 2.1)
        is_in.set()
        return admitted(*args)

    monkeypatch.setattr(permissions, "admitted", slowly)
    monkeypatch.setattr(connection_module, "OPEN_SECONDS", 2)
    sheet = LiveSheetCommunicator("note", ann, timeout=20)
    await sheet.connect()
    async with asyncio.timeout(20):
        while not is_in.is_set():
            await asyncio.sleep(0.05)
    await asyncio.sleep(3 * clock.SLICE_SECONDS)  # for it to look at the clock
    await sheet.open()
    await sheet.disconnect()


async def test_one_that_acknowledges_nothing_gets_nothing_more_until_it_does(
    ann: Any, bea: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        LiveSheetCommunicator("note", ann) as slow,
        LiveSheetCommunicator("note", bea) as quick,
    ):
        monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 2_000)
        for n in range(30):
            await Note.objects.acreate(key=f"n{n}", text="x" * 90)
            await quick.until(lambda n=n: f"n{n}" in quick.rows)  # type: ignore[misc]
            await quick.send(type="ping", cursor=quick.cursor)
        # What was sent to the slow one is waiting there; it has not looked at it.
        await slow.until(lambda: slow._asgi.output_queue.empty())
        assert 5 < len(slow.rows) < 30
        await slow.send(type="ping", cursor=slow.cursor)
        await slow.until(lambda: len(slow.rows) == 30)
        assert slow.rows == quick.rows
        assert not any(frame["type"] == "rows" for frame in slow.frames[5:])
        await slow.send(type="ping", cursor=slow.cursor)
        await Note.objects.acreate(key="live")
        await slow.until(lambda: "live" in slow.rows)


# --- two at one row, over sockets ------------------------------------------------------------


async def test_two_sockets_edit_one_row_and_lose_nothing(ann: Any, bea: Any, settings: Any) -> None:
    settings.LIVESHEET = {"POLL_SECONDS": 0.2, "MAX_FRAMES_PER_SECOND": 10_000}
    table = await Product.objects.acreate(name="0", stock=0)

    async def write(sheet: LiveSheetCommunicator, column: str, values: list[Any]) -> None:
        for base, value in pairwise(values):
            reply = await sheet.edit(table.pk, column, value, base)
            assert reply["results"] == ["saved"], reply

    names, stocks = [str(n) for n in range(101)], list(range(101))
    async with (
        LiveSheetCommunicator("product", ann, timeout=30) as one,
        LiveSheetCommunicator("product", bea, timeout=30) as two,
    ):
        await asyncio.gather(write(one, "name", names), write(two, "stock", stocks))
        for sheet in (one, two):
            await sheet.until(
                lambda sheet=sheet: (  # type: ignore[misc]
                    sheet.value(table.pk, "name"), sheet.value(table.pk, "stock")
                ) == ("100", 100)
            )  # fmt: skip


async def test_every_edit_hears_of_its_change_by_ref(ann: Any, bea: Any) -> None:
    async with (
        LiveSheetCommunicator("product", ann) as one,
        LiveSheetCommunicator("product", bea) as two,
    ):
        await one.send(type="add", ref="a1", rows=[{"name": "A"}, {"price": "x"}, {"name": "B"}])
        reply = await one.receive_until(lambda frame: frame["type"] == "reply")
        made = [result.get("pk") for result in reply["results"]]
        await two.until(lambda: made[2] in two.rows)
        await one.until(lambda: made[2] in one.rows)
        refs = [ref for frame in two.frames for ref in frame.get("refs", ())]
        # Index 1 was refused, and the index is the row's place in the frame.
        assert refs == [[one.client, "a1", made[0], 0], [one.client, "a1", made[2], 2]]


async def test_a_renamed_relation_gets_its_new_label(ann: Any) -> None:
    north = await Supplier.objects.acreate(name="North")
    red = await Tag.objects.acreate(name="red")
    blue = await Tag.objects.acreate(name="blue")
    table = await Product.objects.acreate(name="Table", supplier=north)
    await table.tags.aset([red, blue])
    async with LiveSheetCommunicator("product", ann) as sheet:
        assert sheet.labels["supplier"] == {str(north.pk): "North"}
        assert sheet.value(table.pk, "tags") == [str(blue.pk), str(red.pk)]  # in label order
        north.name = "Northern"
        await north.asave()
        await sheet.until(lambda: sheet.labels["supplier"][str(north.pk)] == "Northern")
        new = await Supplier.objects.acreate(name="New")  # may be chosen from now on
        await sheet.until(lambda: sheet.labels["supplier"].get(str(new.pk)) == "New")


# --- the contract ----------------------------------------------------------------------------


def keys(value: Any) -> Any:
    return sorted(value) if isinstance(value, dict) else value


async def test_what_is_sent_has_the_keys_of_the_examples(
    ann: Any, bea: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ABOUT, "nothing", lambda sheet, query: {})
    example = {
        path.name.split(".")[1]: json.loads(path.read_text()) for path in FRAMES.glob("server.*")
    }
    north = await Supplier.objects.acreate(name="North")
    table = await Product.objects.acreate(name="Table", supplier=north)
    async with LiveSheetCommunicator("product", ann) as sheet:
        async with LiveSheetCommunicator("product", bea) as other:
            nowhere = {"pk": None, "column": None, "editing": False}
            await other.send(type="at", **nowhere, adding=True)
            await sheet.until(
                lambda: any("adding" in p for f in sheet.frames for p in f.get("here", ()))
            )
            await other.send(type="at", pk=str(table.pk), column="name", editing=True)
            await sheet.until(
                lambda: any(p.get("editing") for f in sheet.frames for p in f.get("here", ()))
            )
            await sheet.edit(table.pk, "price", "1.00", "9.99")
            await sheet.edit(table.pk, "price", "1.00", "0.00")
            await sheet.until(lambda: sheet.value(table.pk, "price") == "1.00")
        await sheet.until(lambda: any("left" in p for f in sheet.frames for p in f.get("here", ())))
        await sheet.request("edit", cells=[["1", "colour", 1, 2]])
        await sheet.ask("save_view", name="Ours", layout={}, shared=True)
        await sheet.until(lambda: any(frame["type"] == "views" for frame in sheet.frames))
        await sheet.ask("nothing")
        await sheet.send(type="ping")
        await sheet.receive_until(lambda frame: frame["type"] == "beat")
    monkeypatch.setattr(find_sheet("product"), "window", True)
    async with LiveSheetCommunicator("product", ann, windowed=True) as looking:
        by = [{"column": "supplier", "descending": False}]
        await looking.arrange({"grouped": {"by": by}})
    nobody = LiveSheetCommunicator("nothing", ann)
    await nobody.connect()
    await nobody.receive()
    sent: dict[str, list[dict[str, Any]]] = {}
    for frame in [*sheet.frames, *looking.frames, *nobody.frames]:
        sent.setdefault(frame["type"], []).append(frame)

    assert sent.keys() == example.keys()
    for kind, frames in sent.items():
        assert {tuple(sorted(frame)) for frame in frames} == {tuple(sorted(example[kind]))}, kind
    hello = sent["hello"][0]
    for name in ("me", "can", "limits"):
        assert keys(hello[name]) == keys(example["hello"][name])
    ours = {tuple(sorted(column)) for column in hello["columns"]}
    always = {"name", "title", "type", "readonly", "required", "null", "blank", "help"}
    assert all(always <= set(column) for column in ours)
    optional = {key for column in example["hello"]["columns"] for key in column} | {"options"}
    assert {key for column in ours for key in column} <= optional
    assert keys(sent["reply"][0]["errors"][0]) == keys(example["reply"]["errors"][0])
    people = {tuple(sorted(person)) for frame in sent["presence"] for person in frame["here"]}
    assert people == {tuple(sorted(person)) for person in example["presence"]["here"]}


# --- who takes in no answers -----------------------------------------------------------------


async def test_what_one_who_was_behind_sent_last_is_carried_out_when_he_goes(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While he was there, it had to wait until he takes in what came before."""
    await Note.objects.acreate(key="a", text="old")
    async with LiveSheetCommunicator("note", ann) as sheet:
        cursor = sheet.cursor
        monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 10)
        await Note.objects.acreate(key="b", text="old")
        await sheet.until(lambda: "b" in sheet.rows)
        for key in "ab":
            await sheet.send(type="edit", ref=key, cells=[[key, "text", "new", "old"]])
        await sheet.send(type="ping", cursor=cursor)  # which acknowledges nothing
        await sheet.receive_until(lambda frame: frame["type"] == "beat")
        assert not any(frame["type"] == "reply" for frame in sheet.frames)
    assert await Note.objects.filter(text="new").acount() == 2


async def test_who_takes_in_no_answers_gets_no_more(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conf._config(), "MAX_UNREAD_BYTES", 3_000)
    await Note.objects.acreate(key="a", text="old")
    async with LiveSheetCommunicator("note", ann) as sheet:
        cells = [["a", "text", "new " * 20, "stale"]]
        for n in range(40):
            await sheet.send(type="edit", ref=f"e{n}", cells=cells)
        read: list[str] = []
        while not await sheet._asgi.receive_nothing(1):
            frame = await sheet.receive()
            read += [json.dumps(frame)] if frame["type"] == "reply" else []
        assert 3_000 < sum(map(len, read)) < 5_000
        await sheet.send(type="ping", cursor=sheet.cursor)
        await sheet.receive_until(lambda frame: frame["type"] == "beat")
        await sheet.send(type="ping", cursor=sheet.cursor)  # which the beat has brought
        async with asyncio.timeout(30):
            while (await sheet.receive())["type"] != "reply":
                pass
