"""Makes sockets of this process check their rights again: the affected ones, spread over some time.

The change log says which users are affected, whichever process changed their rights. Deleted
sessions are not in the log and are searched for.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone
from django.utils.module_loading import import_string

from livesheet import conf, threads
from livesheet.fresh import fresh
from livesheet.log.changelog import Entry
from livesheet.sheet import filterable, grants, permissions
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.standing import Listener as Stander
from livesheet.sheet.standing import Subject, standing, subject_by_the_clock, users_of

# Rights are read before a connection enters; changes in between are remembered for this long.
LATELY_SECONDS = 10.0
# `logout()` is noticed just before the session ends, so rights are checked once more.
AGAIN_SECONDS = 2.0
# A change to a group may concern a thousand sockets, each of which reads the database.
AT_ONCE = 20
EACH_SECONDS = 0.005
SPREAD_SECONDS = 2.5
# The models that sheets depend on may be written all the time.
DEPENDENT_EACH_SECONDS = 0.02
SESSIONS_SECONDS = 3.0
# Sockets that are due are checked together: the first waits this long for others. Checking
# separately costs as much as thirty more sockets would.
GATHER_SECONDS, GATHER_SHARE = 2.0, 0.07
# After this many checks that find nothing new, half an hour, a socket checks everything by itself.
LOOKS = 60
SESSIONS_PER_QUERY = 500
KEYS_PER_COUNT = 5_000


class Listener(Stander, Protocol):
    """A connection as this module sees it."""

    def recheck_soon(self) -> None: ...
    def check_soon(self) -> None: ...
    def depends_on(self, labels: Collection[str]) -> bool: ...


class _Look(NamedTuple):
    """What was found for all listeners that were due. ``users``: those on whom a sheet depends."""

    digests: dict[Subject, bytes]
    users: dict[str, Any]


class _Stood(NamedTuple):
    """What was found for a listener: the digest, how many looks found it unchanged, the sheet."""

    digest: bytes
    looks: int
    sheet: Sheet
    subject: Subject


class Rechecks:
    """``listeners`` is the live collection of this process's connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop, listeners: Collection[Any]) -> None:
        self._loop = loop
        self._listeners: Collection[Listener] = listeners
        self._changed: dict[str, float] = {}  # user → when; "" stands for everybody
        self._dependent: dict[Listener, None] = {}
        self._at_work: asyncio.TimerHandle | None = None
        self._ended: set[str] = set()
        self._stood: WeakKeyDictionary[Listener, _Stood] = WeakKeyDictionary()
        self._due: set[Subject] = set()
        self._waiting: list[tuple[Listener, _Stood]] = []
        self._wanted: set[str] = set()
        self._looking: asyncio.Task[_Look] | None = None

    # --- what the log tells ------------------------------------------------------------------

    def entered(self, listener: Listener) -> None:
        if {listener.user_key, ""} & self._changed_lately().keys():
            listener.recheck_soon()

    def access_changed(self, entry: Entry) -> None:
        """An entry that names nobody means everybody."""
        now = time.monotonic()
        self._changed = self._changed_lately() | dict.fromkeys(entry.pks or ("",), now)
        concerned = [
            listener
            for listener in tuple(self._listeners)
            if not entry.pks or listener.user_key in entry.pks
        ]
        self._spread(concerned)
        if len(entry.pks) == 1:
            self._loop.call_later(AGAIN_SECONDS, self._spread, concerned)

    def _changed_lately(self) -> dict[str, float]:
        since = time.monotonic() - LATELY_SECONDS
        return {key: at for key, at in self._changed.items() if at > since}

    def everybody(self) -> None:
        self._spread(tuple(self._listeners))

    def _spread(self, listeners: Sequence[Listener]) -> None:
        each = min(EACH_SECONDS, SPREAD_SECONDS / max(1, len(listeners)))
        for n, listener in enumerate(listeners):
            if n < AT_ONCE:
                listener.recheck_soon()
            else:
                self._loop.call_later(n * each, listener.recheck_soon)

    # --- by the clock ------------------------------------------------------------------------

    def due(self, listener: Listener) -> None:
        """The listener's time has come. It checks by itself only if something may have changed.

        Nearly always nothing has, and then it takes neither a task nor a turn of its own.
        """
        before = self._stood.get(listener)
        if before is None or before.sheet is not listener.sheet or listener.sheet.is_private:
            listener.check_soon()
            return
        self._waiting.append((listener, before))
        self._due.add(before.subject)
        self._look_soon()

    async def stands(self, listener: Listener) -> Sheet | None:
        """The listener's sheet if its rights have not changed; found for all that are due together.

        It is a new one if the user had to be read again. If None, the listener must check by
        itself, and call ``forget`` if it could not.
        """
        before = self._stood.pop(listener, None)
        is_known = before is not None and before.sheet is listener.sheet
        subject = before.subject if before and is_known else subject_by_the_clock(listener)
        if subject is None:
            return None
        try:
            look = await self._looked_at(subject, listener.sheet)
        except (OperationalError, InterfaceError):
            return None
        found = look.digests.get(subject, b"")
        is_same = before is not None and found == before.digest != b"" and before.looks < LOOKS
        sheet = self._renewed(listener, look) if is_same else None
        looks = before.looks + 1 if before and sheet else 0
        self._stood[listener] = _Stood(found, looks, sheet or listener.sheet, subject)
        return sheet

    def forget(self, listener: Listener) -> None:
        self._stood.pop(listener, None)

    def _looked_at(self, subject: Subject, sheet: Sheet) -> Awaitable[_Look]:
        self._due.add(subject)
        if sheet.is_private:
            self._wanted.add(subject[1])
        return asyncio.shield(self._look_soon())

    def _look_soon(self) -> asyncio.Task[_Look]:
        if self._looking is None:
            self._looking = self._loop.create_task(self._look())
            self._looking.add_done_callback(_heard)
        return self._looking

    async def _look(self) -> _Look:
        await asyncio.sleep(min(GATHER_SECONDS, conf.get("RECHECK_SECONDS") * GATHER_SHARE))
        due, self._due, self._looking = self._due, set(), None
        wanted, self._wanted = self._wanted, set()
        waiting, self._waiting = self._waiting, []
        digests: dict[Subject, bytes] = {}
        try:
            look = await threads.run(_looked, due, wanted)
            digests = look.digests
        finally:  # if it failed, each finds out by itself
            for listener, before in waiting:
                self._pass_or_check(listener, before, digests.get(before.subject, b""))
        return look

    def _pass_or_check(self, listener: Listener, before: _Stood, found: bytes) -> None:
        is_known = self._stood.get(listener) is before and listener.sheet is before.sheet
        if not (is_known and found == before.digest != b""):
            self.forget(listener)
            listener.recheck_soon()
        elif before.looks < LOOKS:
            self._stood[listener] = before._replace(looks=before.looks + 1)
        else:
            self.forget(listener)
            listener.check_soon()

    def _renewed(self, listener: Listener, look: _Look) -> Sheet | None:
        sheet = listener.sheet
        if not sheet.is_private:
            return sheet
        user = look.users.get(listener.user_key)
        if user is None or type(user) is not type(sheet.user):
            return None
        grants.hand_on(sheet.user, user)
        permissions.hold(listener.scope, user)
        return sheet.for_user(user)

    # --- what sheets depend on ---------------------------------------------------------------

    def written(self, labels: Collection[str]) -> None:
        """Rows of these models were written, which may change who may see what."""
        waited = dict.fromkeys(c for c in tuple(self._listeners) if c.depends_on(labels))
        self._dependent |= waited
        if self._dependent and self._at_work is None:
            self._next()

    def _next(self) -> None:
        self._at_work = None
        if self._dependent:
            listener = next(iter(self._dependent))
            del self._dependent[listener]
            listener.recheck_soon()
            self._at_work = self._loop.call_later(DEPENDENT_EACH_SECONDS, self._next)

    # --- sessions ----------------------------------------------------------------------------

    async def watch_sessions(self) -> None:
        """Check whether the sessions still exist, until cancelled."""
        while True:
            await asyncio.sleep(SESSIONS_SECONDS)
            by_key: dict[str, list[Listener]] = defaultdict(list)
            for listener in tuple(self._listeners):
                by_key[listener.session_key].append(listener)
            self._ended &= by_key.keys()
            with suppress(OperationalError, InterfaceError):  # the log's reader reports it
                ended = await threads.run(ended_sessions, by_key.keys() - {"", *self._ended})
                # A cache may still have the session: then its socket stays, and is not asked again.
                self._ended |= ended
                self._spread([listener for key in ended for listener in by_key[key]])


