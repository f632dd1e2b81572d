"""Why the database, or a package that protects its own order, has refused a write, in words.

Users see only texts that were written for people: the message of a constraint, the error that a
trigger raises, what a tree says about a loop. Other exceptions may contain anything, and go to the
log.
"""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DatabaseError, models

# Exceptions of other packages whose message is meant for whoever wanted the change.
FOR_PEOPLE = frozenset({
    "mptt.exceptions.InvalidMove",
    "treebeard.exceptions.InvalidMoveToDescendant",
    "treebeard.exceptions.InvalidPosition",
    "treebeard.exceptions.PathOverflow",
    "django_fsm.TransitionNotAllowed",
    "django_fsm.ConcurrentTransition",
    "djmoney.models.fields.CurrencyError",
})  # fmt: skip

RAISED_IN_POSTGRES = "P0001"
SIGNALLED_IN_MYSQL = 1644
RAISED_IN_SQLITE = "SQLITE_CONSTRAINT_TRIGGER"


def reason_of(raised: Exception, model: type[models.Model] | None) -> str | None:
    """The message that users may read; None if there is none for people."""
    if isinstance(raised, DatabaseError):
        return _by_trigger(raised) or (_by_constraint(raised, model) if model else None)
    names = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(raised).__mro__}
    return str(raised) or None if names & FOR_PEOPLE else None


def _by_trigger(raised: DatabaseError) -> str | None:
    cause: Any = raised.__cause__
    if getattr(cause, "sqlstate", None) == RAISED_IN_POSTGRES:
        return str(cause.diag.message_primary)
    if raised.args[:1] == (SIGNALLED_IN_MYSQL,):
        return str(raised.args[1])
    if getattr(cause, "sqlite_errorname", None) == RAISED_IN_SQLITE:
        return str(raised)
    return None


def _by_constraint(raised: DatabaseError, model: type[models.Model]) -> str | None:
    """The message that the model gives a constraint which the database names."""
    for owner in (model, *model._meta.all_parents):
        for constraint in owner._meta.constraints:
            named = re.search(rf"(?<!\w){re.escape(constraint.name)}(?!\w)", str(raised))
            said = constraint.violation_error_message
            if named and said and said != constraint.default_violation_error_message:
                return str(constraint.get_violation_error_message())
    return None


def of_validation(raised: ModelValidationError, model: type[models.Model] | None) -> str:
    """Its messages, each with the name of its field, without which they would not be clear."""
    if not hasattr(raised, "error_dict"):
        return " ".join(raised.messages)
    return " ".join(
        f"{title}: {' '.join(messages)}" if (title := _title(name, model)) else " ".join(messages)
        for name, messages in raised.message_dict.items()
    )


def _title(name: str, model: type[models.Model] | None) -> str:
    if name == NON_FIELD_ERRORS:
        return ""
    title = name.replace("_", " ")
    try:
        field: Any = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        field = None
    title = str(getattr(field, "verbose_name", None) or title)
    return title[:1].upper() + title[1:]
