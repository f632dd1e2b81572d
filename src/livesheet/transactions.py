"""The one way in which livesheet opens a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction

# Spelled out, because the models import this module and not the other way round.
CLOCK_TABLE = "livesheet_clock"


@contextmanager
def atomic(using: str) -> Iterator[None]:
    """A transaction on ``using`` that may read first and write later on every database.

    SQLite's deferred transactions fail with "database is locked", without waiting, when they turn
    from reading to writing while somebody else writes. So the outermost transaction begins with a
    write that changes nothing: it waits its turn there, and then has the only write lock.
    """
    connection = connections[using]
    outermost = not connection.in_atomic_block
    # No savepoint when it is not the outermost: two round trips that no save of Django's makes.
    with transaction.atomic(using=using, savepoint=False):
        if outermost and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {CLOCK_TABLE} SET last_seq = last_seq WHERE id = 1")
        yield
