"""Restores the triggers after every ``migrate``, as the applied migrations declare them.

SQLite creates a new table for most changes of a table, and drops the triggers with the old one. If
a model is renamed or gets children, or livesheet is upgraded, an old trigger would log the wrong
thing.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, router
from django.db.migrations import DeleteModel, RenameModel
from django.db.migrations.loader import MigrationLoader

from livesheet.tables import Change
from livesheet.triggers.definitions import define
from livesheet.triggers.installation import forget, install, installed, remove
from livesheet.triggers.operations import AddTriggers, RemoveTriggers

Wanted = dict[tuple[str, str], bool]


def mend(using: str, apps: Any = None, **_kwargs: Any) -> None:
    """Receives ``post_migrate``; ``apps`` has the models as the applied migrations made them."""
    forget()
    connection = connections[using]
    if apps is None:  # a `flush`, which sends the same signal
        return
    if not router.allow_migrate_model(using, Change):
        return

    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    there = installed(using)
    wanted = {apps.get_model(*key): notify for key, notify in wanted_on(using).items()}
    for model, notify in wanted.items():
        names = there.pop(model._meta.db_table, [])
        if router.allow_migrate_model(using, model):
            expected = define(model, notify).name("insert")
            if expected not in names:
                install(model, notify, using, execute)
    for table in there:  # left by a model that was deleted, or by a migration that was
        remove(table, using, execute)


def wanted_on(using: str) -> Wanted:
    """What the applied migrations say: ``(app label, model name)`` → whether it notifies."""
    loader = MigrationLoader(connections[using])
    wanted: Wanted = {}
    for key in _in_order(loader):
        if key not in loader.applied_migrations:
            continue
        for operation in loader.graph.nodes[key].operations:
            _follow(wanted, key[0], operation)
    return wanted


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    order: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        order.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(order)


def _follow(wanted: Wanted, app_label: str, operation: Any) -> None:
    if isinstance(operation, AddTriggers):
        wanted[operation.key(app_label)] = operation.notify
    elif isinstance(operation, RemoveTriggers):
        wanted.pop(operation.key(app_label), None)
    elif isinstance(operation, DeleteModel):
        wanted.pop((app_label, operation.name_lower), None)
    elif isinstance(operation, RenameModel):
        notify = wanted.pop((app_label, operation.old_name_lower), None)
        if notify is not None:
            wanted[app_label, operation.new_name_lower] = notify
