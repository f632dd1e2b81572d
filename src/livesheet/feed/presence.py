"""Who has a sheet open and on which cell: memory only, never in the database.

This is the way of all that is told to a room without being stored.

Each process knows its own connections and hears of the others' where something carries messages
between them; what is not repeated within ``FORGET_SECONDS`` is gone. A connection that says
nothing, because its cable was pulled, is away after ``AWAY_SECONDS``, long before it is given up:
nobody is shown for more than half a minute who has left without a word.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol, TypeGuard

from livesheet import scopes
from livesheet.people import me
from livesheet.sheet.declaration import Sheet

REPEAT_SECONDS = 10.0
FORGET_SECONDS = 25.0
# A browser is heard of every 20 seconds, and every 25 from a tab that nobody looks at.
AWAY_SECONDS = 27.0
LOOK_SECONDS = 1.0
ANSWER_SECONDS = 0.2
# So that a message stays below what any transport takes, however long the names are.
PEOPLE_PER_MESSAGE = 5
LONGEST_KEY = 128  # who is on a row with a longer one, is shown without a place

Person = dict[str, Any]
Room = str


def room_of(sheet: Sheet) -> Room:
    """Where those meet who have the same sheet open with the same params, and may know of it.

    A digest: what a room is called goes past other processes, and a key may be of any length.
    """
    params = sorted((name, str(value)) for name, value in sheet.params.items())
    whole = repr((scopes.current().key, sheet.get_name(), params, sheet.room))
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


class Listener(Protocol):
    """A connection as presence sees it."""

    room: Room
    heard: float  # when it last was, by the monotonic clock

    def may_see(self, pk: str) -> bool: ...
    def has_column(self, name: str) -> bool: ...
    def say_presence(self, people: list[Person]) -> None: ...


class Presence:
    """``announce`` sends a message to the other processes' ``heard``."""

    def __init__(self, announce: Callable[[dict[str, Any]], None]) -> None:
        self._announce = announce
        self._local: dict[str, tuple[Listener, Person]] = {}
        self._away: set[str] = set()  # of the local ones
        self._asked = asyncio.Event()
        self._remote: dict[str, tuple[Room, Person, float]] = {}

    async def run(self) -> None:
        """Repeat ourselves and forget those who are silent, until cancelled."""
        repeat_at = 0.0
        while True:
            now = time.monotonic()
            if self._asked.is_set() or now >= repeat_at:
                repeat_at = now + REPEAT_SECONDS
                self._repeat()
            self._notice_the_silent()
            self._forget(now - FORGET_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._asked.wait()
                await asyncio.sleep(ANSWER_SECONDS)  # one answer for many who ask at once

    def _repeat(self) -> None:
        self._asked.clear()
        rooms: dict[Room, list[Person]] = {}
        for listener, person in self._present():
            rooms.setdefault(listener.room, []).append(person)
        for room, here in rooms.items():
            self._tell_others(room, *here)

    def _notice_the_silent(self) -> None:
        for key, (listener, person) in tuple(self._local.items()):
            is_away = listener.heard < time.monotonic() - AWAY_SECONDS
            if is_away == (key in self._away):
                continue
            if is_away:
                self._away.add(key)
                person = {**person, "left": True}
            else:
                self._away.remove(key)
            self._tell(listener.room, person)
            self._tell_others(listener.room, person)

    def _forget(self, horizon: float) -> None:
        for key, (room, person, heard) in tuple(self._remote.items()):
            if heard < horizon:
                del self._remote[key]
                self._tell(room, {**person, "left": True})

    # --- our own connections -----------------------------------------------------------------

    def enter(self, listener: Listener, user: Any) -> str:
        """Show somebody who opened a sheet to everyone there, and everyone to them."""
        key = secrets.token_hex(4)
        person = {"key": key, **me(user), "pk": None, "column": None, "editing": False}
        listener.say_presence([_as_seen_by(listener, p) for p in self._in_room(listener.room)])
        self._local[key] = (listener, person)
        self._tell(listener.room, person)
        self._tell_others(listener.room, person, ask=True)
        return key

    def move(self, key: str, pk: str | None, column: str | None, editing: bool) -> None:
        if key not in self._local:
            return
        listener, person = self._local[key]
        if pk is not None and (len(pk) > LONGEST_KEY or not listener.may_see(pk)):
            pk = None
        person.update(pk=pk, column=column if pk is not None else None, editing=editing)
        self._away.discard(key)
        self._tell(listener.room, person)
        self._tell_others(listener.room, person)

    def move_out(self, key: str) -> None:
        """Leave, and stay connected: those who were seen are not to be seen any more."""
        if key in self._local:
            listener, _person = self._local[key]
            self.leave(key)
            others = [{**person, "left": True} for person in self._in_room(listener.room)]
            listener.say_presence([_as_seen_by(listener, person) for person in others])

    def leave(self, key: str) -> None:
        listener, person = self._local.pop(key, (None, {}))
        self._away.discard(key)
        if listener is not None:
            left = {**person, "left": True}
            self._tell(listener.room, left)
            self._tell_others(listener.room, left)

    # --- other processes ---------------------------------------------------------------------

    def heard(self, message: dict[str, Any]) -> None:
        """Another process spoke. Only what has the right shape is taken."""
        room, people = message.get("room"), message.get("people")
        if not isinstance(room, str) or not isinstance(people, list):
            return
        for person in people:
            if _is_person(person) and person["key"] not in self._local:
                self._take(room, person)
        if message.get("ask"):
            self._asked.set()

    def _take(self, room: Room, person: Person) -> None:
        known = self._remote.pop(person["key"], None)
        if not person.get("left"):
            self._remote[person["key"]] = (room, person, time.monotonic())
        if known is None or known[1] != person:
            self._tell(room, person)

    def _tell_others(self, room: Room, *people: Person, ask: bool = False) -> None:
        for start in range(0, len(people), PEOPLE_PER_MESSAGE):
            some = list(people[start : start + PEOPLE_PER_MESSAGE])
            message = {"type": "livesheet.presence", "room": room, "people": some, "ask": ask}
            self._announce(message)

    # --- telling -----------------------------------------------------------------------------

    def _present(self) -> Iterable[tuple[Listener, Person]]:
        return (local for key, local in self._local.items() if key not in self._away)

    def _in_room(self, room: Room) -> Iterable[Person]:
        yield from (p for listener, p in self._present() if listener.room == room)
        yield from (p for there, p, _heard in self._remote.values() if there == room)

    def _tell(self, room: Room, person: Person) -> None:
        for key, (listener, _own) in tuple(self._local.items()):
            if listener.room == room and key != person["key"]:
                listener.say_presence([_as_seen_by(listener, person)])


def _as_seen_by(listener: Listener, person: Person) -> Person:
    """Somebody on a row that the other may not see is shown, but neither where nor at what."""
    if person.get("left"):
        return {name: person[name] for name in ("key", "id", "name", "colour", "left")}
    pk, column, editing = person["pk"], person["column"], person["editing"]
    if pk is not None and not listener.may_see(pk):
        pk = column = None
    elif column is not None and not listener.has_column(column):
        column = None
    return {**person, "pk": pk, "column": column, "editing": editing and column is not None}


def _is_person(value: Any) -> TypeGuard[Person]:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in ("key", "id", "name", "colour"))
        and all(isinstance(value.get(name, ...), str | None) for name in ("pk", "column"))
        and isinstance(value.get("editing"), bool)
    )
