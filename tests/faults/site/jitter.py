"""A database that hesitates: what happens between two statements, happens more often."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

SHARE = 0.08
SECONDS = 0.06


def begin() -> None:
    if os.environ.get("ORACLE_JITTER"):
        connection_created.connect(_join, dispatch_uid="oracle.jitter")


def _join(connection: Any, **_kwargs: Any) -> None:
    if _hesitate not in connection.execute_wrappers:
        connection.execute_wrappers.append(_hesitate)


def _hesitate(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
    if sql.startswith("SELECT") and random.random() < SHARE:
        time.sleep(random.uniform(0, SECONDS))
    return execute(sql, *args)
