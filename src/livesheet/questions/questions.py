"""What a client may ask besides the rows: answered only to this client, without changing a row.

Questions have their own queue and worker, so that a slow edit delays no search and a slow search
delays no edit. Rights are read again for each question. When the client goes, those that only read
are given up, and those that write are carried out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from django.db import OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from livesheet import conf, threads
from livesheet.exceptions import FrameError, LiveSheetError, Refused
from livesheet.questions import (
    addresses,
    history,
    named_views,
    pieces,
    saved_views,
    searches,
    summaries,
)
from livesheet.questions.recent import recent
from livesheet.sheet import lookups
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.narrowing import computable
from livesheet.wire.errands import Broke, Line
from livesheet.wire.protocol import Ask
from livesheet.wire.sockets import Socket

logger = logging.getLogger("livesheet")

# Given the sheet, as the user who asks may see it now, and the query: what is to be said, as JSON.
# Raises ``LiveSheetError`` with what was wrong about the query.
Answer = Callable[[Sheet, Mapping[str, Any]], Mapping[str, Any]]

WRITING: set[Answer] = set()


def writes(answer: Answer) -> Answer:
    """Declare that a question stores something: it is carried out even if its client has gone."""
    WRITING.add(answer)
    return answer


ABOUT: dict[str, Answer] = {
    "addresses": addresses.answer,
    "history": history.answer,
    "layout": saved_views.view,
    "keep_layout": writes(saved_views.keep_view),
    "options": lookups.options,
    "recent": recent,
    "views": named_views.views,
    "view": named_views.open_view,
    "save_view": writes(named_views.save_view),
    "delete_view": writes(named_views.delete_view),
    "rows": pieces.rows,
    "find": searches.find,
    "found": searches.found,
    "values": summaries.values,
    "sums": summaries.sums,
    "groups": summaries.groups,
    "headings": summaries.headings,
}

CANCELLED = {"error": {"code": "cancelled", "message": "The question was cancelled."}}


class Questions:
    """The questions of one connection, one after the other."""

    def __init__(
        self,
        admitted: Callable[[], Awaitable[Sheet]],
        socket: Socket,
        language: str,
        broke: Broke,
        turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        """``turn`` makes a context for each answer, which waits for the user's other answers.

        ``broke`` is called with what ends the connection.
        """
        self._admitted = admitted
        self._socket = socket
        self._language = language
        self._turn = turn
        self.unanswered = 0
        self._line = Line[Ask](conf.get("MAX_QUESTIONS"), self._reply, broke)
        self._waiting: list[str] = []
        self._unwanted: set[str] = set()  # refs of those that wait
        self._current: tuple[str, asyncio.Task[dict[str, Any]]] | None = None

    def put(self, question: Ask) -> None:
        """Raises ``FrameError`` where it cannot be answered, or too many wait."""
        if question.about not in ABOUT:
            names = ", ".join(ABOUT)
            message = f"ask: about must be one of {names}; got {question.about!r}"
            raise FrameError("unknown_question", message, question.ref)
        try:
            self._line.put(question)
            self._waiting.append(question.ref)
            self.unanswered += 1
        except asyncio.QueueFull:
            message = f"Expected at most {self._line.most} waiting questions; got one more."
            raise FrameError("too_many", message, question.ref) from None

    async def finish(self, seconds: float) -> None:
        """The client has gone: carry out those of its questions that write, within ``seconds``."""
        await self._line.finish(seconds, lambda question: ABOUT[question.about] in WRITING)

    def end(self) -> None:
        """The connection has ended."""
        self._line.end()

    def cancel(self, ref: str) -> None:
        """The client does not want the answer any more. What writes is carried out anyway."""
        if ref in self._waiting:
            self._unwanted.add(ref)
        elif self._current is not None and self._current[0] == ref:
            self._current[1].cancel()

    async def _reply(self, question: Ask) -> None:
        await self._socket.room()
        async with self._turn():
            answer = await self._answer_unless_cancelled(question)
        self._socket.answer({"type": "answer", "ref": question.ref, **answer})
        self.unanswered -= 1

    async def _answer_unless_cancelled(self, question: Ask) -> dict[str, Any]:
        self._waiting.remove(question.ref)
        is_look = ABOUT[question.about] not in WRITING
        if question.ref in self._unwanted:
            self._unwanted.discard(question.ref)
            if is_look:
                return CANCELLED
        answering = asyncio.ensure_future(self._answer(question))
        self._current = (question.ref, answering) if is_look else None
        try:
            return await answering
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise  # the connection ends
            return CANCELLED
        finally:
            self._current = None

    async def _answer(self, question: Ask) -> dict[str, Any]:
        try:
            sheet = await self._admitted()
            run = threads.run if ABOUT[question.about] in WRITING else threads.run_look
            return {"result": await run(self._look_up, sheet, question)}
        except Refused:
            raise
        except LiveSheetError as error:
            return {"error": {"code": error.code, "message": error.detail}}
        except OperationalError as error:  # it took too long, mostly
            facts = {"event": "question.broke", "about": question.about}
            logger.error("A question could not be answered (%s).", error, extra=facts)
            return {"error": {"code": "unanswered", "message": self._unanswered()}}
        except Exception:
            facts = {"event": "question.broke", "about": question.about}
            logger.exception("A question could not be answered.", extra=facts)
            return {"error": {"code": "failed", "message": self._trouble()}}

    def _unanswered(self) -> str:
        with translation.override(self._language):
            return _("The database took too long, or cannot be reached.")

    def _trouble(self) -> str:
        with translation.override(self._language):
            return _("Something went wrong on the server.")

    def _look_up(self, sheet: Sheet, question: Ask) -> Mapping[str, Any]:
        answer = ABOUT[question.about]
        looking = nullcontext() if answer in WRITING else computable()
        with translation.override(self._language), looking:
            return answer(sheet, question.query)
