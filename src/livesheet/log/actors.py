"""Who is writing: a context that the change log reads when a row is saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from livesheet.people import user_key


@dataclass(frozen=True, slots=True)
class Actor:
    """``user`` is a user's key as text, ``origin`` a free text such as ``"task: import_prices"``.

    ``client``, ``ref`` and ``index`` tie a change to the edit that asked for it. ``captured``, if
    given, collects what is logged meanwhile, as ``(model label, pk)``.
    """

    user: str = ""
    origin: str = ""
    client: str = ""
    ref: str = ""
    index: int | None = None
    captured: set[tuple[str, str]] | None = None


NOBODY = Actor()

_current: ContextVar[Callable[[], Actor]] = ContextVar("livesheet_actor", default=lambda: NOBODY)


def current() -> Actor:
    return _current.get()()


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    with acting_later(lambda: actor):
        yield


@contextmanager
def acting_later(actor: Callable[[], Actor]) -> Iterator[None]:
    """Like ``acting``, with an actor that is determined only if something is written."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)


def switch(actor: Callable[[], Actor]) -> Callable[[], Actor]:
    """Like ``acting_later``, without an end. Returns the former actor, to switch back to."""
    former = _current.get()
    _current.set(actor)
    return former


@contextmanager
def acting_as(user: Any = None, origin: str = "") -> Iterator[None]:
    """Name ``user`` (a user object) or ``origin`` (a text) as the author of the block's writes.

    >>> with livesheet.acting_as(origin="task: import_prices"):
    ...     product.save()
    """
    with acting(Actor(user=user_key(user), origin=origin[:200])):
        yield
