"""Logs Django's writes once: the ORM's own entry replaces that of the trigger.

A trigger logs every write of its table, without knowing who made it. If the same write came from
Django, the entry with user, origin and edit is written as usual, and the trigger's entries are
removed again: those of the same transaction that name no other row. An entry is removed only if
another one that names the same rows is being written, so none can get lost.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connections

from livesheet.triggers.definitions import ORIGIN
from livesheet.triggers.installation import DIALECTS, labels_on

AT_ONCE = 500


def mark(using: str) -> int | None:
    """Remember where a transaction's bulk write begins; None where no triggers are."""
    if not labels_on(using):
        return None
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(DIALECTS[connection.vendor].mark)
        return int(cursor.fetchone()[0]) if connection.vendor == "sqlite" else 0


def replace(
    using: str, labels: Collection[str], keys: Iterable[Any] | None, since: int | None = None
) -> None:
    """Take out what triggers logged of these rows of these models; of all rows if None.

    ``since`` is what ``mark`` returned. Without it only the statement run last is looked at.
    """
    logged = labels_on(using).intersection(labels)
    if not logged:
        return
    connection = connections[using]
    dialect = DIALECTS[connection.vendor]
    start = dialect.last if since is None else dialect.first
    start = start.format(mark=since, tail=len(labels) - 1)
    marks = ", ".join(["%s"] * len(logged))
    wanted = None if keys is None else {str(key) for key in keys}
    with connection.cursor() as cursor:
        # By id afterwards: on MySQL a range would wait for the entries of other writers.
        cursor.execute(
            f"SELECT id, pks FROM livesheet_change WHERE id >= {start}"
            f" AND model IN ({marks}) AND origin = %s AND actor = '' AND seq IS NULL",
            [*logged, ORIGIN],
        )
        found = [pk for pk, pks in cursor.fetchall() if wanted is None or _within(pks, wanted)]
        for first in range(0, len(found), AT_ONCE):
            some = ", ".join(str(int(pk)) for pk in found[first : first + AT_ONCE])
            cursor.execute(f"DELETE FROM livesheet_change WHERE id IN ({some}) AND seq IS NULL")


def _within(pks: str, wanted: set[str]) -> bool:
    try:
        return bool(named := json.loads(pks)) and wanted.issuperset(named)
    except (ValueError, TypeError):  # none of our triggers'
        return False
