"""Whether this process can serve sheets, found out with a few cheap checks."""

from __future__ import annotations

import time
from typing import Any

from django.db import DatabaseError, InterfaceError, connections

from livesheet import conf
from livesheet.doorbell import transports
from livesheet.feed import feed
from livesheet.sheet.aliases import changelog_aliases
from livesheet.tables import Clock

# A follower that has not got through the log for so long, and for so many polls, is stuck.
STUCK_SECONDS = 15.0
STUCK_POLLS = 5


def health() -> dict[str, Any]:
    """``status`` is ``"ok"``, ``"degraded"`` or ``"failing"``; then what it is made of.

    ``databases`` by alias: ``ok``, ``not migrated``, ``unreachable``. ``feed``: ``alive``,
    ``idle`` (no socket is open here), ``stuck``. ``others``, how other processes are heard:
    ``hears``, ``joining``, ``away``, ``idle``, ``none``. Names nothing else, so it may be public.
    """
    databases = {alias: _database(alias) for alias in changelog_aliases()}
    parts: dict[str, Any] = {"databases": databases, "feed": _feed(), "others": _others()}
    return {"status": _status(parts), **parts}


def _status(parts: dict[str, Any]) -> str:
    if parts["feed"] == "stuck" or any(word != "ok" for word in parts["databases"].values()):
        return "failing"
    # Sheets work without: taking every process away because Redis is down would end them all.
    return "degraded" if parts["others"] == "away" else "ok"


def _database(alias: str) -> str:
    try:
        Clock.objects.using(alias).filter(pk=1).exists()
    except (DatabaseError, InterfaceError):
        return "not migrated" if _is_reachable(alias) else "unreachable"
    return "ok"


def _is_reachable(alias: str) -> bool:
    connection = connections[alias]
    try:
        connection.ensure_connection()
        return connection.is_usable()
    except (DatabaseError, InterfaceError):
        return False


def _feed() -> str:
    feeds = feed.running()
    patience = max(STUCK_SECONDS, STUCK_POLLS * conf.get("POLL_SECONDS"))
    since = time.monotonic() - patience
    if any(follower.looked < since for one in feeds for follower in one.followers()):
        return "stuck"
    return "alive" if feeds else "idle"


def _others() -> str:
    if not transports.reaches_others():
        return "none"
    states = {one.subscription.state for one in feed.running()}
    return next((state for state in ("away", "joining", "hears") if state in states), "idle")
