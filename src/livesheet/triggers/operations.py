"""Migration operations: ``AddTriggers("product")`` and ``RemoveTriggers("product")``."""

from __future__ import annotations

from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation

from livesheet.tables import Change
from livesheet.triggers.installation import install, remove


class _OfTriggers(Operation):
    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, notify: bool = False) -> None:
        self.model_name = model_name
        self.notify = notify

    def key(self, app_label: str) -> tuple[str, str]:
        """The app label and the name of the model, both as the migration state has them."""
        named, _dot, model_name = self.model_name.rpartition(".")
        return named or app_label, model_name.lower()

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass  # the triggers are no part of what makemigrations compares

    def references_model(self, name: str, app_label: str) -> bool:
        return (app_label, name.lower()) == self.key(app_label)

    def _add(self, app_label: str, schema_editor: Any, state: Any) -> None:
        model, using = state.apps.get_model(*self.key(app_label)), schema_editor.connection.alias
        if self.allow_migrate_model(using, model) and router.allow_migrate_model(using, Change):
            install(model, self.notify, using, lambda sql: schema_editor.execute(sql, None))

    def _remove(self, app_label: str, schema_editor: Any, state: Any) -> None:
        model, using = state.apps.get_model(*self.key(app_label)), schema_editor.connection.alias
        if self.allow_migrate_model(using, model) and router.allow_migrate_model(using, Change):
            table = model._meta.db_table
            remove(table, using, lambda sql: schema_editor.execute(sql, None))


class AddTriggers(_OfTriggers):
    """Let the database itself log every write to a model's table, by any program.

    ``model_name`` is the name of a model of the migration's app, or ``"app_label.Model"``. With
    ``notify``, PostgreSQL also rings, for processes that use ``NOTIFY_DATABASE``; commits of such
    writes then wait for one another.

    The migration must depend on livesheet's first one:

    >>> dependencies = [("shop", "0007_product"), ("livesheet", "0001_initial")]
    >>> operations = [AddTriggers("product")]
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._add(app_label, schema_editor, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._remove(app_label, schema_editor, from_state)

    def describe(self) -> str:
        return f"Add livesheet's triggers to {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"triggers_{self.key('')[1]}"


class RemoveTriggers(_OfTriggers):
    """Undo ``AddTriggers``; ``notify`` is what its reversal is to install."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._remove(app_label, schema_editor, from_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        self._add(app_label, schema_editor, to_state)

    def describe(self) -> str:
        return f"Remove livesheet's triggers from {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_triggers_{self.key('')[1]}"
