"""The statements that give committed changes their places, for each kind of database.

The caller holds the lock on the clock row, and reads with statements that began after it got it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections

from livesheet.tables import Change

Found = list[tuple[Any, ...]]

# MariaDB would turn a longer list into a join that reads the whole table.
KEYS_AT_ONCE = 900
STEPS_BACK = "two stampers at work at once; this one steps back"


def number(using: str, last: int, most: int, columns: Sequence[str]) -> Found:
    """Give the oldest ``most`` changes without a place those after ``last``.

    Returns each one's place and then its ``columns``, in order. Raises ``RuntimeError`` where
    somebody numbers without the lock.
    """
    is_postgresql = connections[using].vendor == "postgresql"
    found = (_at_once if is_postgresql else _by_key)(using, last, most, columns)
    if [row[0] for row in found] != list(range(last + 1, last + 1 + len(found))):
        raise RuntimeError(STEPS_BACK)
    return found


def _at_once(using: str, last: int, most: int, columns: Sequence[str]) -> Found:
    names = ", ".join(f"c.{name}" for name in columns)
    # Not "c.seq IS NULL": by statistics hardly a row is without a number, so that PostgreSQL would
    # look through all that have none for each of them.
    sql = f"""
        WITH waiting AS (SELECT id FROM livesheet_change WHERE seq IS NULL ORDER BY id LIMIT %s),
        placed AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM waiting)
        UPDATE livesheet_change AS c SET seq = %s + placed.n FROM placed
        WHERE c.id = placed.id AND coalesce(c.seq, 0) = 0 RETURNING c.seq, {names}
    """
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [most, last])
        return sorted(cursor.fetchall(), key=lambda row: row[0])


def _by_key(using: str, last: int, most: int, columns: Sequence[str]) -> Found:
    """Reads first, then writes by primary key only, so that no gap lock blocks writers."""
    waiting = Change.objects.using(using).filter(seq=None).order_by("id")
    found = list(waiting.values_list("id", *columns)[:most])
    done = 0
    with connections[using].cursor() as cursor:
        for ids in _batches([row[0] for row in found]):
            keys = ", ".join(str(int(pk)) for pk in ids)
            # INTERVAL is the number of those keys that are not greater: found by halving.
            cursor.execute(
                f"UPDATE livesheet_change SET seq = {last + done} + INTERVAL(id, {keys})"
                f" WHERE id IN ({keys}) AND seq IS NULL"
            )
            done += cursor.rowcount
    if done != len(found):
        raise RuntimeError(STEPS_BACK)
    return [(last + n, *row[1:]) for n, row in enumerate(found, 1)]


def _batches(ids: list[int]) -> Iterator[list[int]]:
    return (ids[first : first + KEYS_AT_ONCE] for first in range(0, len(ids), KEYS_AT_ONCE))
