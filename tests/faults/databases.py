"""A database of a test's own on a real server, to be dumped, restored and thrown away."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.services import service_url

_count = 0


@dataclass
class Database:
    """`kind` is `sqlite`, `postgres` or `mariadb`; `url` is for `DATABASE_URL`."""

    kind: str
    name: str
    url: str

    def execute(self, statement: str) -> None:
        """Run one statement on the server, outside this database."""
        where = urlsplit(service_url(self.kind))
        if self.kind == "postgres":
            import psycopg

            with closing(psycopg.connect(service_url("postgres"), autocommit=True)) as postgres:
                postgres.execute(statement)  # type: ignore[call-overload]
            return
        import pymysql

        with closing(
            pymysql.connect(host=where.hostname, port=where.port or 0, user=where.username)
        ) as mariadb:
            mariadb.cursor().execute(statement)

    # --- dumps ---------------------------------------------------------------------------

    def dump(self, to: Path) -> None:
        """As an administrator would: by the server's own program, or a copy of the file."""
        if self.kind == "sqlite":
            shutil.copy(self.file, to)
        elif self.kind == "postgres":
            call("pg_dump", "--clean", "--if-exists", f"--file={to}", self.url)
        else:
            call("mariadb-dump", *self._words, f"--result-file={to}", self.name)

    def restore(self, dump: Path, way: str = "") -> None:
        """Put a dump back beneath whoever is connected. SQLite knows several ways."""
        if self.kind == "postgres":
            how = ["--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
            call("psql", *how, f"--file={dump}", self.url)
        elif self.kind == "mariadb":
            call("mariadb", *self._words, f"--execute=source {dump}", self.name)
        elif way == "copied over":
            shutil.copyfile(dump, self.file)
        elif way == "replaced":
            shutil.copy(dump, dump.with_suffix(".new"))
            dump.with_suffix(".new").replace(self.file)
        else:
            with closing(sqlite3.connect(dump)) as old, closing(sqlite3.connect(self.file)) as now:
                old.backup(now)

    @property
    def file(self) -> Path:
        return Path(self.url.removeprefix("sqlite://"))

    @property
    def _words(self) -> list[str]:
        where = urlsplit(self.url)
        return ["--no-defaults", f"--host={where.hostname}", f"--port={where.port}", "--user=root"]

    def drop(self) -> None:
        if self.kind == "postgres":
            self.execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        elif self.kind == "mariadb":
            self.execute(f"DROP DATABASE {self.name}")


def call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{words[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}"


def new_database(kind: str, folder: Path) -> Database:
    """An empty one; SQLite's is a file in `folder`."""
    global _count
    _count += 1
    name = f"faults_{os.getpid()}_{_count}"
    if kind == "sqlite":
        return Database(kind, name, f"sqlite://{folder / name}.sqlite3")
    database = Database(kind, name, urlunsplit(urlsplit(service_url(kind))._replace(path=name)))
    database.execute(f"CREATE DATABASE {name}")
    return database
