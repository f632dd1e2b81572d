"""Programs with a token: REST framework's and djangorestframework-simplejwt's, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.tokens import AccessToken

from livesheet.consumers import LiveSheetConsumer
from livesheet.routing import websocket_application
from livesheet.sheet.declaration import unregister
from tests.existing.watch import watch
from tests.services import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    class GroupSheet(LiveSheetConsumer):
        model = Group
        fields = ["name"]

    port = free_port()
    config = uvicorn.Config(
        websocket_application,
        port=port,
        ws="websockets-sansio",
        lifespan="off",
        log_level="warning",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.05)
    yield f"ws://127.0.0.1:{port}/ws/sheet/group/"
    server.should_exit = True
    await serving
    unregister(GroupSheet)


def authorization(kind: str, user: Any) -> str:
    if kind == "Token":
        return f"Token {Token.objects.create(user=user).key}"
    return f"Bearer {AccessToken.for_user(user)}"


@pytest.mark.parametrize("kind", ["Token", "Bearer"])
async def test_a_program_watches_a_sheet(kind: str, address: str, ann: Any) -> None:
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    header = await sync_to_async(authorization)(kind, ann)
    watching = asyncio.create_task(watch(address, header, told.put_nowait))
    try:
        assert (await until(told, "hello"))["me"]["name"] == "Ann"
        await until(told, "rows")
        await Group.objects.acreate(name="Editors")
        change = await until(told, "change")
        assert change["rows"][0][1] == "Editors"
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


@pytest.mark.parametrize("header", ["Token none", "Bearer none", "Bearer ", "Token"])
async def test_a_wrong_token_is_nobodys(header: str, address: str) -> None:
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    with suppress(Exception):
        await watch(address, header, told.put_nowait)
    assert (await until(told, "bye"))["code"] == 4401


async def until(told: asyncio.Queue[dict[str, Any]], kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (frame := await told.get())["type"] != kind:
            pass
    return frame
