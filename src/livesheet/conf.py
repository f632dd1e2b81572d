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
    # Whether pages load the bundle instead of a hundred modules; None: unless DEBUG is on.
    "BUNDLE": None,
    # The channel layer that carries the doorbell between processes; None switches it off.
    "CHANNEL_LAYER": "default",
    # The alias of a PostgreSQL database whose LISTEN and NOTIFY carry it instead.
    "NOTIFY_DATABASE": None,
    # Seconds between looks at the change log if no doorbell rings.
    "POLL_SECONDS": 1.5,
    # Seconds after which an open socket's session, user and permissions are read again.
    "RECHECK_SECONDS": 30,
    # Path of a function that authenticates a socket; None: REST's classes do.
    "AUTHENTICATE_SCOPE": None,
    # Threads per process that read, and as many that write, each with a database connection.
    "THREADS": 4,
    # Seconds after which the database ends a statement of these threads; None: never.
    "STATEMENT_SECONDS": 20,
    # Limits of one frame from a browser: bytes, cells of an edit, rows of an add or a delete.
    "MAX_FRAME_BYTES": 65_536,
    "MAX_CELLS": 500,
    "MAX_ROWS": 200,
    # Limits of one value: nesting of lists and objects, digits of a number.
    "MAX_VALUE_DEPTH": 32,
    "MAX_DIGITS": 100,
    # Bytes of the values in one reply, and of frames that a client has not acknowledged.
    "MAX_REPLY_BYTES": 64_000,
    "MAX_UNREAD_BYTES": 1_000_000,
    # Whether frames are written to uvicorn's transports, where that is known to be possible.
    "DIRECT_FRAMES": True,
    # Whether Python's garbage collector leaves out what has survived it, while sockets are open;
    # None: unless DEBUG is on, or the process has done so itself.
    "SPARE_GARBAGE": None,
    # Limits of one socket: waiting edits, adds and deletes, and waiting questions.
    "MAX_REQUESTS": 200,
    "MAX_QUESTIONS": 30,
    # Rows of one REST page.
    "MAX_PAGE_SIZE": 1_000,
    # Frames a second that one socket may send over a longer time.
    "MAX_FRAMES_PER_SECOND": 50,
    # Moves of one socket's cursor a second that are sent to others; of more, only the last.
    "MAX_MOVES_PER_SECOND": 4,
    # Limits of one user in one process: sockets, and sheets that load and questions that are
    # answered at the same time. Further sockets are refused; the others wait.
    "MAX_SOCKETS_PER_USER": 100,
    "MAX_SNAPSHOTS_PER_USER": 4,
    "MAX_LOOKUPS_PER_USER": 2,
    # Limits of named views: of one user for one sheet and its params, and as many shared ones
    # there; of one user in all; bytes of each.
    "MAX_VIEWS": 100,
    "MAX_VIEWS_PER_USER": 1_000,
    "MAX_VIEW_BYTES": 32_768,
    # Bytes that the orders of large sheets may take in one process.
    "MAX_ORDER_BYTES": 64_000_000,
    # Visitors who are not signed in are counted by address: each address may use as much
    # as this number of users.
    "USERS_PER_ADDRESS": 10,
    # Seconds between comparisons of what an audience was sent with a fresh read, and the number
    # of rows above which it is not compared.
    "COMPARE_SECONDS": 300,
    "COMPARE_ROWS": 50_000,
    # How long the change log is kept: days, and number of changes. The newest is always kept.
    "KEEP_DAYS": 7,
    "KEEP_CHANGES": 200_000,
    # Dotted path of a function that says to which tenant a socket belongs.
    "SCOPE_CONTEXT": None,
    # Dotted path of a function that says to which tenant the calling thread writes.
    "WRITER_CONTEXT": None,
    # Prometheus' bearer token; None lets only signed-in staff read the metrics.
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
