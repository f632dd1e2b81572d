"""Where the tests find their servers: told by the environment, else started by themselves.

`make test` starts each server once for all of tox and passes the addresses on; `pytest` alone
starts what it needs at its first use and stops it when it ends. The addresses stand in the
environment, so that pytest-xdist's workers and the servers under test find the same ones.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .processes import Service
from .servers import IS_DURABLE, STARTERS, pgbouncer

ENGINES = {
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}


def variable(name: str) -> str:
    """`postgres` → `LIVESHEET_TEST_POSTGRES_URL`."""
    return f"LIVESHEET_TEST_{name.upper()}_URL"


def service_url(name: str) -> str:
    """The address of `postgres`, `mariadb` or `redis`; starts it if nobody has."""
    known = os.environ.get(variable(name))
    if known:
        return known
    service = start(name)
    atexit.register(end, service)
    return service.url


def start(name: str) -> Service:
    """Start one server and put its address into the environment; `pgbouncer` before `postgres`."""
    if name == "pgbouncer":
        # A test's database is dropped soon after the last client has gone.
        service = pgbouncer(urlsplit(service_url("postgres")).port or 5432, idle_seconds=1)
    else:
        service = STARTERS[name]()
    os.environ[variable(name)] = service.url
    return service


def end(service: Service) -> None:
    os.environ.pop(variable(service.name), None)
    service.stop()


def database_settings(
    folder: Path | None = None, kind: str = "", suffix: str = ""
) -> dict[str, Any]:
    """Django's settings of a database; of the kind that LIVESHEET_TEST_DATABASE names, mostly.

    `sqlite` (the default), `postgres`, `pgbouncer` (before it) or `mariadb`. SQLite's test database
    is a file in `folder` (the system's temporary one by default): the package reads from threads
    of its own, and a database in memory is one connection's alone. Runs at the same time have
    databases of their own, told apart by LIVESHEET_TEST_NAME or, without it, by their pid.
    """
    folder = folder or Path(tempfile.gettempdir())
    kind = kind or os.environ.get("LIVESHEET_TEST_DATABASE", "sqlite")
    name = os.environ.get("LIVESHEET_TEST_NAME", f"livesheet_{os.getpid()}").replace("-", "_")
    name += suffix
    if kind == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / f"{name}.sqlite3",
            # As for the servers: a test run should not wait for the disk.
            "OPTIONS": {} if IS_DURABLE else {"init_command": "PRAGMA synchronous=OFF"},
            "TEST": {"NAME": folder / f"test_{name}.sqlite3"},
        }
    settings = settings_of(service_url(kind))
    if kind == "pgbouncer":
        settings["DISABLE_SERVER_SIDE_CURSORS"] = True
    return {**settings, "TEST": {"NAME": f"test_{name}"}}


def settings_of(url: str) -> dict[str, Any]:
    """`postgres://user:password@host:port/name` as an entry of DATABASES."""
    parts = urlsplit(url)
    if parts.scheme == "mysql":
        use_pymysql()
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "OPTIONS": {"charset": "utf8mb4"} if parts.scheme == "mysql" else {},
    }


def use_pymysql() -> None:
    """Let Django's MySQL backend run on PyMySQL, which needs no compiler."""
    import pymysql  # only where MariaDB is tested: the services start without any package installed

    pymysql.install_as_MySQLdb()
