"""The change log of one database: is it trimmed, and ordered in time?"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from livesheet import conf
from livesheet.doctor.findings import Findings, failing, fine, warning
from livesheet.log import changelog
from livesheet.log.transactions import short_waits
from livesheet.tables import Change, Clock

LATE_SECONDS = 10
# What the hourly trim of any one process may leave.
SLACK = 1.2
SLACK_DAYS = 1


def findings(alias: str) -> Findings:
    yield from _trimmed(alias)
    if not changelog.ordered_by_id(alias):
        yield from _clock(alias)
        yield from _lag(alias)


def _trimmed(alias: str) -> Findings:
    changes = Change.objects.using(alias)
    count = changes.count()
    oldest = changes.order_by("id").values_list("at", flat=True).first()
    # The newest always stays, whatever its age.
    horizon = timezone.now() - timedelta(days=conf.get("KEEP_DAYS") + SLACK_DAYS)
    if count > conf.get("KEEP_CHANGES") * SLACK or (count > 1 and oldest and oldest < horizon):
        yield warning(
            "log.not-trimmed",
            f"The change log of {alias!r} has {count} changes, the oldest of {oldest:%Y-%m-%d}.",
            "It is trimmed by processes that write and by those with open sheets. If there are"
            " none, for example because triggers do all writes, it grows, and reading it takes"
            " longer.",
            "In that case, run `manage.py livesheet_log --trim` every night. Otherwise, look for"
            " `log.untidy` in the servers' logs.",
        )
    else:
        yield fine("log.trimmed", f"The change log of {alias!r} has {count} changes.")


def _clock(alias: str) -> Findings:
    """Whether the clock's row can be locked, as whoever puts the log in order must."""
    changelog.clock(alias)
    began = time.perf_counter()
    try:
        with (
            transaction.atomic(using=alias),
            short_waits(alias, changelog.LOCK_SECONDS, changelog.IDLE_SECONDS),
        ):
            Clock.objects.using(alias).select_for_update().get(pk=1)
            guard = _guard(alias)
    except (OperationalError, InterfaceError) as error:
        yield failing(
            "log.clock-locked",
            f"A transaction has locked the clock row of {alias!r} for over"
            f" {changelog.LOCK_SECONDS} s ({_first_line(error)}).",
            "Changes get no place in the log, so no sheet shows them.",
            f"{_holder(alias)} End it: only livesheet may touch the table livesheet_clock.",
        )
        return
    took = (time.perf_counter() - began) * 1000
    yield fine("log.clock", f"The clock of {alias!r} was locked in {took:.0f} ms; {guard}.")


def _guard(alias: str) -> str:
    """What ends a process that freezes while it holds the lock."""
    connection: Any = connections[alias]
    if connection.vendor == "postgresql":
        sql = "SHOW idle_in_transaction_session_timeout"
    elif connection.vendor == "mysql" and connection.mysql_is_mariadb:
        sql = "SELECT @@idle_transaction_timeout"
    else:
        return "no time-out guards it"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return f"an idle lock would be released after {cursor.fetchone()[0]} (0: never)"


def _holder(alias: str) -> str:
    if connections[alias].vendor != "postgresql":
        return "SHOW ENGINE INNODB STATUS shows which one it is."
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT l.pid, a.state, left(a.query, 60) FROM pg_locks l"
            " JOIN pg_stat_activity a USING (pid)"
            " WHERE l.relation = 'livesheet_clock'::regclass AND l.granted"
            " AND l.mode IN ('RowShareLock', 'RowExclusiveLock') AND l.pid <> pg_backend_pid()"
        )
        found = cursor.fetchone()
    if found is None:
        return "It has just ended."
    return f"It is the backend with pid {found[0]}, {found[1]}: {found[2]!r}."


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _lag(alias: str) -> Findings:
    waiting = Change.objects.using(alias).filter(seq=None)
    count = waiting.count()
    since = waiting.order_by("id").values_list("at", flat=True).first()
    seconds = (timezone.now() - since).total_seconds() if since else 0.0
    if seconds > LATE_SECONDS:
        yield warning(
            "log.lag",
            f"{count} changes of {alias!r} have no place in the log yet, the oldest for"
            f" {seconds:.0f} s.",
            "With sheets open they should have one within two seconds; those sheets are behind.",
            "Look into the servers' logs for the logger `livesheet`. If no sheet is open, the"
            " processes that write assign the places; if only triggers write, `manage.py"
            " livesheet_log --trim` does.",
        )
    else:
        yield fine("log.lag", f"{count} changes of {alias!r} wait for their place in the log.")
