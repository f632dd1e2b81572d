"""A call on a database thread whose statement can be ended from another thread.

The statement of somebody who has gone, or who wants something else by now, is ended in the database
as well: SQLite is interrupted, PostgreSQL is asked to cancel, MariaDB and MySQL kill the query.
Only for work that reads.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("livesheet")

T = TypeVar("T")

# A statement may begin just as it is told to end, so it is told again.
TRIES, TRY_SECONDS = 20, 0.25
# How long PostgreSQL may take to accept that a statement is to be cancelled.
CANCEL_SECONDS = 5.0


class Interruptible(Generic[T]):
    """Call it on the thread that works. Once ``is_wanted`` is False, no statement begins, and
    ``stop()``, on any other thread, ends the one that is under way.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._connections: list[BaseDatabaseWrapper] = []
        self._has_begun = False
        self.is_wanted = True

    def __call__(self) -> T:
        with self._lock:
            self._connections = list(connections.all())
            self._has_begun = True
        try:
            with ExitStack() as stack:
                for connection in self._connections:
                    stack.enter_context(_wrapped(connection, self._unless_stopped))
                return self._work()
        finally:
            with self._lock:  # nobody may end a statement of whoever works here next
                used, self._connections = self._connections, []
                self._over.set()
            if not self.is_wanted:
                _close(used)

    def stop(self) -> None:
        """End the statement under way. Returns when the call is over, or if it cannot be ended."""
        for _n in range(TRIES):
            with self._lock:
                if not self._has_begun:
                    return  # its first statement is refused
                for connection in self._connections:
                    _interrupt(connection)
            if self._over.wait(TRY_SECONDS):
                return

    def _unless_stopped(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if not self.is_wanted:
            raise OperationalError("Nobody waits for this any more.")
        return execute(sql, params, many, context)


@contextmanager
def _wrapped(connection: BaseDatabaseWrapper, wrapper: Callable[..., Any]) -> Iterator[None]:
    """As ``execute_wrapper()``, which removes the last wrapper, even if somebody else added it.

    That may be one which somebody adds to each connection as soon as it is made: within this block.
    Ours would stay, and refuse whatever the thread is asked next.
    """
    connection.execute_wrappers.append(wrapper)
    try:
        yield
    finally:
        connection.execute_wrappers.remove(wrapper)


def _interrupt(connection: Any) -> None:
    if (raw := connection.connection) is None:
        return
    try:
        if connection.vendor == "sqlite":
            raw.interrupt()
        elif connection.vendor == "postgresql":
            _cancel(raw)
        elif connection.vendor == "mysql":
            _kill(connection, raw.thread_id())
    except (DatabaseError, InterfaceError, OSError) as error:
        facts = {"event": "statement.not_stopped"}
        logger.warning("A statement could not be stopped (%s).", error, extra=facts)


def _cancel(raw: Any) -> None:
    if hasattr(raw, "cancel_safe"):  # of psycopg 3.2
        raw.cancel_safe(timeout=CANCEL_SECONDS)
    else:
        raw.cancel()


def _kill(connection: Any, thread: int) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"KILL QUERY {int(thread)}")
    finally:
        other.close()


def _close(used: list[BaseDatabaseWrapper]) -> None:
    """The server may be told late; then there must be no other statement that it could end."""
    for connection in used:
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()
