"""Where sockets arrive, in the ways that the documentation offers."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.test import Client

from livesheet import routing
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire import protocol
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)

APPLICATIONS: dict[str, Any] = {
    "ours": ProtocolTypeRouter({"websocket": routing.websocket_application}),  # type: ignore[dict-item]
    "composed": AuthMiddlewareStack(URLRouter(routing.websocket_urlpatterns)),
}


@pytest.mark.parametrize("way", APPLICATIONS)
async def test_session_and_user_are_included(ann: Any, way: str) -> None:
    browser = Client()
    await sync_to_async(browser.force_login)(ann)
    cookie = f"sessionid={browser.cookies['sessionid'].value}".encode()
    sheet = LiveSheetCommunicator(
        "note", headers=[(b"cookie", cookie)], application=APPLICATIONS[way]
    )
    async with sheet:
        assert sheet.frames[0]["me"]["id"] == str(ann.pk)
        await Note.objects.acreate(key="a")
        await sheet.until(lambda: "a" in sheet.rows)


@pytest.mark.parametrize("way", APPLICATIONS)
async def test_nobody_is_asked_to_sign_in(way: str) -> None:
    sheet = LiveSheetCommunicator("note", application=APPLICATIONS[way])
    await sheet.connect()
    assert (await sheet.receive())["code"] == 4401


def test_an_asgi_file_may_import_it_first() -> None:
    """The order of lines in an asgi.py cannot go wrong: nothing needs the app registry."""
    code = (
        "import os, sys, json; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings';"
        "import livesheet.routing; from django.apps import apps;"
        "print(json.dumps([apps.ready, 'livesheet.models' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) == [False, False], done.stderr


@pytest.mark.parametrize("way", APPLICATIONS)
@pytest.mark.parametrize("path", ["/app/ws/sheet/note/", "/ws/sheet/note/"])
@pytest.mark.parametrize("mounted_at", ["/app", "/app/"])
async def test_a_site_below_a_path(settings: Any, way: str, path: str, mounted_at: str) -> None:
    settings.FORCE_SCRIPT_NAME = mounted_at
    assert await said_at(APPLICATIONS[way], path) == 4401


@pytest.mark.parametrize(
    "path", ["/app/ws/sheet/note/", "/ws/sheet/note/", "/app/app/ws/sheet/note/"]
)
async def test_a_root_path_is_there_or_cut_off_or_there_twice(path: str) -> None:
    assert await said_at(APPLICATIONS["ours"], path, root_path="/app") == 4401


@pytest.mark.parametrize("path", ["/app/ws/sheet/note/", "/ws/sheet/note/x/", "/x/ws/sheet/note/"])
async def test_elsewhere_is_no_sheet(path: str, caplog: Any) -> None:
    """Neither an error of the server, after which browsers would try again for ever."""
    assert await said_at(APPLICATIONS["ours"], path) == 4404
    (record,) = [one for one in caplog.records if vars(one).get("event") == "socket.no_route"]
    assert (record.levelname, vars(record)["path"]) == ("WARNING", path)
    assert "No route found" in record.getMessage()


async def test_a_long_path_to_nowhere_is_cut_off_in_the_log(caplog: Any) -> None:
    assert await said_at(APPLICATIONS["ours"], f"/{'x' * 5000}\nERROR") == 4404
    assert all(len(record.getMessage()) < 400 for record in caplog.records)


async def test_a_router_of_the_project_decides_about_other_paths() -> None:
    with pytest.raises(ValueError, match="No route found"):
        await said_at(APPLICATIONS["composed"], "/elsewhere/")


@pytest.mark.parametrize("mounted_at", ["/ws", "/ws/sheet", "/ws/sheet/note"])
async def test_a_site_mounted_where_sheets_are(settings: Any, mounted_at: str) -> None:
    path = f"{mounted_at}/ws/sheet/note/"
    assert await said_at(APPLICATIONS["ours"], path, root_path=mounted_at) == 4401
    settings.FORCE_SCRIPT_NAME = mounted_at
    for given, root_path in ((path, mounted_at), (path, ""), ("/ws/sheet/note/", "")):
        assert await said_at(APPLICATIONS["ours"], given, root_path=root_path) == 4401


async def said_at(application: Any, path: str, **scope: str) -> int:
    """The code of the goodbye of a sheet that asks nobody in."""
    sheet = LiveSheetCommunicator("note", application=application)
    sheet.scope |= {"path": path, **scope}
    await sheet.connect()
    code: int = (await sheet.receive())["code"]
    return code


async def test_the_middleware_have_returned_while_a_socket_is_open(ann: Any) -> None:
    """What they hold would be a tenth of the memory of each socket."""
    opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    never = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if opened.done():
            await never.wait()
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        opened.set_result(None)

    scope = {
        "type": "websocket", "path": "/ws/sheet/note/", "headers": [],
        "subprotocols": [protocol.VERSION],
    }  # fmt: skip
    serving = asyncio.create_task(routing.websocket_application(scope, receive, send))
    async with asyncio.timeout(10):
        await opened
    waiting: Any = serving.get_coro()
    held = []
    while waiting is not None and hasattr(waiting, "cr_code"):
        held.append(waiting.cr_code.co_qualname)
        waiting = waiting.cr_await
    serving.cancel()
    assert held[:2] == ["websocket_application", "Connection.run"]
