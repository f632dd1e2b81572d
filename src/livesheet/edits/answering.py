"""Answers the edits, adds and deletes of one socket, one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import translation

from livesheet import conf, metrics, threads
from livesheet.edits import attempts, receipts
from livesheet.log.commits import HookQueue
from livesheet.sheet.declaration import Sheet
from livesheet.wire.protocol import Request
from livesheet.wire.sockets import FULL_SECONDS, Socket

DATABASE_AWAY = (OperationalError, InterfaceError)


class Answering:
    """``admitted`` gives the sheet as its user may write it now; ``sheet`` the one as it was read
    last. Both are called for each request.
    """

    def __init__(
        self,
        socket: Socket,
        language: str,
        sheet: Callable[[], Sheet],
        admitted: Callable[[Sheet], Sheet],
    ) -> None:
        self._socket = socket
        self._language = language
        self._sheet = sheet
        self._admitted = admitted
        self._hooks = HookQueue()
        self._put_off: deque[tuple[str, str]] = deque(maxlen=conf.get("MAX_REQUESTS"))

    async def answer(self, request: Request, client: str) -> dict[str, Any]:
        # Whoever takes in no answers, or whose hooks do not end, gets no more of them for now.
        while self._hooks.is_full or self._socket.behind_since is not None:
            await asyncio.sleep(FULL_SECONDS)
        # `retry` leaves no record, so a repeat that was under way by then must not be carried out.
        asked = request.client or client, request.ref
        reply = await self._attempted(request, client, asked in self._put_off)
        if receipts.is_put_off(reply):
            self._put_off.append(asked)
        return reply

    async def _attempted(self, request: Request, client: str, is_put_off: bool) -> dict[str, Any]:
        attempt = partial(self._attempt, request, client)
        rows = receipts.rows_of(self._sheet(), request)
        with metrics.edit_seconds.time(), suppress(attempts.Held):
            if not is_put_off:
                return await attempts.in_turn(attempt, rows)
        return await threads.run(self._still_held, request, client)

    def _still_held(self, request: Request, client: str) -> dict[str, Any]:
        with translation.override(self._language):
            return receipts.still_held(self._sheet(), request, client, self._socket.position)

    def _attempt(self, request: Request, client: str) -> dict[str, Any]:
        with translation.override(self._language):
            try:
                sheet = self._admitted(self._sheet())
            except DATABASE_AWAY:
                return receipts.try_again(request)
            answer = receipts.attempt(sheet, request, client, self._socket.position)
        self._hooks.add(answer.hooks)  # here, since the socket may be closed by now
        return answer.reply
