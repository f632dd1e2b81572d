"""Answers the edits, adds and deletes of one socket, one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import translation

from livesheet import conf, metrics, threads
from livesheet.edits import attempts, receipts
from livesheet.edits.admission import Known
from livesheet.edits.joining import Joining, can_join, received
from livesheet.log.commits import HookQueue
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.standing import Subject
from livesheet.wire.budget import Waiting
from livesheet.wire.protocol import Request
from livesheet.wire.sockets import FULL_SECONDS, Socket

# How many edits of one socket are carried out together.
MOST_OF_A_SOCKET = 16
DATABASE_AWAY = (OperationalError, InterfaceError)


class Answering:
    """``admitted`` returns the sheet as its user may write it now, ``sheet`` the sheet as it was
    last read, ``subject`` what to ask ``standing`` for. All are called for each request.
    """

    def __init__(
        self,
        socket: Socket,
        language: str,
        sheet: Callable[[], Sheet],
        admitted: Callable[[Sheet], Sheet],
        subject: Callable[[], Subject | None],
    ) -> None:
        self.sheet = sheet
        self.admitted = admitted
        self.subject = subject
        self.known: Known = {}
        self._socket = socket
        self._language = language
        self._hooks = HookQueue()
        self._put_off: list[tuple[str, str]] = []

    async def answers(
        self, request: Request, waiting: Waiting, client: str
    ) -> AsyncIterator[dict[str, Any]]:
        """The replies to ``request``, and to those behind it that are carried out with it."""
        await self._taken_in()
        if not self._can_join(request, client):
            yield await self._alone(request, client)
            return
        await received(waiting.__len__, MOST_OF_A_SOCKET - 1)
        joined: list[Any] = [request]
        joined += waiting.take(MOST_OF_A_SOCKET - 1, lambda one: self._can_join(one, client))
        joining, began = Joining.of_this_loop(), time.perf_counter()
        coming = [
            (one, joining.put(self, one, one.client or client, self._language)) for one in joined
        ]
        try:
            for one, answered in coming:
                reply = await answered
                await self._taken_in()
                if reply is not None:
                    metrics.edit_seconds.observe(time.perf_counter() - began)
                yield reply if reply is not None else await self._alone(one, client)
        finally:
            for _one, answered in coming:
                answered.cancel()

    async def _taken_in(self) -> None:
        """Wait while the client does not take in its answers, or too many hooks have not ended."""
        while self._hooks.is_full or self._socket.is_full:
            await asyncio.sleep(FULL_SECONDS)

    def _can_join(self, request: Any, client: str) -> bool:
        asked = getattr(request, "client", None) or client, getattr(request, "ref", "")
        return asked not in self._put_off and can_join(self.sheet(), request)

    async def _alone(self, request: Request, client: str) -> dict[str, Any]:
        # `retry` leaves no record, so a repeat that was under way by then must not be carried out.
        asked = request.client or client, request.ref
        reply = await self._attempted(request, client, asked in self._put_off)
        if receipts.is_put_off(reply):
            self._put_off = [*self._put_off, asked][-conf.get("MAX_REQUESTS") :]
        return reply

    async def _attempted(self, request: Request, client: str, is_put_off: bool) -> dict[str, Any]:
        attempt = partial(self._attempt, request, client)
        rows = receipts.rows_of(self.sheet(), request)
        with metrics.edit_seconds.time(), suppress(attempts.Held):
            if not is_put_off:
                return await attempts.in_turn(attempt, rows)
        return await threads.run(self._still_held, request, client)

    def _still_held(self, request: Request, client: str) -> dict[str, Any]:
        with translation.override(self._language):
            return receipts.still_held(self.sheet(), request, client, self._socket.position)

    def _attempt(self, request: Request, client: str) -> dict[str, Any]:
        with translation.override(self._language):
            try:
                sheet = self.admitted(self.sheet())
            except DATABASE_AWAY:
                return receipts.try_again(request)
            answer = receipts.attempt(sheet, request, client, self._socket.position)
        self._hooks.add(answer.hooks)  # here, since the socket may be closed by now
        return answer.reply
