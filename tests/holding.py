"""Somebody else's transaction, which holds rows on a connection and a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, models, transaction

from livesheet.log.transactions import atomic


@contextmanager
def held_elsewhere(*rows: models.Model, seconds: float | None = None) -> Iterator[threading.Event]:
    """Inside, ``rows`` are locked; until ``seconds`` are over, where they are given.

    Set the event to let go before that. SQLite has but one lock, so there everything is.
    """
    held, done = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def hold() -> None:
        try:
            with atomic("default"):  # which takes SQLite's lock
                for row in rows:
                    row.__class__._base_manager.select_for_update().get(pk=row.pk)
                held.set()
                done.wait(60 if seconds is None else seconds)
                transaction.set_rollback(True)
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            held.set()
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)
    assert not failed
    try:
        yield done
    finally:
        if seconds is None:
            done.set()
        holder.join()
