"""Who has a sheet open, and on which cell: only in memory, never in the database.

Everything that a room is told without being stored goes this way.

Each process knows its own connections. It learns of those of other processes if something carries
messages between them; those of a process that is silent for ``FORGET_SECONDS`` are forgotten. A
connection that is silent, because its cable was pulled, counts as away after ``AWAY_SECONDS``, long
before its socket is closed. So a person who has left without a message is shown for half a minute
at most.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeGuard

from livesheet.feed import rooms
from livesheet.feed.elsewhere import Elsewhere, Roll
from livesheet.feed.rooms import Person, Room
from livesheet.people import me

REPEAT_SECONDS = 10.0
FORGET_SECONDS = 25.0
# A browser sends something every 20 seconds, from a tab in the background every 25.
AWAY_SECONDS = 27.0
LOOK_SECONDS = 2.5
ANSWER_SECONDS = 0.2
# Small enough for a message to fit into any transport.
BYTES_PER_MESSAGE = 4_000
LONGEST_KEY = 128  # a person on a row with a longer key is shown without a place


class Listener(rooms.Listener, Protocol):
    """A connection as presence sees it."""

    room: str
    heard: float  # when something was last received, by the monotonic clock


class Presence:
    """``announce`` sends a message to the other processes' ``heard``."""

    def __init__(self, announce: Callable[[dict[str, Any]], None]) -> None:
        self._announce = announce
        self._rooms: dict[str, Room] = {}
        self._local: dict[str, tuple[Listener, Room, Person]] = {}
        self._away: set[str] = set()  # of the local ones
        self._asked: set[str] = set()  # rooms
        self._is_asked = asyncio.Event()
        self._process = secrets.token_hex(8)
        self._told = Roll()  # what other processes should have of this one
        self._elsewhere = Elsewhere()

    async def run(self) -> None:
        """Say that this process is alive, and forget those who are silent, until cancelled."""
        repeat_at = 0.0
        while True:
            now = time.monotonic()
            if now >= repeat_at:
                repeat_at = now + REPEAT_SECONDS
                self._say_alive()
            self._repeat()
            self._notice_the_silent(now - AWAY_SECONDS)
            self._forget(now - FORGET_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._is_asked.wait()
                await asyncio.sleep(ANSWER_SECONDS)  # one answer for many who ask at once

    def _say_alive(self) -> None:
        if self._told.keys:
            self._say(total=self._told.total)

    def _repeat(self) -> None:
        asked, self._asked = self._asked, set()
        self._is_asked.clear()
        for name in asked & self._rooms.keys():
            room = self._rooms[name]
            present = room.listeners.keys() - self._away
            self._tell_others(name, [room.people[key] for key in present])

    def _notice_the_silent(self, horizon: float) -> None:
        for key, (listener, room, person) in tuple(self._local.items()):
            is_away = listener.heard < horizon
            if is_away and key not in self._away:
                self._away.add(key)
                room.drop(key)
            elif not is_away and key in self._away:
                self._away.remove(key)
                room.put(person)

    def _forget(self, horizon: float) -> None:
        for key in self._elsewhere.silent(horizon):
            if room := self._elsewhere.pop(key):
                self._drop(room, key)

    # --- our own connections -----------------------------------------------------------------

    def enter(self, listener: Listener, user: Any) -> str:
        """Show everybody who is here to a user who opens a sheet, and the user to them."""
        key, room = secrets.token_hex(4), self._room(listener.room)
        person = {"key": key, **me(user), "pk": None, "column": None, "editing": False}
        if not room.listeners:  # this process does not know yet who is there in other processes
            self._say(room.name, ask=True)
        self._local[key] = (listener, room, person)
        room.enter(listener, person)
        return key

    def move(
        self, key: str, pk: str | None, column: str | None, editing: bool, *, adding: bool = False
    ) -> None:
        if key not in self._local:
            return
        listener, room, person = self._local[key]
        if pk is not None and (len(pk) > LONGEST_KEY or not listener.may_see(pk)):
            pk = None
        person.update(pk=pk, column=column if pk is not None else None, editing=editing)
        person.pop("adding", None)
        if adding:
            person["adding"] = True  # a row that nobody else can see yet
        self._away.discard(key)
        room.put(person)

    def move_out(self, key: str) -> None:
        """Leave the room but stay connected: the people who were shown must disappear."""
        if key in self._local:
            listener, room, _person = self._local[key]
            self.leave(key)
            room.show_nobody(listener)

    def leave(self, key: str) -> None:
        if key in self._local:
            _listener, room, _person = self._local.pop(key)
            self._away.discard(key)
            room.leave(key)
            self._close_empty(room)

    def _room(self, name: str) -> Room:
        if name not in self._rooms:
            self._rooms[name] = Room(name, partial(self._tell_others, name))
        return self._rooms[name]

    def _drop(self, room: Room, key: str) -> None:
        room.drop(key)
        self._close_empty(room)

    def _close_empty(self, room: Room) -> None:
        if not room.people and not room.listeners:
            del self._rooms[room.name]

    # --- other processes ---------------------------------------------------------------------

    def heard(self, message: dict[str, Any]) -> None:
        """A message from a process. Only parts of the right form are accepted."""
        room, people, process = (message.get(name) for name in ("room", "people", "process"))
        if not isinstance(room, str) or not isinstance(people, list) or process == self._process:
            return
        process = process if isinstance(process, str) else ""
        for person in people:
            if _is_person(person) and person["key"] not in self._local:
                self._take(room, person, process)
        if message.get("ask") and message.get("of") in (None, self._process):
            self._asked.update(self._rooms if message.get("of") else [room])
            self._is_asked.set()
        if "total" in message and not self._elsewhere.confirm(process, message["total"]):
            self._say(ask=True, of=process)

    def _take(self, name: str, person: Person, process: str) -> None:
        key = person["key"]
        former = self._elsewhere.pop(key)
        if former is not None and (person.get("left") or former.name != name):
            self._drop(former, key)
        if not person.get("left"):
            room = self._room(name)
            self._elsewhere.note(key, room, process)
            if room.people.get(key) != person:
                room.put(person)

    def _tell_others(self, room: str, people: Sequence[Person]) -> None:
        for person in people:
            note = self._told.discard if person.get("left") else self._told.add
            note(person["key"])
        for some in _in_parts(people):
            self._say(room, some)

    def _say(self, room: str = "", people: Sequence[Person] = (), **more: Any) -> None:
        kind = {"type": "livesheet.presence", "process": self._process}
        self._announce({**kind, "room": room, "people": list(people), **more})


def _in_parts(people: Sequence[Person]) -> Iterator[list[Person]]:
    part: list[Person] = []
    size = 0
    for person in people:
        own = len(json.dumps(person))
        if part and size + own > BYTES_PER_MESSAGE:
            yield part
            part, size = [], 0
        part.append(person)
        size += own
    if part:
        yield part


def _is_person(value: Any) -> TypeGuard[Person]:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in ("key", "id", "name", "colour"))
        and all(isinstance(value.get(name, ...), str | None) for name in ("pk", "column"))
        and isinstance(value.get("editing"), bool)
    )
