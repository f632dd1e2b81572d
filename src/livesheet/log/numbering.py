"""The statements that give committed changes their places, for each kind of database.

Whoever numbers holds the lock on the clock row, and reads with statements that began after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import DataError, connections

from livesheet.log.transactions import local_limits
from livesheet.tables import Change

Found = list[tuple[Any, ...]]

# MariaDB would turn a longer list into a join that reads the whole table.
KEYS_AT_ONCE = 900
STEPS_BACK = "two stampers at work at once; this one steps back"

_LOCK = "SELECT 1 FROM livesheet_clock WHERE id = 1 FOR UPDATE"
# Not "c.seq IS NULL": by its statistics hardly a row is without a number, so PostgreSQL would look
# through all such rows for each one. Skipping a row that has a number would leave a hole. Then the
# statement must fail, which it can only do by an error: a division by zero.
_NUMBER = """
    WITH clock AS (SELECT epoch, last_seq, last_tag FROM livesheet_clock WHERE id = 1),
    waiting AS (SELECT id FROM livesheet_change WHERE seq IS NULL ORDER BY id LIMIT {most}),
    placed AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM waiting),
    stamped AS (
        UPDATE livesheet_change AS c SET seq = clock.last_seq + placed.n FROM placed, clock
        WHERE c.id = placed.id AND coalesce(c.seq, 0) = 0 RETURNING c.seq, {columns}
    ),
    found AS (
        SELECT count(*) AS n, max(seq) AS seq, (array_agg(tag ORDER BY seq DESC))[1] AS tag
        FROM stamped
    ),
    moved AS (
        UPDATE livesheet_clock AS k SET last_seq = found.seq, last_tag = found.tag FROM found, clock
        WHERE k.id = 1 AND CASE
            WHEN found.n = 0 THEN false
            WHEN found.seq = clock.last_seq + found.n THEN true
            ELSE 1 / (found.n - found.n) = 0
        END
    )
    SELECT clock.epoch, clock.last_seq, clock.last_tag, stamped.*
    FROM clock LEFT JOIN stamped ON true ORDER BY stamped.seq
"""

# The clock beside each change: one statement sees both as they are at the same moment.
_BY_ID = """
    SELECT k.epoch, k.trimmed_through, c.* FROM livesheet_clock AS k LEFT JOIN (
        SELECT id, {columns} FROM livesheet_change WHERE id >= %s ORDER BY id LIMIT %s
    ) AS c ON true WHERE k.id = 1 ORDER BY c.id
"""


def takes_several(using: str) -> bool:
    """False if psycopg prepares every statement: only single statements can be prepared."""
    options = connections[using].settings_dict["OPTIONS"]
    return not (options.get("server_side_binding") and options.get("prepare_threshold") == 0)


def at_once(using: str, most: int, columns: Sequence[str], lock_seconds: float | None) -> Found:
    """On PostgreSQL: number the oldest ``most`` changes, and move the clock, in one round trip.

    Each row has the epoch, place and tag of the clock as it was before, and then what ``by_key``
    returns, or None if there was nothing to number. There is no row if there is no clock. Raises
    ``RuntimeError`` if somebody numbers without the lock.

    It waits ``lock_seconds`` for the lock on the clock row; if None, the caller holds it. The
    statements of one text are one transaction, and each sees what is committed when it begins.
    """
    names = ", ".join(f"c.{name}" for name in columns)
    sql = _NUMBER.format(most=int(most), columns=names)
    if lock_seconds is not None:
        sql = ";".join((local_limits(lock_seconds, 0), _LOCK, sql))
    connection: Any = connections[using]
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
        except DataError as error:
            raise RuntimeError(STEPS_BACK) from error
        if connection.Database.__name__ == "psycopg":  # psycopg 2 keeps only the last result
            while cursor.nextset():
                pass
        found: Found = cursor.fetchall()
        return found


def with_clock(
    using: str, since: int, most: int, columns: Sequence[str]
) -> tuple[tuple[str, int] | None, Found]:
    """On SQLite, whose ids are places: the oldest ``most`` changes from a place on.

    Each row has the epoch and the trimmed place of the clock, and then what ``by_key`` returns, or
    None if there is no change. To build this with querysets takes several times as long as to ask.
    """
    sql = _BY_ID.format(columns=", ".join(columns))
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [since, most])
        found = cursor.fetchall()
    clock = found[0][:2] if found else None
    return clock, [row[2:] for row in found if row[2] is not None]


def by_key(using: str, last: int, most: int, columns: Sequence[str]) -> Found:
    """Give the oldest ``most`` changes without a place those after ``last``.

    Returns each one's place and then its ``columns``, in order. The caller holds the clock's lock.
    Raises ``RuntimeError`` if somebody numbers without it.

    It reads first, then writes by primary key only, so that no gap lock blocks writers.
    """
    waiting = Change.objects.using(using).filter(seq=None).order_by("id")
    found = list(waiting.values_list("id", *columns)[:most])
    done = 0
    with connections[using].cursor() as cursor:
        for ids in _batches([row[0] for row in found]):
            keys = ", ".join(str(int(pk)) for pk in ids)
            # INTERVAL returns how many of these keys are not greater, by binary search.
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
