"""PgBouncer in transaction mode, with fewer connections than a process would like to have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.services import pgbouncer, service_url

FOLDER = Path(__file__).resolve().parent / "pooled"
ROOT = FOLDER.parent.parent.parent
NAME = f"pooled_{os.getpid()}"
CONNECTIONS = 4


@pytest.fixture
def addresses() -> Iterator[dict[str, str]]:
    """A database, straight and through PgBouncer."""
    straight = service_url("postgres")
    with psycopg.connect(straight, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
    pooler = pgbouncer(urlsplit(straight).port or 5432, size=CONNECTIONS)
    try:
        yield {
            "STRAIGHT_URL": straight.rpartition("/")[0] + f"/{NAME}",
            "POOLED_URL": pooler.url.rpartition("/")[0] + f"/{NAME}",
            "POOLED_CONNECTIONS": str(CONNECTIONS),
        }
    finally:
        pooler.stop()
        with psycopg.connect(straight, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def test_a_pooler_at_work(addresses: dict[str, str]) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", FOLDER / "pytest.ini",
         "--confcutdir", FOLDER, FOLDER / "pooled_at_work.py"],
        cwd=ROOT, env=environment | addresses, capture_output=True, text=True, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
