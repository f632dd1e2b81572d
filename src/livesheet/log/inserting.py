"""The INSERT of a change, as plain SQL: the ORM's costs a writer twice as much (measured)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.db import connections
from django.utils import timezone

from livesheet.log import actors
from livesheet.tables import USER_KEY, Change


def insert(
    using: str,
    label: str,
    kind: str,
    keys: list[str],
    fields: Iterable[str] | None,
    actor: actors.Actor,
) -> None:
    connection = connections[using]
    pks, tag = _as_json(keys), secrets.token_hex(4)
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    plain = [label, kind, pks, tag, str(at)] if connection.vendor == "postgresql" else ()
    if actor is actors.NOBODY and not fields and plain and all(map(_needs_no_quoting, plain)):
        # psycopg takes as long to quote values as the server to insert a row. These need no quotes.
        sql, values = _literal_sql(using).format(*plain), None
    else:
        given: dict[str, Any] = {"model": label, "kind": kind, "pks": pks, "tag": tag, "at": at}
        if fields:
            given["fields"] = json.dumps(sorted(fields))
        if actor is not actors.NOBODY:
            given |= {"actor": actor.user[:USER_KEY], "origin": actor.origin[:200]}
            given |= {"client": actor.client, "ref": actor.ref, "ref_index": actor.index}
        sql, values = _insert_sql(using, tuple(given)), tuple(given.values())
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def insert_added(label: str, keys: Mapping[int, str], *, using: str) -> None:
    """A change for each row that was added, with its place in the edit of the current actor."""
    actor, connection = actors.current(), connections[using]
    if actor.captured is not None:
        actor.captured.update((label, key) for key in keys.values())
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    given = {
        "model": label, "kind": Change.Kind.ADD, "at": at, "actor": actor.user[:USER_KEY],
        "origin": actor.origin[:200], "client": actor.client, "ref": actor.ref,
    }  # fmt: skip
    sql = _insert_sql(using, (*given, "pks", "tag", "ref_index"))
    rows = [(_as_json([key]), secrets.token_hex(4), place) for place, key in keys.items()]
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*given.values(), *row) for row in rows])


def insert_saved(
    label: str, authors: Iterable[tuple[actors.Actor, list[str]]], *, using: str
) -> None:
    """A change for each author, with the rows that were saved for this author."""
    connection = connections[using]
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    given = ("model", "kind", "at", "pks", "tag", "actor", "origin", "client", "ref", "ref_index")
    rows = [
        (
            label, Change.Kind.SAVE.value, at, _as_json(keys), secrets.token_hex(4),
            who.user[:USER_KEY], who.origin[:200], who.client, who.ref, who.index,
        )
        for who, keys in authors
    ]  # fmt: skip
    head, between, marks = _insert_sql(using, given).rpartition(" VALUES ")
    sql = f"{head}{between}{', '.join([marks] * len(rows))}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in row])


def _as_json(keys: list[str]) -> str:
    if len(keys) == 1 and keys[0].isalnum() and keys[0].isascii():  # usually one save
        return f'["{keys[0]}"]'
    return json.dumps(keys)


# Letters, digits, and signs that mean nothing inside a quoted text of any SQL.
_needs_no_quoting = re.compile(r'[A-Za-z0-9 _.:+,"\[\]-]*', re.ASCII).fullmatch

_PLAIN = ("model", "kind", "pks", "tag", "at")
# Columns without a value get these literals, because each parameter takes time to quote.
_NOT_GIVEN = {
    "fields": "''", "actor": "''", "origin": "''", "client": "''", "ref": "''", "ref_index": "NULL"
}  # fmt: skip


@cache
def _literal_sql(using: str) -> str:
    return _insert_sql(using, _PLAIN, "'{}'")


@cache
def _insert_sql(using: str, given: tuple[str, ...], mark: str = "%s") -> str:
    quote = connections[using].ops.quote_name
    columns = {**_NOT_GIVEN, **dict.fromkeys(given, mark)}
    ordered = [*given, *(name for name in columns if name not in given)]
    names = ", ".join(quote(name) for name in ordered)
    values = ", ".join(columns[name] for name in ordered)
    return f"INSERT INTO {quote(Change._meta.db_table)} ({names}) VALUES ({values})"
