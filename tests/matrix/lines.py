"""Sockets of which every byte is looked at in the moment in which it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User

from livesheet.testing import Frame, LiveSheetCommunicator

Look = Callable[["Line", str], None]


class _Running:
    """An application at work, as ``LiveSheetCommunicator`` speaks to it."""

    def __init__(self, application: Any, scope: dict[str, Any], look: Callable[[Any], bool]):
        self._inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.output_queue: asyncio.Queue[Any] = asyncio.Queue()
        self._look = look
        self.future = asyncio.create_task(application(scope, self._inbox.get, self._send))

    async def _send(self, message: Any) -> None:
        if self._look(message):
            self.output_queue.put_nowait(message)

    async def send_input(self, message: Any) -> None:
        self._inbox.put_nowait(message)

    async def receive_output(self, timeout: float) -> Any:
        async with asyncio.timeout(timeout):
            return await self.output_queue.get()

    async def wait(self, timeout: float) -> None:
        await asyncio.wait_for(self.future, timeout)


class Line(LiveSheetCommunicator):
    """``tenants`` are those of which this user may be told at the time."""

    def __init__(
        self, sheet: str, user: User, look: Look, windowed: bool = False, **params: str
    ) -> None:
        super().__init__(sheet, user, params=params, timeout=300, windowed=windowed)
        self.sheet, self.user, self.params = sheet, user, params
        self.tenants = {user.last_name}
        self.is_busy = False
        self._told = look

    async def connect(self) -> Frame:
        self._asgi = _Running(self.application, dict(self.scope), self._look)
        await self._asgi.send_input({"type": "websocket.connect"})
        answer: Frame = await self._asgi.receive_output(self.timeout)
        return answer

    def _look(self, message: Any) -> bool:
        text = message.get("text")
        if text is None:  # accepted, or closed with a reason
            text = json.dumps(message, default=str)
        elif text.startswith('{"type":"hello"'):  # of the tenant that the user is of now
            self.tenants = {self.user.last_name}
        self._told(self, text)
        return True

    async def receive(self) -> Frame:
        frame = await super().receive()
        del self.frames[:]
        return frame

    async def settle(self) -> None:
        """Take in everything that was on its way."""
        await self.send(type="ping", cursor=self.cursor)
        await self.receive_until(lambda frame: frame["type"] == "beat", "a beat")


class Onlooker(Line):
    """One of a crowd: opens the sheet and acknowledges what comes, but keeps no rows."""

    _is_deaf = False
    _newest = ""

    async def open(self, *, resume: bool = False) -> None:
        self._is_deaf = False
        await super().open(resume=resume)
        self.rows.clear()
        self._is_deaf = True

    def _look(self, message: Any) -> bool:
        super()._look(message)
        text = message.get("text")
        if text is not None and text.startswith('{"type":"change"'):
            self._newest = text
        return not self._is_deaf or text is None

    async def settle(self) -> None:
        if self._newest:
            self.cursor, self._newest = json.loads(self._newest)["cursor"], ""
        await self.send(type="ping", cursor=self.cursor)
