"""An app that makes every model of a suite live, and leaves its counts of statements as they were.

First among the apps, so that it is here before any model is. Statements of livesheet's own are not
recorded for `assertNumQueries()`: what a suite counts are those of Django.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import class_prepared

OURS = ("livesheet", "rest_framework", "django.contrib", "__fake__")  # a migration's


class TrackedConfig(AppConfig):
    name = "tests.suites.tracked"

    def ready(self) -> None:
        from livesheet.log import capture, querysets, readback, relations, transactions
        from livesheet.triggers import replacing

        for owner, name in (
            (capture, "_write"),
            (capture, "is_kept_on"),
            (querysets, "keys_of"),
            (querysets, "_locked"),
            (readback, "keys"),
            (relations, "_note_referrers"),
            (relations, "new_links"),
            (relations, "note_linked"),
            (replacing, "mark"),
            (replacing, "replace"),
            (transactions.atomic, "__enter__"),
            (transactions.atomic, "__exit__"),
        ):
            hide(owner, name)


def made(sender: Any, **_kwargs: Any) -> None:
    if not sender._meta.auto_created and not sender.__module__.startswith(OURS):
        import livesheet

        livesheet.track(sender)


class_prepared.connect(made)


def hide(owner: Any, name: str) -> None:
    original = getattr(owner, name)
    if not hasattr(original, "hidden"):
        hidden = without_a_record(original)
        setattr(owner, name, hidden)
        for module in [m for n, m in sys.modules.items() if n.startswith("livesheet.")]:
            if getattr(module, name, None) is original:
                setattr(module, name, hidden)


def without_a_record(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def unrecorded(*args: Any, **kwargs: Any) -> Any:
        with no_record():
            return function(*args, **kwargs)

    unrecorded.hidden = True  # type: ignore[attr-defined]
    return unrecorded


@contextmanager
def no_record() -> Iterator[None]:
    opened = list(connections.all(initialized_only=True))
    kept = [connection.queries_log for connection in opened]
    for connection in opened:
        connection.queries_log = deque()
    try:
        yield
    finally:
        for connection, log in zip(opened, kept, strict=True):
            connection.queries_log = log