def _heard(look: asyncio.Task[_Look]) -> None:
    if not look.cancelled():
        look.exception()  # there may be only listeners that do not wait for it


def _looked(due: Collection[Subject], wanted: Collection[str]) -> _Look:
    return _Look(standing(due), users_of(wanted) if wanted else {})


def ended_sessions(keys: Iterable[str]) -> set[str]:
    """Sessions that are deleted or expired, if sessions are in the database. Synchronous."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    wanted = list(keys)
    if not hasattr(store, "get_model_class"):
        return set()
    sessions = fresh(store.get_model_class()._default_manager)
    if _count_good(sessions, wanted) == len(wanted):
        return set()
    sessions = sessions.filter(expire_date__gt=timezone.now())
    alive: set[str] = set()
    for start in range(0, len(wanted), SESSIONS_PER_QUERY):
        some = wanted[start : start + SESSIONS_PER_QUERY]
        alive.update(sessions.filter(session_key__in=some).values_list("session_key", flat=True))
    return set(wanted) - alive


def _count_good(sessions: Any, keys: Sequence[str]) -> int:
    """How many of these sessions are valid; -1 if only Django's own methods can tell.

    Nearly always, all are. With thousands of parameters and rows, the ORM would take a hundred
    times as long.
    """
    is_plain = filterable.is_everything(sessions.model, sessions)
    if not is_plain or not all(key.isalnum() and key.isascii() for key in keys):
        return -1
    connection, meta = connections[sessions.db], sessions.model._meta
    q = connection.ops.quote_name
    key, expires = (q(meta.get_field(name).column) for name in ("session_key", "expire_date"))
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    found = 0
    with connection.cursor() as cursor:
        for start in range(0, len(keys), KEYS_PER_COUNT):
            named = "','".join(keys[start : start + KEYS_PER_COUNT])
            cursor.execute(
                f"SELECT count(*) FROM {q(meta.db_table)}"
                f" WHERE {expires} > %s AND {key} IN ('{named}')",
                [now],
            )
            found += cursor.fetchone()[0]
    return found
