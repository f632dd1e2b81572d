"""One open socket, from its handshake to its end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from contextvars import copy_context
from typing import Any
from urllib.parse import parse_qsl

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from livesheet import conf, metrics, scopes, threads
from livesheet.asking import Asking
from livesheet.edits.answering import DATABASE_AWAY
from livesheet.exceptions import FrameError, Refused
from livesheet.feed import clock
from livesheet.feed.audiences import Audience
from livesheet.feed.cursors import Cursors
from livesheet.feed.feed import Feed
from livesheet.feed.following import Following
from livesheet.feed.frames import bye, hello
from livesheet.feed.likeness import digest, sharing
from livesheet.feed.membership import Membership
from livesheet.feed.windowed import WindowedAudience, shows_windows
from livesheet.log.changelog import Position
from livesheet.people import user_key
from livesheet.sheet import localization, permissions
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.meeting import room_of
from livesheet.sheet.rows import asks_for_others
from livesheet.wire import protocol
from livesheet.wire.budget import Budget, Party, can_pause, party_of, throw_away
from livesheet.wire.errands import Errands
from livesheet.wire.protocol import Ask, At, Cancel, Frame, Looking, Open, Ping, Request
from livesheet.wire.sockets import Socket, too_slow

logger = logging.getLogger("livesheet")

OPEN_SECONDS, BEAT_SECONDS, SILENT_SECONDS = 15.0, 20.0, 65.0
PAUSE_SECONDS = 5.0
# How many times MAX_FRAME_BYTES a frame may have to be answered; a larger one ends the socket.
TOO_LARGE = 2


class Connection:
    """``sheet_class`` is None where the URL names no sheet."""

    # A dictionary of so many takes 1 KB more of each open socket.
    __slots__ = (
        "__weakref__", "_asking", "_beaten", "_began", "_budget", "_client", "_context", "_digest",
        "_errands", "_is_due", "_is_over", "_is_told", "_is_windowed", "_name", "_presence_key",
        "_receive", "_recheck_at", "_send", "_task", "_why", "feed", "heard", "language", "member",
        "params", "party", "room", "scope", "session_key", "sheet", "sheet_class", "socket",
        "user_key", "zone",
    )  # fmt: skip

    def __init__(
        self,
        sheet_class: type[Sheet] | None,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self.sheet_class = sheet_class
        self._name = sheet_class.get_name() if sheet_class is not None else ""
        self.scope = scope
        self._receive, self._send = receive, send
        # The server's own send, kept before the middleware stack, is a third cheaper per frame.
        self.socket = Socket(scope.get("livesheet.send", send), self._drained, self.refuse)
        self.language, self.zone = localization.language_of(scope), localization.zone_of(scope)
        self.params = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        self.feed: Feed
        self.sheet: Sheet
        self.member: Membership | Following | None = None
        self.user_key = self.session_key = self.room = self._presence_key = self._digest = ""
        self.party: Party
        self._client: str | None = None
        self._asking = Asking(self)
        self._errands = Errands(self.refuse)
        self._task: asyncio.Task[None] | None = None  # while the socket is open
        self._why: Exception | None = None
        self._is_due = self._is_told = self._is_over = self._is_windowed = False
        self._recheck_at = clock.next_recheck()
        self._budget = Budget(conf.get("MAX_FRAMES_PER_SECOND"))
        self._began = self.heard = self._beaten = time.monotonic()

    # --- life --------------------------------------------------------------------------------

    async def run(self) -> None:
        await self._receive()  # websocket.connect
        if not permissions.origin_allowed(self.scope):
            await self._send({"type": "websocket.close", "code": protocol.NOT_ALLOWED})
            return
        try:
            await self._enter()
            try:  # nothing besides this coroutine waits: another task would take 1 KB
                while not self._is_over:
                    await self._listen(await self._receive())
            except asyncio.CancelledError:
                if not self._is_refused():
                    raise
            finally:
                await self._leave()
            if self._why is not None:
                raise self._why
        except Refused as refusal:
            await self._say_goodbye(refusal)
        except Exception:
            facts = self._facts("socket.broke")
            logger.exception("A connection to %r broke.", self.sheet_class, extra=facts)
            text = _("Something went wrong on the server.")
            await self._say_goodbye(Refused(protocol.TRY_AGAIN, text, 2))

    async def _enter(self) -> None:
        await self._accept()
        threads.work_for(self._name)
        if scopes.are_told():
            scopes.settle(await threads.run(scopes.find, self.scope))
        self.feed = Feed.of_this_loop()
        async with self.feed.gates.of(self._name):
            self.sheet, self.session_key = await threads.run(self._let_in)
        self.user_key = user_key(self.sheet.user)
        self.party = party_of(self.user_key, self.scope)
        self.scope = permissions.kept(self.scope, self.sheet.user, self.session_key)
        # Whatever it took to let the client in, it was not the client that was slow.
        self._began = self.heard = time.monotonic()
        self._context = copy_context()
        self._task = asyncio.current_task()
        self.feed.enter(self)

    async def _accept(self) -> None:
        """Accept first, refuse afterwards: browsers try a denied handshake again for ever."""
        offered = self.scope.get("subprotocols") or []
        spoken = protocol.VERSION in offered
        chosen = protocol.VERSION if spoken else next(iter(offered), None)
        with suppress(OSError):  # gone already, as when the server stops: `_listen` will hear of it
            await self._send({"type": "websocket.accept", "subprotocol": chosen})
            self.socket.accepted()
        self._send = self.scope.get("livesheet.send", self._send)  # the middleware have done theirs
        if not spoken:
            raise Refused(protocol.BAD_PROTOCOL, _("This page is out of date. Reload it."))

    def _is_refused(self) -> bool:
        """Whether ``refuse`` has cancelled the task, and nobody else has."""
        return self._is_over and self._task is not None and not self._task.uncancel()

    async def _leave(self) -> None:
        has_gone, self._is_over = self._is_over and self._why is None, True
        self.socket.closed = True
        try:
            if has_gone:  # what it sent is carried out nevertheless
                working = PAUSE_SECONDS if self.socket.position else 0
                await asyncio.gather(
                    self._errands.finish(self._work, working), self._asking.finish(PAUSE_SECONDS)
                )
        finally:
            self._errands.end()
            self._asking.end()
            self.feed.presence.leave(self._presence_key)
            self.feed.leave(self)

    async def _say_goodbye(self, refusal: Refused) -> None:
        metrics.dropped.add(str(refusal.close_code))
        logger.info("A socket is closed: %s", refusal, extra=self._facts("socket.refused", refusal))
        with suppress(TimeoutError, OSError, RuntimeError):  # nobody may be there any more
            async with asyncio.timeout(5):
                self.socket.closed = False
                self.socket.say(bye(refusal, self.language))
                await self.socket.drained()
                await self._send({"type": "websocket.close", "code": refusal.close_code})
        if refusal.close_code == protocol.TOO_MUCH and not can_pause(self.scope):
            await throw_away(self._receive)

    def _facts(self, event: str, refusal: Refused | None = None) -> dict[str, Any]:
        """What a log record says of this connection, besides its message."""
        facts = {"event": event, "user": self.user_key, "seconds": time.monotonic() - self._began}
        named = {"sheet": self._name} if self._name else {}
        return facts | named | ({"code": refusal.close_code} if refusal is not None else {})

    def refuse(self, why: Exception | None) -> None:
        """End this connection, from any task that notices the reason. None: the client has gone."""
        if not self._is_over:
            self._is_over, self._why = True, why
            if self._task is not None and self._task is not asyncio.current_task():
                self._task.cancel()

    # --- who may -----------------------------------------------------------------------------

    def _let_in(self) -> tuple[Sheet, str]:
        return self.admitted(), permissions.session_key(self.scope)

    def admitted(self, before: Sheet | None = None) -> Sheet:
        """The sheet for the user as the database has it now. Synchronous."""
        with translation.override(self.language):
            return permissions.admitted(self.sheet_class, self.params, self.scope, before)

    def _snapshot_turn(self) -> AbstractAsyncContextManager[None]:
        return self.feed.snapshot_turns.turn(self.party)

    def lookup_turn(self) -> AbstractAsyncContextManager[None]:
        return self.feed.lookup_turns.turn(self.party)

    def read_rights(self) -> Awaitable[Sheet]:
        return threads.run(self.admitted, self.sheet)

    def recheck_soon(self) -> None:
        self._is_told = True
        self.check_soon()

    def check_soon(self) -> None:
        self._is_due = True
        self._errands.begin(self._check_again, self._context.copy())

    def depends_on(self, labels: Collection[str]) -> bool:
        """Whether what this sheet shows, and to whom, may change with these models."""
        return self.member is not None and not self.member.audience.depends_on.isdisjoint(labels)

    async def _check_again(self) -> None:
        while self._is_due:
            self._is_due = False
            await self._check()

    async def _check(self) -> None:
        told, self._is_told = self._is_told, False  # else it is only time again
        self._recheck_at = clock.next_recheck()
        found = None if told else await self.feed.rechecks.stands(self)
        if found is self.sheet:
            return
        try:
            self.sheet = found or await self.read_rights()
        except DATABASE_AWAY as error:  # nobody can read or write through us meanwhile
            self.feed.rechecks.forget(self)
            facts = self._facts("socket.rights_unread")
            logger.warning("Rights cannot be read (%s); trying again.", error, extra=facts)
            return
        if self.member is not None and self.member.loaded.is_set():
            await self._conform(self.member, told)

    async def _conform(self, member: Membership | Following, told: bool = True) -> None:
        """Be where the rights as they were last read belong: in that room and that audience."""
        self._find_room()
        if digest(self.sheet, self.language) != self._digest:
            self.feed.part(member)
            await self._join(None, None)
        elif self.sheet.is_private:
            before = member.audience.replace_sheet(self.sheet)  # for later reads
            if told and await threads.run(asks_for_others, before, self.sheet):
                member.audience.comparison_wanted.set()

    def _find_room(self) -> None:
        if (room := room_of(self.sheet)) != self.room:
            self.feed.presence.move_out(self._presence_key)
            self.room = room
            self._presence_key = self.feed.presence.enter(self, self.sheet.user)

    # --- in ----------------------------------------------------------------------------------

    async def _listen(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            return self.refuse(None)
        self.heard = time.monotonic()
        if not self._budget.spend():
            await self._budget.spend_in_time(self.scope)
        most = conf.get("MAX_FRAME_BYTES")
        if protocol.size_of(message) > most * TOO_LARGE:
            text = _("This page sent a message that is too large.")
            raise Refused(protocol.TOO_MUCH, text, 30)
        try:
            self._take(protocol.decode(message, most), message["text"])
        except FrameError as error:
            frame = {"type": "error", "code": error.code, "message": error.detail}
            self.socket.say(frame if error.ref is None else {**frame, "ref": error.ref})

    def _take(self, frame: Frame, text: str) -> None:
        asking = self._asking
        if isinstance(frame, Ping):
            if self.member is not None:
                self.socket.acknowledge(*self.member.audience.cursors.opened(frame.cursor))
            self._beat()
        elif isinstance(frame, At):
            asking.move(frame)
        elif isinstance(frame, Ask):
            self._budget.excuse(asking.questions, 1)
            asking.ask(frame)
        elif isinstance(frame, Looking):
            self._budget.excuse(asking.looks, 1)
            asking.look(frame, self.member)
        elif isinstance(frame, Cancel):
            asking.cancel_order() if frame.ref is None else asking.cancel(frame.ref)
        else:
            self._budget.excuse(asking.unanswered)
            self._enqueue(frame, text)

    def move(self, frame: At) -> None:
        place = frame.pk, frame.column, frame.editing
        self.feed.presence.move(self._presence_key, *place, adding=frame.adding)

    def _enqueue(self, frame: Open | Request, text: str) -> None:
        ref = getattr(frame, "ref", None)
        if isinstance(frame, Open) == (self._client is not None):
            expected = "open only once" if isinstance(frame, Open) else "open as the first frame"
            raise FrameError("bad_frame", f"Expected {expected}.", ref)
        if isinstance(frame, Open):
            self._client = frame.client
        else:
            protocol.check_columns(frame, (column.name for column in self.sheet.columns))
        try:
            self._asking.put(frame, text)
        except asyncio.QueueFull:
            message = f"Expected at most {conf.get('MAX_REQUESTS')} waiting requests; got one more."
            raise FrameError("too_many", message, ref) from None
        self._errands.begin(self._work)

    # --- work, one request after the other ---------------------------------------------------

    async def _work(self) -> None:
        asking = self._asking
        while line := asking.waiting:
            frame = line.get()
            if isinstance(frame, Open):
                await self._open(frame)
                asking.unanswered -= 1
            else:
                async for reply in asking.answering.answers(frame, line, self._client or ""):
                    self.socket.answer(reply)
                    asking.unanswered -= 1
        asking.waiting = None

    async def _open(self, frame: Open) -> None:
        self._digest = digest(self.sheet, self.language)
        same = frame.digest == self._digest
        self._is_windowed = frame.windowed and await threads.run(shows_windows, self.sheet)
        await self._join(Cursors(self.sheet).open(frame.cursor) if same else None, frame.have)
        self._find_room()
        if self.member is not None:
            await self._conform(self.member)  # they may have changed while it was loading

    async def _join(self, cursor: Position | None, have: list[str] | None) -> None:
        self._digest = digest(self.sheet, self.language)
        whose = self._client or "", self.user_key, self._snapshot_turn
        if self._is_windowed:
            windowed = await self.feed.join(self.sheet, self.language, WindowedAudience)
            self.member = Following(self.socket, windowed, *whose)
        else:
            whole = await self.feed.join(self.sheet, self.language, Audience)
            self.member = Membership(self.socket, whole, *whose)
        audience = self.member.audience
        self.sheet = sharing(self.sheet, audience.sheet, self.language)
        audience.members.add(self.member)
        self._asking.joined(self.member)
        await self.member.open(cursor, have, self._hello)

    def _drained(self) -> None:
        if self.member is not None:
            self.member.catch_up()

    # --- by the clock ------------------------------------------------------------------------

    def look_at_the_clock(self, now: float) -> float:
        is_open = self._client is not None
        silent_at = self.heard + SILENT_SECONDS if is_open else self._began + OPEN_SECONDS
        if now > (slow_at := self.socket.too_slow_at):
            raise too_slow()
        if now > silent_at or self.socket.closed:
            raise Refused(protocol.TOO_SLOW, _("This page stopped responding."), 1)
        if now - self._beaten >= BEAT_SECONDS:
            self._beat()
        if now >= self._recheck_at:
            self._recheck_at = clock.next_recheck()
            self.feed.rechecks.due(self)
        return min(slow_at, silent_at, self._beaten + BEAT_SECONDS, self._recheck_at)

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        self._asking.put_away()
        if self.member is not None and (position := self.member.cursor()) is not None:
            cursor = self.member.audience.cursors.seal(position, self.socket.proof())
            self.socket.write(f'{{"type":"beat","cursor":"{cursor}"}}')

    def _hello(self, complete: Iterable[str]) -> dict[str, Any]:
        with translation.override(self.language), timezone.override(self.zone):
            return hello(self.sheet, self._digest, complete, windowed=self._is_windowed)

    def may_see(self, pk: str) -> bool:
        return self.member is not None and pk in self.member.audience.told.pks

    def has_column(self, name: str) -> bool:
        return self.sheet.column(name) is not None

    def sight(self) -> Hashable:
        return self.member and self.member.audience, *(c.name for c in self.sheet.columns)

    def tell(self, text: str) -> None:
        """Send an encoded frame that a room shares."""
        self.socket.write(text)
