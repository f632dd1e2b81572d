"""Each database with a change log: is it reachable, migrated, not full, guarded by time-outs?"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from livesheet import conf
from livesheet.doctor import log
from livesheet.doctor.findings import Findings, failing, fine, warning
from livesheet.sheet.aliases import changelog_aliases

FULL = 0.8
LONG_IDLE_SECONDS = 60
PATIENT_SECONDS = 600


def findings(processes: int) -> Findings:
    for alias in changelog_aliases():
        try:
            connections[alias].ensure_connection()
        except Exception as error:
            yield failing(
                "database.unreachable",
                f"The database {alias!r} does not answer ({type(error).__name__}: {error}).",
                "No sheet opens, and open sheets are not updated until it is back.",
                "Start it, or correct DATABASES.",
            )
            continue
        if pending := _pending(alias):
            yield failing(
                "log.not-migrated",
                f"The database {alias!r} lacks the migrations {', '.join(pending)} of livesheet.",
                "Saving a live model fails, because its change cannot be written.",
                f"Run `manage.py migrate --database {alias}`.",
            )
            continue
        yield from log.findings(alias)
        yield from BY_VENDOR.get(connections[alias].vendor, _nothing)(alias, processes)


def _pending(alias: str) -> list[str]:
    executor = MigrationExecutor(connections[alias])
    targets = executor.loader.graph.leaf_nodes("livesheet")
    return [migration.name for migration, _back in executor.migration_plan(targets)]


def _one(alias: str, sql: str) -> Any:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
        return (cursor.fetchone() or [None])[-1]


def _nothing(alias: str, processes: int) -> Findings:
    yield from ()


# --- one kind of database after the other ----------------------------------------------------


def _postgresql(alias: str, processes: int) -> Findings:
    limit = int(_one(alias, "SHOW max_connections"))
    used = int(_one(alias, "SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL"))
    yield from _room(alias, used, limit, processes)
    idle = _one(
        alias,
        "SELECT extract(epoch FROM max(now() - state_change))::int FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'idle in transaction'",
    )
    if idle is not None and idle > LONG_IDLE_SECONDS:
        yield warning(
            "database.idle-transaction",
            f"A transaction on {alias!r} has been open and idle for {idle} s.",
            "Nobody sees what it wrote, and edits of its rows are refused with `retry`.",
            "Find it in pg_stat_activity, and set idle_in_transaction_session_timeout.",
        )

    yield from _pooler(alias)


def _pooler(alias: str) -> Findings:
    connection: Any = connections[alias]
    # What is between answers for a process of the server that carries nothing out itself.
    if int(_one(alias, "SELECT pg_backend_pid()")) == connection.connection.info.backend_pid:
        return
    if not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        yield warning(
            "database.pooler-cursors",
            f"A pooler is between this process and {alias!r}, and Django uses cursors of the"
            " server.",
            "In transaction mode, the next part of a result may be fetched on another"
            " connection. Then a sheet does not open ('cursor does not exist').",
            f"DATABASES[{alias!r}]['DISABLE_SERVER_SIDE_CURSORS'] = True, unless the pooler is in"
            " session mode.",
        )
    if conf.get("STATEMENT_SECONDS") and str(_one(alias, "SHOW statement_timeout")) == "0":
        yield warning(
            "database.pooler-statements",
            f"A pooler is between this process and {alias!r}, and statements have no time-out.",
            "livesheet sets none, because the pooler would pass it on to other clients. Reading a"
            " locked table therefore waits as long as the lock is held.",
            "ALTER ROLE … SET statement_timeout = '20s', for the role of the sheets.",
        )


def _mysql(alias: str, processes: int) -> Findings:
    connection: Any = connections[alias]
    limit = int(_one(alias, "SELECT @@max_connections"))
    used = int(_one(alias, "SHOW GLOBAL STATUS LIKE 'Threads_connected'"))
    yield from _room(alias, used, limit, processes)
    patience = int(_one(alias, "SELECT @@wait_timeout"))
    if not connection.mysql_is_mariadb and patience > PATIENT_SECONDS:
        yield warning(
            "database.no-idle-guard",
            f"MySQL keeps a silent connection of {alias!r} for {patience} s.",
            "It cannot end an idle transaction, so a process that freezes while it orders the log"
            " delays every sheet for that long.",
            f"Set wait_timeout to {PATIENT_SECONDS} or less. MariaDB needs nothing.",
        )


def _room(alias: str, used: int, limit: int, processes: int) -> Findings:
    own = 2 * conf.get("THREADS")
    if used > limit * FULL:
        yield warning(
            "database.connections",
            f"{used} of the {limit} connections that {alias!r} permits are in use.",
            f"Each process keeps up to {own} for sheets, besides those of its pages; a process"
            " that gets none cannot answer.",
            "Raise the limit, lower LIVESHEET['THREADS'], or put a pooler in between.",
        )
    else:
        yield fine(
            "database.connections",
            f"{used} of {limit} connections of {alias!r} are in use; {processes} process(es) keep"
            f" up to {processes * own} for sheets.",
        )


def _sqlite(alias: str, processes: int) -> Findings:
    options = connections[alias].settings_dict.get("OPTIONS") or {}
    mode = str(_one(alias, "PRAGMA journal_mode")).lower()
    eager = str(options.get("transaction_mode", "")).upper() == "IMMEDIATE"
    if mode not in ("wal", "memory") or not eager:
        yield warning(
            "database.sqlite",
            f"SQLite on {alias!r} has journal_mode {mode!r} and transaction_mode"
            f" {options.get('transaction_mode')!r}.",
            "Readers wait for the writer, and a page that reads and then writes can fail with"
            " 'database is locked'.",
            '"OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE",'
            ' "init_command": "PRAGMA journal_mode = WAL"}.',
        )
    else:
        yield fine("database.sqlite", f"SQLite on {alias!r}: write-ahead log, eager writers.")


BY_VENDOR = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite}
