"""Rows by the hundred thousand, straight into the database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from livesheet import record
from shop.progress import Progress

CHUNK = 5000


def insert(
    model: type[Model], columns: list[str], rows: Iterator[tuple[Any, ...]], progress: Progress
) -> None:
    """Write rows as they are, which takes a third of the time that as many instances take.

    livesheet cannot see that, so it is told, for whoever has the sheet open.
    """
    statement = "INSERT INTO {} ({}) VALUES ({})".format(
        model._meta.db_table, ", ".join(columns), ", ".join(["%s"] * len(columns))
    )
    with transaction.atomic(), connection.cursor() as cursor:
        while chunk := list(islice(rows, CHUNK)):
            cursor.executemany(statement, chunk)
            progress.advance(len(chunk))
        record(model._default_manager.all())
