"""Writes that nobody hears of, as another program makes them."""

from __future__ import annotations

from typing import Any

from django.db import connection


def insert(model: Any, **values: Any) -> None:
    names = ", ".join(map(connection.ops.quote_name, values))
    marks = ", ".join(["%s"] * len(values))
    _execute(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", values)


def update(model: Any, **values: Any) -> None:
    """Of all its rows."""
    marks = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in values)
    _execute(f"UPDATE {model._meta.db_table} SET {marks}", values)


def _execute(sql: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values.values()))
