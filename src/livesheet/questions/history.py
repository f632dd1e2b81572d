"""The earlier values of a row and who changed them, if ``django-simple-history`` records it.

Only rows and columns that the user sees now are shown, with values in the form of the columns. The
author is known for every write that livesheet sees, without that package's middleware.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import islice, zip_longest
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from livesheet import people
from livesheet.exceptions import LiveSheetError
from livesheet.log import actors
from livesheet.questions.subject import visible_row
from livesheet.sheet.cells import Cells
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import keys_in, read_labels
from livesheet.sheet.serializers import model_field
from livesheet.sheet.unreadable import instances
from livesheet.wire.values import of_datetime

MAX_ENTRIES = 50
# Records without a difference in what was asked for are passed over; not without end.
MAX_RECORDS = 1_000
MAX_SKIPPED = 1_000_000

KINDS = {"+": "created", "~": "changed", "-": "deleted"}


def connect() -> None:
    """Tell who wrote to every historical record that does not know it."""
    if apps.is_installed("simple_history"):
        # An optional dependency.
        from simple_history.signals import pre_create_historical_record

        pre_create_historical_record.connect(_say_who, dispatch_uid="livesheet.history")


def _say_who(sender: Any, history_instance: Any, **_kwargs: Any) -> None:
    actor = actors.current()
    if actor.user and getattr(history_instance, "history_user_id", "") is None:
        history_instance.history_user_id = actor.user
    if actor.origin and getattr(history_instance, "history_change_reason", "") is None:
        history_instance.history_change_reason = actor.origin[:100]


def records_of(model: type[models.Model]) -> models.Manager[Any] | None:
    """The historical records of all rows of ``model``, if it has any."""
    name = getattr(model._meta, "simple_history_manager_attribute", None)
    return getattr(model, name, None) if name else None


def is_kept(sheet: Sheet) -> bool:
    """Whether this user may ask what its rows held before."""
    return records_of(sheet.get_model()) is not None and sheet.has_history_permission()


def answer(sheet: Sheet, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """``query`` is ``{pk, column or null, skip}``, ``skip`` the ``next`` of an earlier answer.

    ``{entries, next, labels}``: the newest first, each ``{at, by, reason, kind, cells}`` with
    ``cells`` as ``[column, before, value]``. ``next`` is null where there is no more.
    """
    row = _row(sheet, query.get("pk"))
    columns = _columns(sheet, query.get("column"))
    skip = query.get("skip") or 0
    if type(skip) is not int or not 0 <= skip <= MAX_SKIPPED:
        raise LiveSheetError("bad_query", f"Expected skip as a number; got {skip!r:.80}.")
    found = list(instances(_records(sheet, row)[skip : skip + MAX_RECORDS + 1]))
    entries, passed = _entries(found, columns, Cells(sheet), _Writers(sheet))
    has_more = passed < len(found)
    labels = _labels(sheet, columns, entries)
    return {"entries": entries, "next": skip + passed if has_more else None, "labels": labels}


def _row(sheet: Sheet, pk: Any) -> models.Model:
    row = visible_row(sheet, pk)
    if not is_kept(sheet) or not sheet.has_history_permission(row):
        raise LiveSheetError("no_history", _("The history of this row is not shown here."))
    return row


def _columns(sheet: Sheet, name: Any) -> list[Column]:
    """Those of the sheet whose values are recorded; all of them, or the one that was named."""
    recorded: Any = records_of(sheet.get_model())
    columns = [column for column in sheet.columns if _is_in(recorded.model, column, sheet)]
    if name is None:
        return columns
    asked = [column for column in columns if column.name == name]
    if not asked:
        raise LiveSheetError("no_history", _("No history is recorded for this column."))
    return asked


def _is_in(recorded: type[models.Model], column: Column, sheet: Sheet) -> bool:
    # What a serializer keeps to itself of a row, nobody knows to tell of a former one.
    plain = model_field(sheet.get_model(), column.source)
    if plain is None or plain.many_to_many or column.write_only or column.masked:
        return False
    former = model_field(recorded, column.source)
    return former is not None and former.attname == plain.attname


def _records(sheet: Sheet, row: models.Model) -> models.QuerySet[Any]:
    manager: Any = records_of(sheet.get_model())
    pk = sheet.get_model()._meta.pk.attname
    records: models.QuerySet[Any] = manager.using(sheet.alias).filter(**{pk: row.pk})
    if any(f.name == "history_user" and f.is_relation for f in manager.model._meta.get_fields()):
        records = records.select_related("history_user")
    return _of_this_life(records.order_by("-history_date", "-history_id"))


def _of_this_life(records: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """From the newest creation on. Before it, the key was another row's, perhaps somebody else's.

    Where the creation was not recorded (a bulk insert), from the newest deletion on.
    """
    birth = records.filter(history_type__in=("+", "-")).first()
    if birth is None:
        return records
    later = models.Q(history_date__gt=birth.history_date)
    same_moment = models.Q(history_date=birth.history_date)
    if birth.history_type == "+":
        return records.filter(later | same_moment & models.Q(history_id__gte=birth.history_id))
    return records.filter(later | same_moment & models.Q(history_id__gt=birth.history_id))


class _Writers:
    """How they appear to who asks; None for somebody whom he may not know."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.told: dict[str, dict[str, Any] | None] = {"": None}

    def of(self, record: Any) -> dict[str, Any] | None:
        user = getattr(record, "history_user", None)
        key = people.user_key(user)
        if key not in self.told:
            self.told[key] = people.me(user) if self.sheet.knows(user) else None
        return self.told[key]


def _entries(
    records: list[Any], columns: list[Column], read: Cells, writers: _Writers
) -> tuple[list[dict[str, Any]], int]:
    """As many as fit into one answer, and how many records they took."""
    entries: list[dict[str, Any]] = []
    passed = 0
    for record, former in zip_longest(records, records[1:]):
        if len(entries) == MAX_ENTRIES or passed == MAX_RECORDS:
            break
        passed += 1
        kind = KINDS.get(record.history_type, "changed")
        cells = list(_cells(record, former if kind != "created" else None, columns, read))
        if cells:
            entries.append(_entry(record, kind, cells, writers.of(record)))
    return entries, passed


def _cells(record: Any, former: Any, columns: list[Column], read: Cells) -> Iterable[list[Any]]:
    for column in columns:
        value = read.of(column, record)
        before = None if former is None else read.of(column, former)
        if former is None or not column.same(value, before):
            yield [column.name, before, value]


def _entry(
    record: Any, kind: str, cells: list[list[Any]], by: dict[str, Any] | None
) -> dict[str, Any]:
    at: dt.datetime = record.history_date
    return {
        "at": of_datetime(at),
        "by": by,
        "reason": str(getattr(record, "history_change_reason", None) or ""),
        "kind": kind,
        "cells": cells,
    }


def _labels(
    sheet: Sheet, columns: list[Column], entries: list[dict[str, Any]]
) -> dict[str, dict[str, str]]:
    """What related keys are called: only those that the relation may show to this user."""
    labels = {}
    for column in columns:
        if column.related_model is None:
            continue
        cells = (cell for entry in entries for cell in entry["cells"] if cell[0] == column.name)
        keys = {key for cell in cells for held in islice(cell, 1, 3) for key in keys_in(held)}
        labels[column.name] = read_labels(sheet, column, keys)
    return labels
