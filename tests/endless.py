"""A statement that ends only if somebody ends it in the database."""

from __future__ import annotations

import threading

from django.db import connection

STATEMENTS = {
    "sqlite": "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g) "
    "SELECT max(n) FROM g",
    "postgresql": "SELECT pg_sleep(300)",
    "mysql": "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b",
}


class Endless:
    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                self.begun.set()
                cursor.execute(STATEMENTS[connection.vendor])
        finally:
            self.ended.set()
