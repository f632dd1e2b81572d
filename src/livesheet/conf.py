"""The ``LIVESHEET`` settings dict, read when needed and read again when settings change.

Only settings of the whole process are here; options of a single sheet are its class attributes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

DEFAULTS: dict[str, Any] = {
    # Where the page loads Handsontable from; empty means the 6.2.2 inside the package.
    "HANDSONTABLE": {},
    # Whether pages load one script instead of a hundred modules; None: unless DEBUG.
    "BUNDLE": None,
    # The channel layer that carries the doorbell between processes; None switches it off.
    "CHANNEL_LAYER": "default",
    # The alias of a PostgreSQL database whose LISTEN and NOTIFY carry it instead.
    "NOTIFY_DATABASE": None,
    # Seconds between looks at the change log when no doorbell rings.
    "POLL_SECONDS": 1.5,
    # Seconds after which an open socket's session, user and permissions are read afresh.
    "RECHECK_SECONDS": 30,
    # Path of a function that finds the user of a socket's handshake; None asks REST's classes.
    "AUTHENTICATE_SCOPE": None,
    # Threads per process that read, and as many that write, each with a database connection.
    "THREADS": 4,
    # Seconds after which the database ends a statement of these threads; None lets it run.
    "STATEMENT_SECONDS": 20,
    # Of one frame from a browser: bytes, cells of an edit, rows of an add or a delete.
    "MAX_FRAME_BYTES": 65_536,
    "MAX_CELLS": 500,
    "MAX_ROWS": 200,
    # Of one value: lists and objects in each other, digits of a number.
    "MAX_VALUE_DEPTH": 32,
    "MAX_DIGITS": 100,
    # Bytes of the values that one reply gives back, and of what a client has not acknowledged.
    "MAX_REPLY_BYTES": 64_000,
    "MAX_UNREAD_BYTES": 1_000_000,
    # Of one socket: edits, adds and deletes that wait, and questions.
    "MAX_REQUESTS": 200,
    "MAX_QUESTIONS": 30,
    # Rows of one page of REST.
    "MAX_PAGE_SIZE": 1_000,
    # Frames a second that one socket may send over a longer time.
    "MAX_FRAMES_PER_SECOND": 50,
    # Moves of one socket's cursor that are told to others in a second; of more, the last.
    "MAX_MOVES_PER_SECOND": 4,
    # Of one user in one process: sockets, sheets being loaded at a time, and questions answered at
    # a time (searches, histories). What is beyond the first is refused, beyond the others waits.
    "MAX_SOCKETS_PER_USER": 100,
    "MAX_SNAPSHOTS_PER_USER": 4,
    "MAX_LOOKUPS_PER_USER": 2,
    # Of named views: of one user at one sheet and its params, and as many that are shared there; of
    # one user in all; bytes of each.
    "MAX_VIEWS": 100,
    "MAX_VIEWS_PER_USER": 1_000,
    "MAX_VIEW_BYTES": 32_768,
    # Of one process: bytes that the orders of large sheets may take.
    "MAX_ORDER_BYTES": 64_000_000,
    # Who is not signed in is counted by address; one may have as much as so many users.
    "USERS_PER_ADDRESS": 10,
    # Seconds between comparisons of what an audience was sent with a fresh read, and the number
    # of rows above which it is not compared.
    "COMPARE_SECONDS": 300,
    "COMPARE_ROWS": 50_000,
    # How long the change log is kept: days, and number of changes. The newest always stays.
    "KEEP_DAYS": 7,
    "KEEP_CHANGES": 200_000,
    # A function, by its dotted path, that says to which tenant a socket belongs.
    "SCOPE_CONTEXT": None,
    # And one that says to which the calling thread writes.
    "WRITER_CONTEXT": None,
    # What Prometheus shows as its bearer token; None lets only signed-in staff read the metrics.
    "METRICS_TOKEN": None,
    # Days during which a repeated edit is recognised.
    "RESEND_DAYS": 7,
}


@cache
def _config() -> dict[str, Any]:
    return {**DEFAULTS, **getattr(settings, "LIVESHEET", {})}


def get(name: str) -> Any:
    """The value of ``LIVESHEET[name]``, or its default."""
    return _config()[name]


def unknown_keys() -> list[str]:
    """Unknown keys of ``LIVESHEET``, for the system check."""
    return sorted(set(_config()) - set(DEFAULTS))


def _forget(*, setting: str, **_kwargs: Any) -> None:
    if setting == "LIVESHEET":
        _config.cache_clear()


setting_changed.connect(_forget, dispatch_uid="livesheet.conf")
