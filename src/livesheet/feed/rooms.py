"""Telling the people in a room who is there, at regular ticks, at a cost linear in their number.

If each of three hundred people who join were announced separately, this would take forty-five
thousand messages. Therefore news of a room is sent in one frame at its next tick, encoded once for
all who may see the same, and names at most fifty people. The others are a number: joining costs the
same with ten people and with a thousand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from livesheet.wire import values

MOST_NAMED = 50
# A few times a second; less often if each time is expensive.
TICK_SECONDS, TICK_SECONDS_EACH, MOST_TICK_SECONDS = 0.25, 0.0005, 2.0
SLICE_SECONDS = 0.005

Person = dict[str, Any]


class Listener(Protocol):
    """A connection that is told. ``sight()`` is equal for those that may see the same."""

    def may_see(self, pk: str) -> bool: ...
    def has_column(self, name: str) -> bool: ...
    def sight(self) -> Hashable: ...
    def tell(self, text: str) -> None: ...


class Room:
    """``people`` are all who are there, the first fifty by name; ``listeners`` those of this
    process, by the same keys. ``tell_others`` is given their news, for other processes.
    """

    def __init__(self, name: str, tell_others: Callable[[Sequence[Person]], None]) -> None:
        self.name = name
        self.people: dict[str, Person] = {}
        self.listeners: dict[str, Listener] = {}
        self._tell_others = tell_others
        self._named: dict[str, None] = {}
        self._news: dict[str, Person] = {}  # of those who are named, or were
        self._own_news: dict[str, Person] = {}
        self._unnamed = 0  # how many it was at the last tick
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._next_at = 0.0

    # --- what happens ------------------------------------------------------------------------

    def enter(self, listener: Listener, person: Person) -> None:
        here = [self.people[key] for key in self._named]
        _Frame(listener, here).say(listener, None, self._unnamed_now())
        self.listeners[person["key"]] = listener
        self.put(person)

    def leave(self, key: str) -> None:
        """A listener has left."""
        if key in self.people:  # otherwise the others have been told that it was silent
            self._own_news[key] = {**self.people[key], "left": True}
        del self.listeners[key]
        self.drop(key)

    def put(self, person: Person) -> None:
        """Somebody has come, or has moved."""
        key = person["key"]
        self.people[key] = person
        if len(self._named) < MOST_NAMED:
            self._named[key] = None
        if key in self._named:
            self._news[key] = person
        if key in self.listeners:
            self._own_news[key] = person
        self._tell_soon()

    def drop(self, key: str) -> None:
        """Somebody has left; the first of those without a name is named instead."""
        if (person := self.people.pop(key, None)) is None:
            return
        left = {**person, "left": True}
        if key in self.listeners:
            self._own_news[key] = left
        if key in self._named:
            del self._named[key]
            self._news[key] = left
            for heir in (k for k in self.people if k not in self._named):
                self._named[heir] = None
                self._news[heir] = self.people[heir]
                break
        self._tell_soon()

    def show_nobody(self, listener: Listener) -> None:
        """Empty the room in the eyes of a listener that has moved out."""
        left = [{**self.people[key], "left": True} for key in self._named]
        _Frame(listener, left).say(listener, None, 0)

    def _unnamed_now(self) -> int:
        return len(self.people) - len(self._named)

    # --- telling -----------------------------------------------------------------------------

    def _tell_soon(self) -> None:
        if self._timer is not None:
            return
        wait = self._next_at - time.monotonic()
        if wait > 0:
            self._timer = asyncio.get_running_loop().call_later(wait, self._tell)
        else:
            self._tell()

    def _tell(self) -> None:
        own, self._own_news = tuple(self._own_news.values()), {}
        if own:
            self._tell_others(own)
        news, self._news = tuple(self._news.values()), {}
        former, self._unnamed = self._unnamed, self._unnamed_now()
        due = tuple(self.listeners.items()) if news or former != self._unnamed else ()
        self._hand_out(iter(due), news, former != self._unnamed, {})

    def _hand_out(
        self,
        due: Iterator[tuple[str, Listener]],
        news: Sequence[Person],
        is_counted: bool,
        frames: dict[Hashable, _Frame],
    ) -> None:
        """Tell some of those who are due, and the rest after other tasks have had a turn."""
        self._timer, pause_at = None, time.perf_counter() + SLICE_SECONDS
        for key, listener in due:
            if self.listeners.get(key) is listener:  # otherwise it has left in the meantime
                if (sight := listener.sight()) not in frames:
                    frames[sight] = _Frame(listener, news)
                if is_counted or frames[sight].names_others_than(key):
                    frames[sight].say(listener, key, self._unnamed - self._is_unnamed(key))
            if time.perf_counter() > pause_at:
                rest = due, news, is_counted, frames
                self._timer = asyncio.get_running_loop().call_soon(self._hand_out, *rest)
                return
        each = TICK_SECONDS + TICK_SECONDS_EACH * len(self.listeners)
        self._next_at = time.monotonic() + min(each, MOST_TICK_SECONDS)
        if self._news or self._own_news or self._unnamed != self._unnamed_now():
            self._tell_soon()

    def _is_unnamed(self, key: str) -> bool:
        return key in self.people and key not in self._named


class _Frame:
    """The frame for all that see the same as ``listener``."""

    def __init__(self, listener: Listener, people: Iterable[Person]) -> None:
        self._pieces = {p["key"]: values.dumps(_as_seen_by(listener, p)) for p in people}
        self._texts: dict[int, str] = {}

    def names_others_than(self, key: str) -> bool:
        return len(self._pieces) > (key in self._pieces)

    def say(self, listener: Listener, key: str | None, others: int) -> None:
        """``key`` is the listener's own, which is left out."""
        if key in self._pieces:
            pieces = [piece for whose, piece in self._pieces.items() if whose != key]
            return listener.tell(_text(pieces, others))
        if others not in self._texts:
            self._texts[others] = _text(self._pieces.values(), others)
        return listener.tell(self._texts[others])


def _text(pieces: Iterable[str], others: int) -> str:
    return f'{{"type":"presence","here":[{",".join(pieces)}],"others":{others}}}'


def _as_seen_by(listener: Listener, person: Person) -> Person:
    """Somebody on a row that the listener may not see is shown without a place."""
    if person.get("left"):
        return {name: person[name] for name in ("key", "id", "name", "colour", "left")}
    pk, column, editing = person["pk"], person["column"], person["editing"]
    if pk is not None and not listener.may_see(pk):
        pk = column = None
    elif column is not None and not listener.has_column(column):
        column = None
    return {**person, "pk": pk, "column": column, "editing": editing and column is not None}
