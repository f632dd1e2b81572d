"""The one way in which livesheet opens a transaction."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.db import connections, transaction

# Spelled out, because the models import this module and not the other way round.
CLOCK_TABLE = "livesheet_clock"


class atomic:
    """A transaction on ``using`` that may read first and write later on every database.

    SQLite's deferred transactions fail with "database is locked", without waiting, when they turn
    from reading to writing while somebody else writes. So the outermost transaction begins with a
    write that changes nothing: it waits its turn there, and then has the only write lock.

    Inside another it is nothing at all: no savepoint, which is two round trips that no save of
    Django's makes, and no mark. Whether an error undoes the outer one is Django's to say, and the
    caller's where a statement of ours fails.
    """

    __slots__ = ("_connection", "_outermost")

    def __init__(self, using: str) -> None:
        self._connection: Any = connections[using]
        self._outermost: transaction.Atomic | None = None

    def __enter__(self) -> None:
        connection = self._connection
        if connection.in_atomic_block:
            return
        self._outermost = transaction.atomic(using=connection.alias)
        self._outermost.__enter__()
        try:
            write_first(connection.alias)
        except BaseException:
            self._outermost.__exit__(*sys.exc_info())
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._outermost is not None:
            self._outermost.__exit__(kind, error, traceback)


def write_first(using: str) -> None:
    """Take SQLite's write lock, before anything is read in the transaction that has begun."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {CLOCK_TABLE} SET last_seq = last_seq WHERE id = 1")


@contextmanager
def short_waits(using: str, lock: int, idle: int = 0) -> Iterator[None]:
    """In the transaction that is open, wait at most ``lock`` seconds for a row somebody else holds.

    ``idle`` seconds without a statement end the transaction, where the database can do that.
    Raises ``OperationalError`` when the time is over. SQLite has its own ``timeout``.
    """
    connection = connections[using]

    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    if connection.vendor == "postgresql":
        ends = f"; SET LOCAL idle_in_transaction_session_timeout = '{idle}s'" if idle else ""
        execute(f"SET LOCAL lock_timeout = '{lock}s'{ends}")  # one round trip
    # MySQL has no settings for one transaction alone.
    names = []
    if connection.vendor == "mysql":
        names.append(("innodb_lock_wait_timeout", lock))
        if idle and getattr(connection, "mysql_is_mariadb", False):
            names.append(("idle_transaction_timeout", idle))
    for name, seconds in names:
        execute(f"SET {name} = {seconds}")
    try:
        yield
    finally:
        for name, _seconds in names:
            execute(f"SET {name} = DEFAULT")
