"""One of the sheet's own actions on one row, and whether edits of its cells could undo it.

They can if nothing but this row was written, and in it only cells that this user may edit. Fields
that a ``save()`` sets by itself (``auto_now``) do not count.
"""

from __future__ import annotations

import copy
from typing import Any

from django.db import models

from livesheet import conf, lineage
from livesheet.fresh import fresh
from livesheet.log import actors, capture
from livesheet.sheet.actions import Action
from livesheet.sheet.cells import BROKEN_CELL
from livesheet.sheet.columns import LATER, Column
from livesheet.sheet.rows import RowReader
from livesheet.sheet.unreadable import instances
from livesheet.tables import Change
from livesheet.wire import values

WRITTEN, DONE = "saved", "done"

# By column, its value before the action and its value now.
Left = dict[str, tuple[Any, Any]]


def carry_out(reader: RowReader, action: Action, row: models.Model) -> tuple[str, Left]:
    """Call it in the row's savepoint, with the row locked. Raises what the project's code raises.

    Returns whether the row was written, and what is ``left`` if edits can undo it.
    """
    sheet, key = reader.sheet, row.pk
    columns = [column for column in sheet.columns if _is_edited(column)]
    former, held = _fields(row), reader.of_instance(row, columns)
    getattr(sheet, action.name)(row)
    now = _again(reader, key)
    own = {(seen._meta.label_lower, str(key)) for seen in lineage.seen_as(type(row))}
    captured = actors.current().captured or set()
    changed = set() if now is None else _changed(former, _fields(now))
    if not own & captured:
        if now is not None and not changed:
            return DONE, {}
        kind = Change.Kind.SAVE if now is not None else Change.Kind.DELETE
        capture.note(type(row), [key], kind, using=sheet.alias)  # it may be written without signals
    if now is None or not captured <= own or not changed <= {column.attname for column in columns}:
        return WRITTEN, {}
    return WRITTEN, _left(reader, now, columns, held)


def bound(left: dict[int, Any]) -> None:
    """Leave out of an answer that would be too long how the action could be undone."""
    if len(values.dumps({str(n): one for n, one in left.items()})) > conf.get("MAX_REPLY_BYTES"):
        left.clear()


def _left(
    reader: RowReader, now: models.Model, columns: list[Column], held: dict[str, Any]
) -> Left:
    """Empty if a value is not known exactly, or the row is no longer visible."""
    holds = reader.of_instance(now, columns)
    found = {
        column.name: (held[column.name], holds[column.name])
        for column in columns
        if not column.same(held[column.name], holds[column.name])
    }
    exact = all(_is_exact(reader, name, value) for name, pair in found.items() for value in pair)
    return found if exact and found and reader.visible([str(now.pk)]) else {}


def _is_exact(reader: RowReader, name: str, value: Any) -> bool:
    column: Any = reader.sheet.column(name)
    return value != BROKEN_CELL and not column.too_exact_for_a_browser(value)


def _is_edited(column: Column) -> bool:
    is_read = column.attname is not None or column.placeholder is LATER
    return is_read and not (column.readonly or column.write_only or column.masked)


def _again(reader: RowReader, key: Any) -> models.Model | None:
    """The row as it is in the database now, whatever the action did to its instance."""
    model = reader.sheet.get_model()
    rows = fresh(model._base_manager, reader.sheet.alias).filter(pk=key)
    found: list[models.Model] = list(instances(rows, size=None))
    return found[0] if found else None


def _fields(row: models.Model) -> dict[str, Any]:
    """Fields that each ``save()`` or the database sets by itself are left out."""
    own = [
        field.attname
        for field in row._meta.concrete_fields
        if not getattr(field, "auto_now", False) and not getattr(field, "generated", False)
    ]
    return {name: _kept(vars(row).get(name)) for name in own}


def _kept(value: Any) -> Any:
    """A copy, because lists and objects may be changed in place."""
    return copy.deepcopy(value) if isinstance(value, list | dict | set) else value


def _changed(former: dict[str, Any], now: dict[str, Any]) -> set[str]:
    return {name for name, value in now.items() if former[name] != value}
