"""`DATABASE_URL` as Django wants it, for the peers that save and for us."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit


def databases() -> dict[str, dict[str, Any]]:
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme == "sqlite":
        options = {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"}
        return {
            "default": {
                "ENGINE": "django.db.backends.sqlite3", "NAME": url.path, "CONN_MAX_AGE": 600,
                "OPTIONS": {**options, "transaction_mode": "IMMEDIATE", "timeout": 20},
            }
        }  # fmt: skip
    if url.scheme == "mysql":
        import pymysql  # only where it is asked for

        pymysql.install_as_MySQLdb()
        return {
            "default": {
                "ENGINE": "django.db.backends.mysql", "NAME": url.path.lstrip("/"),
                "USER": url.username, "HOST": url.hostname, "PORT": url.port,
                "CONN_MAX_AGE": 600, "OPTIONS": {"charset": "utf8mb4"},
            }
        }  # fmt: skip
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": url.path.lstrip("/"),
            "USER": url.username, "HOST": url.hostname, "PORT": url.port, "CONN_MAX_AGE": 600,
        }
    }  # fmt: skip
