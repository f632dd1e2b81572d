"""Trying again, after a deadlock and while another transaction has locked the rows of an edit.

An edit never waits in the database for long, because it would occupy a thread and a connection that
other edits could use. It gives up at once and is tried again, after growing pauses.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connections

from livesheet import threads
from livesheet.edits.turns import TurnNeverCame, Turns
from livesheet.log.commits import Hooks
from livesheet.log.transactions import atomic, short_turn, short_waits

T = TypeVar("T")

# How long an edit tries before it is answered `retry`.
WAIT_SECONDS = 6.0
# How long a repeat tries while the same request, from a line that has broken, is being carried out.
UNDERWAY_SECONDS = 60.0
# How long each try waits inside the database, for locks that cannot be asked for without waiting:
# those of rows that the project's own code writes, and SQLite's only write lock.
LOCK_SECONDS = 0.2
# How long it may send nothing to the database between two statements. If its host is cut off, it
# would hold its rows until the database gives the connection up: after two hours, TCP's default.
IDLE_SECONDS = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.4

# PostgreSQL: lock not available, deadlock, serialization failure. MySQL and MariaDB: lock wait
# timeout, deadlock, changed since it was read, not available.
STATES = {"55P03", "40P01", "40001"}
NUMBERS = {1205, 1213, 1020, 3572}


class Held(Exception):
    """Another transaction holds a lock; nothing was done. The caller should try again soon."""


class Underway(Held):
    """The same request is being carried out elsewhere, so it may still be saved."""


class Uncertain(OperationalError):
    """The COMMIT itself failed; only the database knows whether it took place."""


def is_held(error: Error) -> bool:
    """Whether another transaction is the reason, so that waiting may help."""
    cause = error.__cause__
    if {getattr(cause, "sqlstate", None), getattr(cause, "pgcode", None)} & STATES:
        return True
    if "sqlite" in type(cause).__module__:
        return "locked" in str(error)
    return bool(error.args) and error.args[0] in NUMBERS


def pauses(held: Collection[Held], since: float | None = None) -> Iterator[float]:
    """Seconds to wait before each further attempt, until the time is over.

    ``held`` has the reasons why attempts failed. If the request may still be saved elsewhere, the
    time is longer, because the answer must not say that it was not saved.
    """
    began, pause = since or time.monotonic(), FIRST_PAUSE
    while (left := began + _patience(held) - time.monotonic()) > 0:
        yield min(pause * random.uniform(0.75, 1.25), left)
        pause = min(pause * 1.6, LONGEST_PAUSE)


def _patience(held: Collection[Held]) -> float:
    return UNDERWAY_SECONDS if any(isinstance(one, Underway) for one in held) else WAIT_SECONDS


def patiently(attempt: Callable[[], T]) -> T:
    """Call ``attempt`` until no lock is in the way, on this thread. Raises ``Held`` in the end."""
    held: deque[Held] = deque(maxlen=1)
    for pause in pauses(held):
        try:
            return attempt()
        except Held as error:
            held.append(error)
            time.sleep(pause)
    return attempt()


async def in_turn(attempt: Callable[[], T], rows: Collection[Hashable]) -> T:
    """``patiently`` for an event loop, without a waiting thread. Raises ``Held`` in the end.

    If several edits want one of the same ``rows``, they take turns, and none asks the database
    before its turn.
    """
    began, held = time.monotonic(), deque[Held](maxlen=1)
    try:
        async with Turns.of_this_loop().taken(rows, WAIT_SECONDS):
            for pause in pauses(held, began):
                try:
                    return await threads.run_edit(attempt)
                except Held as error:
                    held.append(error)
                    await asyncio.sleep(pause)
    except TurnNeverCame as error:
        raise Held from error
    raise Held


@contextmanager
def transaction_of_an_edit(using: str, hooks: Hooks) -> Iterator[None]:
    """A short transaction. Raises ``Held`` if others are in the way.

    Raises ``Uncertain`` if the connection was lost during the COMMIT.

    ``hooks`` takes over what was registered for the COMMIT. Inside another transaction, this is
    part of it: nothing is taken over, no wait is shortened, and trying again is up to the caller.
    """
    if connections[using].in_atomic_block:
        with atomic(using):
            yield
        return
    is_whole = False
    try:
        with (
            short_turn(using, LOCK_SECONDS),
            atomic(using),
            short_waits(using, LOCK_SECONDS, IDLE_SECONDS),
        ):
            hooks.begin(using)
            yield
            hooks.take(using)
            is_whole = True
    except (OperationalError, InterfaceError) as error:
        if is_held(error):
            raise Held from error
        if is_whole:
            raise Uncertain(*error.args) from error
        raise
    hooks.ring()
