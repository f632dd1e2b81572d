"""Creating the triggers of a table, removing them, and listing the tables that have some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models

from livesheet.tables import Change
from livesheet.triggers.definitions import PREFIX, Dialect, define
from livesheet.triggers.mysql import MYSQL
from livesheet.triggers.postgresql import POSTGRESQL
from livesheet.triggers.sqlite import SQLITE

DIALECTS: dict[str, Dialect] = {"mysql": MYSQL, "postgresql": POSTGRESQL, "sqlite": SQLITE}

Execute = Callable[[str], Any]

_labels: dict[str, frozenset[str]] = {}


def labels_on(using: str) -> frozenset[str]:
    """The models whose writes triggers log on this alias. Asked of the database once."""
    if using not in _labels:
        tables = installed(using)
        found = [model for model in apps.get_models() if model._meta.db_table in tables]
        _labels[using] = frozenset(label for model in found for label in define(model).labels)
    return _labels[using]


def forget() -> None:
    """To be called after every change of the triggers."""
    _labels.clear()


def installed(using: str) -> dict[str, list[str]]:
    """The names of our triggers by table, of those tables that have any."""
    connection = connections[using]
    found: dict[str, list[str]] = defaultdict(list)
    if connection.vendor in DIALECTS:
        with connection.cursor() as cursor:
            cursor.execute(DIALECTS[connection.vendor].installed, [f"{PREFIX}%"])
            for table, name in cursor.fetchall():
                found[table].append(name)
    return dict(found)


def install(model: type[models.Model], notify: bool, using: str, execute: Execute) -> None:
    """Put the triggers of ``model`` on its table, in place of older ones."""
    connection = connections[using]
    if connection.vendor not in DIALECTS:
        raise ImproperlyConfigured(
            f"Triggers need SQLite, PostgreSQL, MySQL or MariaDB; {using!r} is a"
            f" {connection.display_name} database."
        )
    if Change._meta.db_table not in connection.introspection.table_names():
        raise ImproperlyConfigured(
            f"The triggers of {model._meta.label} write to the change log, whose table does not"
            ' exist yet: add ("livesheet", "0001_initial") to the `dependencies` of this migration.'
        )
    remove(model._meta.db_table, using, execute)
    for statement in DIALECTS[connection.vendor].create(define(model, notify), connection):
        execute(statement)
    forget()


def remove(table: str, using: str, execute: Execute) -> None:
    """Take our triggers off a table; none there is fine."""
    connection = connections[using]
    names = installed(using).get(table, [])
    if names:
        for statement in DIALECTS[connection.vendor].drop(table, names, connection):
            execute(statement)
    forget()
