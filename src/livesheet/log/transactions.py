"""The one way in which livesheet opens a transaction."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

from django.db import connections, transaction

from livesheet import conf

# Spelled out, because the models import this module and not the other way round.
CLOCK_TABLE = "livesheet_clock"


class atomic:
    """A transaction on ``using`` that may read first and write later on every database.

    SQLite's deferred transactions fail with "database is locked", without waiting, when they turn
    from reading to writing while somebody else writes. So the outermost transaction waits its turn
    where it begins, and then has the only write lock.

    Inside another transaction it does nothing: it makes no savepoint, which would be two round
    trips more than Django's own save, and sets no mark. Whether an error undoes the outer one is
    left to Django, or to the caller if a statement of ours fails.
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
        if _begins_writing(connection):
            was, connection.transaction_mode = connection.transaction_mode, "IMMEDIATE"
            try:
                self._outermost.__enter__()
            finally:
                connection.transaction_mode = was
            return
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


def _begins_writing(connection: Any) -> bool:
    """Whether its BEGIN can take SQLite's write lock; a project may begin transactions itself."""
    can = connection.vendor == "sqlite" and hasattr(connection, "transaction_mode")
    return can and bool(connection.get_autocommit())


def write_first(using: str) -> None:
    """Take SQLite's write lock, before anything is read in the transaction that has begun."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {CLOCK_TABLE} SET last_seq = last_seq WHERE id = 1")


@contextmanager
def short_waits(using: str, lock: float, idle: int = 0) -> Iterator[None]:
    """In the transaction that is open, wait at most ``lock`` seconds for a row somebody else holds.

    ``idle`` seconds without a statement end the transaction, where the database can do that.
    Raises ``OperationalError`` when the time is over. SQLite waits before a transaction begins: see
    ``short_turn``. MySQL and MariaDB know only whole seconds, so they wait at least one.
    """
    connection = connections[using]
    if connection.vendor == "postgresql" and not _began_with(connection, local_limits(lock, idle)):
        with connection.cursor() as cursor:
            cursor.execute(local_limits(lock, idle))
    if connection.vendor != "mysql":
        yield
        return
    # These have no settings for one transaction alone: they are restored afterwards.
    limits = {"innodb_lock_wait_timeout": max(1, round(lock))}
    if idle and getattr(connection, "mysql_is_mariadb", False):
        limits["idle_transaction_timeout"] = idle
    kept = [f"@livesheet_{name} = @@{name}, {name} = {value}" for name, value in limits.items()]
    with connection.cursor() as cursor:
        cursor.execute(f"SET {', '.join(kept)}")
    try:
        yield
    finally:
        _execute_in_any_state(
            connection, "SET " + ", ".join(f"{name} = @livesheet_{name}" for name in limits)
        )


def _began_with(connection: Any, sql: str) -> bool:
    """Whether PostgreSQL's BEGIN could be sent along with ``sql``, in one round trip.

    psycopg sends it by itself before a transaction's first statement, and takes the transaction as
    begun if it was. It only does this for a plain BEGIN.
    """
    line = connection.connection
    if connection.Database.__name__ != "psycopg" or line.autocommit or line.info.transaction_status:
        return False
    if any(kind is not None for kind in (line.isolation_level, line.read_only, line.deferrable)):
        return False
    with connection.wrap_database_errors:
        sent = line.pgconn.exec_(f"BEGIN;{sql}".encode())
        if sent.error_message:
            raise connection.Database.OperationalError(sent.error_message.decode())
    return True


@contextmanager
def short_turn(using: str, seconds: float) -> Iterator[None]:
    """On SQLite a transaction that begins inside waits this long for the one write lock."""
    connection = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    was = connection.connection.execute("PRAGMA busy_timeout").fetchone()[0]
    _execute_in_any_state(connection, f"PRAGMA busy_timeout = {round(seconds * 1000)}")
    try:
        yield
    finally:
        _execute_in_any_state(connection, f"PRAGMA busy_timeout = {was}")


def _execute_in_any_state(connection: Any, sql: str) -> None:
    """Clean up past Django, which refuses every statement in a transaction that has failed.

    The error that made it fail is the one that is raised, and no other may take its place. Only a
    lost connection cannot be cleaned up, and its settings are lost with it.
    """
    with suppress(Exception):  # whatever the driver raises
        cursor = connection.connection.cursor()
        cursor.execute(sql)
        cursor.close()


def local_limits(lock: float, idle: int) -> str:
    """For PostgreSQL. Includes the statement timeout: behind a pooler, no session may set it."""
    limits = {"lock_timeout": f"'{round(lock * 1000)}ms'"}
    if idle:
        limits["idle_in_transaction_session_timeout"] = f"'{idle}s'"
    if seconds := conf.get("STATEMENT_SECONDS"):
        now = "current_setting('statement_timeout')"
        limits["statement_timeout"] = (
            f"CASE {now} WHEN '0' THEN '{round(seconds * 1000)}' ELSE {now} END"
        )
    return "SELECT " + ", ".join(
        f"set_config('{name}', {value}, true)" for name, value in limits.items()
    )
