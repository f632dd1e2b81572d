"""What the triggers of a table log, described without SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from livesheet.lineage import live_children

COLUMNS = "model, kind, pks, fields, actor, origin, client, ref, tag, at"
# The parts of a UUID that is kept as 32 digits: start and length.
UUID_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))

# Raised when the SQL changes, so that a migrate replaces what an older version has installed.
VERSION = 1
PREFIX = "livesheet_"
# The origin of a change that a trigger logged, until the ORM says more.
ORIGIN = "database"


@dataclass(frozen=True, slots=True)
class Definition:
    """``labels`` are the models of which a row of the table is a row; its own comes first."""

    table: str
    column: str
    is_uuid: bool
    labels: tuple[str, ...]
    notify: bool
    use_tz: bool

    def name(self, event: str) -> str:
        """A trigger's name says what it does: another definition has other names."""
        digest = hashlib.sha256(repr((VERSION, astuple(self))).encode()).hexdigest()[:12]
        return f"{PREFIX}{digest}_{event}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database says it. What Django wrote is known by ids of the change log:

    ``last`` is the first id that the triggers logged for the statement or row written last, and
    ``first`` the first since ``mark`` was executed, both of this transaction only; NULL for none.
    They are expressions; ``{tail}`` is the number of models that a row is of, less one, and
    ``{mark}`` what ``mark`` returned.
    """

    create: Callable[[Definition, Any], list[str]]
    drop: Callable[[str, list[str], Any], list[str]]
    installed: str
    last: str
    first: str
    mark: str


def drop_triggers(table: str, names: list[str], connection: Any) -> list[str]:
    """Where a trigger is all there is to drop, and its name says which."""
    return [f"DROP TRIGGER IF EXISTS {name}" for name in names if name.startswith(PREFIX)]


def define(model: type[models.Model], notify: bool = False) -> Definition:
    """The triggers that ``model`` should have; of a migration's state, or a model of today."""
    key = model._meta.pk
    while isinstance(key, models.ForeignKey):
        key = key.target_field
    if not isinstance(key, models.IntegerField | models.CharField | models.UUIDField):
        kind = type(key).__name__
        raise ImproperlyConfigured(
            f"Triggers cannot name the rows of {model._meta.label}: its primary key is a {kind}."
            " They can if it is a number, a text or a UUID. Otherwise, call"
            " livesheet.record(…) after raw SQL."
        )
    column = model._meta.pk.column
    assert column is not None
    return Definition(
        table=model._meta.db_table,
        column=column,
        is_uuid=isinstance(key, models.UUIDField),
        labels=(model._meta.label_lower, *_children(model)),
        notify=notify,
        use_tz=settings.USE_TZ,
    )


def _children(model: type[models.Model]) -> list[str]:
    # A migration's state has bare models, so whether the children are live is asked of today's.
    try:
        today = apps.get_model(model._meta.label)
    except LookupError:
        return []
    return [child._meta.label_lower for child in live_children(today)]
