"""What refuses an edit that no declaration refuses: reported without writing, or by trying it.

A trial is an edit like a user's, in a transaction that is rolled back. The database forgets it, and
hooks that wait for a COMMIT are not called. But what hooks, ``save()`` and receivers do outside the
database (a mail, a file, another service) is not undone, so nothing is tried unless it is asked
for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from django.db import DatabaseError, OperationalError, models, transaction
from django.db.models.signals import post_save, pre_save

from livesheet.edits import edits
from livesheet.edits.attempts import LOCK_SECONDS, is_held
from livesheet.edits.changing import MISSING
from livesheet.edits.texts import KEY
from livesheet.log.transactions import atomic, short_turn, short_waits
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.wire.protocol import Edit

# Where an exception passes through on its way from what raised it.
NOT_THE_PROJECTS = ("django.", "rest_framework.", "livesheet.", "contextlib", "channels.")
SOMEBODY_HOLDS = "another transaction holds it; an edit waits six seconds and is answered `retry`"


class _Over(Exception):
    """Rolls back what was tried."""


@contextmanager
def rolled_back(using: str) -> Iterator[None]:
    """A transaction of which nothing stays, and which waits for nobody."""
    with (
        suppress(_Over),
        short_turn(using, LOCK_SECONDS),
        atomic(using),
        transaction.atomic(using),
        short_waits(using, LOCK_SECONDS),
    ):
        yield
        raise _Over


def is_somebody_elses(sheet: Sheet, pk: str) -> bool:
    """Whether another transaction holds the row now, or on SQLite writes at all."""
    work = edits.Work(sheet, Edit("", [(pk, "", None, MISSING)], atomic=False))
    try:
        with rolled_back(sheet.alias):
            work.lock(no_key=True)
    except OperationalError as error:
        if is_held(error):
            return True
        raise
    return False


def may_refuse(sheet: Sheet) -> Iterator[str]:
    """What of the project's own an edit goes through, and nobody can ask without writing."""
    for name in ("perform_edit", "edit_context"):
        owner = _owner(type(sheet), name)
        if owner is not Sheet:
            yield f"{owner.__qualname__}.{name}()"
    model = sheet.get_model()
    if (owner := _owner(model, "save")) is not models.Model:
        yield f"{owner.__qualname__}.save()"
    if pre_save.has_listeners(model) or post_save.has_listeners(model):
        yield f"the receivers of pre_save and post_save of {model.__name__}"


def _owner(kind: type[Any], name: str) -> type[Any]:
    return next(base for base in kind.__mro__ if name in vars(base))


def refused_by_validation(sheet: Sheet, instance: Any, column: Column, value: Any) -> Any:
    """The serializer's errors if the cell were written with what stands there; empty for none."""
    data = {column.name: column.accept(value)}
    serializer: Any = sheet.get_serializer(instance, data=data, partial=True)
    serializer.is_valid()
    return serializer.errors


class Trial(edits.Work):
    """An edit of one cell with ``text``, as if that user had typed it. ``carried_out`` tries it."""

    def __init__(self, sheet: Sheet, pk: str, column: Column, text: str) -> None:
        cell = (pk, column.name, {KEY: text}, MISSING)
        super().__init__(sheet, Edit("", [cell], atomic=False))
        self.column = column
        self.raised: Exception | None = None
        self.invalid: Any = {}

    def refusal(self) -> tuple[str, str]:
        """What is said to the user and what decides so; both empty where it would be saved."""
        try:
            with rolled_back(self.sheet.alias):
                errors = self.carried_out().errors
        except Exception as error:
            if isinstance(error, OperationalError) and is_held(error):
                return SOMEBODY_HOLDS, "the database"
            return f"it breaks: {error!r}", _raiser(error)
        if not errors:
            return "", ""
        return str(errors[0]["message"]), self._decides(errors[0]["code"])

    def _decides(self, code: str) -> str:
        if code == "outside":
            return "get_queryset(), which does not have the row then"
        if self.raised is not None:
            return _raiser(self.raised)
        kind = type(self.sheet.get_serializer()).__qualname__
        if self.invalid and self.column.name not in self.invalid:
            return f"{kind}.validate()"
        return f"the field {self.column.name} of {kind}"

    def _save(self, *args: Any) -> None:
        try:
            super()._save(*args)
        except Exception as error:
            self.raised = error
            raise

    def _refuse_invalid(self, pk: str, cells: Any, errors: Any, bad: Any) -> None:
        self.invalid = errors
        super()._refuse_invalid(pk, cells, errors, bad)


def _raiser(error: Exception) -> str:
    """The project's function that raised it, or let it through last."""
    if isinstance(error, DatabaseError):
        return "the database"
    frames = [frame for frame in _frames(error) if not _is_anothers(frame)]
    return f"{frames[-1].f_code.co_qualname}()" if frames else type(error).__name__


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _is_anothers(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith(NOT_THE_PROJECTS)
