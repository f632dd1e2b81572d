"""What the client of one connection asks for: edits, questions, windows, moves of its cursor.

Each part is made when it is first needed, because most open sockets only listen, and all parts of
one take 3 KB. Questions are put away again once they are answered: every page asks some at first.
"""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Protocol

from livesheet import conf
from livesheet.edits.answering import Answering
from livesheet.feed.following import Following
from livesheet.feed.windows import Windows
from livesheet.questions.questions import Questions
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.standing import Listener, subject_of
from livesheet.wire.budget import LastWins, Waiting
from livesheet.wire.protocol import Ask, At, Looking, Open, Request
from livesheet.wire.sockets import Socket


class Asker(Listener, Protocol):
    """A connection as this module sees it."""

    socket: Socket
    language: str

    def move(self, frame: At) -> None: ...
    def refuse(self, why: Exception | None) -> None: ...
    def admitted(self, before: Sheet | None = None) -> Sheet: ...
    def read_rights(self) -> Awaitable[Sheet]: ...
    def lookup_turn(self) -> AbstractAsyncContextManager[None]: ...


class Asking:
    """``unanswered`` counts edits and the like, which wait in ``waiting``."""

    __slots__ = ("_answering", "_asker", "_moves", "_questions", "_windows", "unanswered",
                 "waiting")  # fmt: skip

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self.waiting: Waiting | None = None
        self.unanswered = 0
        self._answering: Answering | None = None
        self._questions: Questions | None = None
        self._windows: Windows | None = None
        self._moves: LastWins | None = None

    # --- edits -------------------------------------------------------------------------------

    @property
    def answering(self) -> Answering:
        if self._answering is None:
            asker = self._asker
            self._answering = Answering(
                asker.socket, asker.language, lambda: asker.sheet, asker.admitted,
                partial(subject_of, asker),
            )  # fmt: skip
        return self._answering

    def put(self, frame: Open | Request, text: str) -> None:
        """``text`` is the same. Raises ``asyncio.QueueFull``."""
        if self.waiting is None:
            self.waiting = Waiting(conf.get("MAX_REQUESTS"))
        self.waiting.put(frame, text)
        self.unanswered += 1

    # --- moves -------------------------------------------------------------------------------

    def move(self, frame: At) -> None:
        if self._moves is None:
            self._moves = LastWins(conf.get("MAX_MOVES_PER_SECOND"), self._asker.move)
        self._moves.put(frame)

    # --- questions ---------------------------------------------------------------------------

    @property
    def questions(self) -> int:
        """How many are not answered yet."""
        return self._questions.unanswered if self._questions is not None else 0

    def ask(self, frame: Ask) -> None:
        if self._questions is None:
            asker = self._asker
            self._questions = Questions(
                asker.read_rights, asker.socket, asker.language, asker.refuse, asker.lookup_turn
            )
        self._questions.put(frame)

    def cancel(self, ref: str) -> None:
        if self._questions is not None:
            self._questions.cancel(ref)

    # --- windows -----------------------------------------------------------------------------

    @property
    def looks(self) -> int:
        """How many requests of windows are not answered yet."""
        return self._windows.unanswered if self._windows is not None else 0

    def look(self, frame: Looking, member: object) -> None:
        """``member``: the connection's place in its audience, None before it has one."""
        if self._windows is None:
            asker = self._asker
            self._windows = Windows(asker.socket, asker.language, asker.refuse, asker.lookup_turn)
            self.joined(member)
        self._windows.put(frame)

    def joined(self, member: object) -> None:
        if self._windows is not None and member is not None:
            self._windows.serve(member if isinstance(member, Following) else None)

    def cancel_order(self) -> None:
        if self._windows is not None:
            self._windows.cancel()

    # --- end ---------------------------------------------------------------------------------

    def put_away(self) -> None:
        """Release the parts that hold nothing at present."""
        if not self.questions:
            self._questions = None

    async def finish(self, seconds: float) -> None:
        """Carry out the requests that write, although the client has gone."""
        if self._questions is not None:
            await self._questions.finish(seconds)

    def end(self) -> None:
        for part in (self._questions, self._windows):
            if part is not None:
                part.end()
        if self._moves is not None:
            self._moves.cancel()
