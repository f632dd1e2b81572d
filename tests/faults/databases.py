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

    def drop(self) -> None:
        if self.kind == "postgres":
            self.execute(f"DROP DATABASE {self.name} WITH (FORCE)")
        elif self.kind == "mariadb":
            self.execute(f"DROP DATABASE {self.name}")


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
