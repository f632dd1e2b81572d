"""One feed for each event loop (and tenant): reads new changes once, for all its audiences.

It is started by its first connection in an empty context (otherwise it would inherit that user's
language), is supervised, and stops with its last connection.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Collection, Coroutine
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext_lazy as _

from livesheet import conf, scopes, threads
from livesheet.doorbell import doorbell, transports
from livesheet.doorbell.subscription import Subscription
from livesheet.exceptions import Refused
from livesheet.feed.audiences import Audience
from livesheet.feed.clock import Clock
from livesheet.feed.comparison import Comparison
from livesheet.feed.following import Following
from livesheet.feed.garbage import sparing
from livesheet.feed.kin import Kinships
from livesheet.feed.likeness import Key, audience_key, sharing
from livesheet.feed.membership import Membership
from livesheet.feed.opening import Gates
from livesheet.feed.presence import Presence
from livesheet.feed.rechecks import Rechecks
from livesheet.log import changelog, trimming
from livesheet.log.changelog import Entry, Position
from livesheet.sheet.declaration import Sheet
from livesheet.tables import Change
from livesheet.wire import protocol
from livesheet.wire.budget import Party, Turns

logger = logging.getLogger("livesheet")

ENTRIES_AT_ONCE = 2_000
AUDIENCES_AT_ONCE = 50
# The first page after a busy week must not wait; the rest is numbered later.
CATCH_UP_SECONDS = 0.2
FIRST_TIDY_SECONDS, TIDY_SECONDS = 10.0, 60.0
FIRST_RETRY_SECONDS = 0.2
RETRY_SECONDS = 5.0
A = TypeVar("A", bound=Audience)

TOO_MANY_SOCKETS = _("You have too many sheets open. Close some windows.")


class Feed:
    """Connections join and leave; everything else happens by itself."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.place = scopes.current()
        self.audiences: dict[Key, Audience] = {}
        self.connections: set[Any] = set()
        self.presence = Presence(doorbell.tell)
        self.subscription = Subscription(self.wake, self.presence.heard)
        self._followers: dict[str, Follower] = {}
        self._kinships = Kinships()
        self._comparing: dict[Key, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.gates = Gates()
        self.snapshot_turns = Turns(lambda: int(conf.get("MAX_SNAPSHOTS_PER_USER")))
        self.lookup_turns = Turns(lambda: int(conf.get("MAX_LOOKUPS_PER_USER")))
        self._sockets: Counter[Party] = Counter()
        self.rechecks = Rechecks(self.loop, self.connections)
        self._clock = Clock(self.connections)

    # --- life --------------------------------------------------------------------------------

    @classmethod
    def of_this_loop(cls) -> Feed:
        """The feed of this place, which is usually the only one."""
        at = asyncio.get_running_loop(), scopes.current().key
        for old in [known for known in _feeds if known[0].is_closed()]:
            del _feeds[old]
        if at not in _feeds:
            _feeds[at] = cls()
        return _feeds[at]

    def enter(self, connection: Any) -> None:
        """``connection``: a ``rechecks.Listener``. Raises ``Refused`` if the user has too many."""
        party: Party = connection.party
        if self._sockets[party] >= conf.get("MAX_SOCKETS_PER_USER") * party.users:
            raise Refused(protocol.TOO_MUCH, TOO_MANY_SOCKETS, 30)
        if not self.connections:
            self._start()
        self.connections.add(connection)
        self._sockets[party] += 1
        sparing.entered()
        self._clock.enter(connection)
        self.rechecks.entered(connection)

    def leave(self, connection: Any) -> None:
        if connection.member is not None:
            self.part(connection.member)
        self.connections.discard(connection)
        sparing.left()
        self._sockets[connection.party] -= 1
        if not self._sockets[connection.party]:
            del self._sockets[connection.party]
        if not self.connections:
            self._stop()

    def _start(self) -> None:
        sparing.begin()
        doorbell.listen(self._heard)
        if transports.reaches_others():
            self.spawn(self.subscription.run())
        self.spawn(self.rechecks.watch_sessions())
        self._clock = Clock(self.connections)
        self.spawn(self._clock.keep_time())
        self.spawn(
            self.presence.run()
        )  # people who are silent are away, even if there is no other process
        if changelog.is_kept_on(DEFAULT_DB_ALIAS):
            self._follower(DEFAULT_DB_ALIAS)  # where signing out is logged

    def _stop(self) -> None:
        sparing.end()
        doorbell.unlisten(self._heard)
        for task in self._tasks:
            task.cancel()
        for audience in self.audiences.values():
            audience.stop()
        for comparing in self._comparing.values():
            comparing.cancel()
        self._comparing.clear()
        self._tasks.clear()
        self._followers.clear()
        self.audiences.clear()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(self._spawned(work))

    def _spawned(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.loop.create_task(work, context=scopes.empty_context(self.place))

    # --- audiences ---------------------------------------------------------------------------

    async def join(self, sheet: Sheet, language: str, kind: type[A]) -> A:
        """The audience of ``sheet``, which will see every change after its position."""
        follower = self._follower(sheet.alias)
        position = await follower.ready()
        key = kind, audience_key(sheet, language)
        audience = self.audiences.get(key)
        if not isinstance(audience, kind):
            kin = self._kinships.of(sheet, language)
            own = sharing(sheet, kin.first, language) if kin is not None else sheet
            audience = kind(key, own, language, follower.position or position, kin)
            self.audiences[key] = audience
            self._comparing[key] = self._spawned(Comparison(audience).run())
        return audience

    def part(self, member: Membership | Following) -> None:
        member.leave()
        audience = member.audience
        if not audience.members and self.audiences.get(audience.key) is audience:
            audience.stop()
            self._comparing.pop(audience.key).cancel()
            del self.audiences[audience.key]

    def followers(self) -> list[Follower]:
        return list(self._followers.values())

    def on_alias(self, using: str) -> list[Audience]:
        return [a for a in self.audiences.values() if a.sheet.alias == using]

    # --- news --------------------------------------------------------------------------------

    def _follower(self, using: str) -> Follower:
        if using not in self._followers:
            self._followers[using] = Follower(self, using)
            self.spawn(self._followers[using].run())
            self.spawn(self._followers[using].keep_tidy())
        return self._followers[using]

    def _heard(self, using: str) -> None:
        # Called on the writer's thread, which may have another event loop or none.
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.wake, using, True)

    def tell_of_views(self, rooms: Collection[str]) -> None:
        """Tell these rooms that their shared views have changed; clients then ask for them."""
        for connection in tuple(self.connections):
            if connection.room in rooms:
                connection.socket.say({"type": "views"})

    def wake(self, using: str, was_written: bool = False) -> None:
        """``was_written``: this process has written, so there probably is something to number."""
        if using in self._followers:
            self._followers[using].wake(was_written)


_feeds: dict[tuple[asyncio.AbstractEventLoop, str], Feed] = {}


def running() -> list[Feed]:
    """The feeds of this process that have sockets: usually one, or none if it only serves pages."""
    return [feed for feed in list(_feeds.values()) if feed.connections]


class Follower:
    """Follows the change log of one database alias."""

    def __init__(self, feed: Feed, using: str) -> None:
        self.feed = feed
        self.using = using
        self.news = asyncio.Event()
        self._was_written = False
        self.position: Position | None = None
        self.looked = time.monotonic()  # when it had last read everything
        self._ready: asyncio.Future[Position] = feed.loop.create_future()

    async def ready(self) -> Position:
        """Wait for the first look at the log."""
        return await asyncio.shield(self._ready)

    def wake(self, was_written: bool) -> None:
        self._was_written |= was_written
        self.news.set()

    async def run(self) -> None:
        # Soon at first: a stopped process may have held the clock for the second that we waited.
        retry = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._look()
                await self._wait(conf.get("POLL_SECONDS"))
                retry = FIRST_RETRY_SECONDS
            except Exception:
                facts = {"event": "log.unread", "database": self.using}
                text = "The change log of %r cannot be read; trying again."
                logger.exception(text, self.using, extra=facts)
                await self._wait(retry * random.uniform(0.5, 1))
                retry = min(2 * retry, RETRY_SECONDS)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.news.wait()
        except TimeoutError:
            pass

    async def _look(self) -> None:
        self.news.clear()
        if self.position is None and await threads.run_log(self.using, _catch_up, self.using):
            self.news.set()  # there is more
        while True:
            expected, self._was_written = self._was_written, False
            head, entries = await threads.run_log(
                self.using, _read_news, self.using, self.position, expected
            )
            if entries is None:
                self._start_from(head)
                return
            if entries:
                await self._hand_on(entries, head.epoch)
            if len(entries) < ENTRIES_AT_ONCE:
                self.looked = time.monotonic()
                return

    def _start_from(self, head: Position) -> None:
        anew = self.position is not None
        self.position = head
        if not self._ready.done():
            self._ready.set_result(head)
        # Not when the log was flushed or restored: then accounts may be away for a moment, too.
        if self.using == DEFAULT_DB_ALIAS and not anew:
            # Users who signed out before the first look at the log are not in what follows.
            self.feed.rechecks.everybody()
        for audience in self.feed.on_alias(self.using):
            if anew:  # flushed, restored or trimmed beneath us
                audience.start_from(head)

    async def _hand_on(self, entries: list[Entry], epoch: str) -> None:
        # An audience that is made meanwhile begins here.
        self.position = position = Position(epoch, entries[-1].seq, entries[-1].tag)
        for entry in entries:
            if entry.kind == Change.Kind.ACCESS:
                self.feed.rechecks.access_changed(entry)
            elif entry.kind == Change.Kind.VIEWS:
                self.feed.tell_of_views(entry.pks)
        self.feed.rechecks.written({entry.model for entry in entries})
        for n, audience in enumerate(self.feed.on_alias(self.using), 1):
            if self.feed.audiences.get(audience.key) is audience:  # else all members have left
                self._tell(audience, entries, position)
            if n % AUDIENCES_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _tell(self, audience: Audience, entries: list[Entry], position: Position) -> None:
        try:
            audience.take(entries, position)
        except Exception:  # a failure of one sheet must not affect others
            facts = {"event": "audience.reset", "sheet": audience.sheet.get_name()}
            logger.exception("%r took no news.", type(audience.sheet), extra=facts)
            audience.start_from(position)

    async def keep_tidy(self) -> None:
        """Trims from time to time, on a thread that delays no reader."""
        pause = FIRST_TIDY_SECONDS
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            try:
                is_more = await threads.run_tidy(trimming.tidy, self.using)
            except Exception as error:
                facts = {"event": "log.untidy", "database": self.using}
                logger.warning("The log of %r: %s", self.using, error, extra=facts)
                is_more = False
            pause = trimming.REST_SECONDS if is_more else TIDY_SECONDS


def _read_news(
    using: str, after: Position | None, expected: bool = False
) -> tuple[Position, list[Entry] | None]:
    """The changes after ``after``; None for "start again from the head"."""
    return changelog.news(using, after, ENTRIES_AT_ONCE, expected=expected)


def _catch_up(using: str) -> bool:
    """Number what has accumulated, for a short time. Returns whether there is more."""
    end = time.monotonic() + CATCH_UP_SECONDS
    while changelog.stamp(using, trimming.AT_ONCE) == trimming.AT_ONCE:
        if time.monotonic() > end:
            return True
    return False
