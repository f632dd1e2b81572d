"""The values that an edit has left in its row, if they are known for sure: a reply's ``left``.

By the time its author hears of the row, somebody else may have written it. A ``save()`` or a
default may leave a value in a form that differs from the database's, or no value at all (``F()``).
Such values are left out.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.db import models

from livesheet.sheet.cells import BROKEN_CELL
from livesheet.sheet.columns import LATER, Column
from livesheet.sheet.rows import RowReader

UNSURE: Any = object()


def told(
    reader: RowReader, instance: models.Model, columns: list[Column], asked: Mapping[str, Any]
) -> dict[str, Any]:
    """What these columns hold now, by name. Call it in the transaction that wrote the row.

    ``asked`` are the values that were to be written. Members are read, and included only if they
    are those that were asked for: any others may be somebody else's change of a moment ago.
    """
    read = [(c, c.attname) for c in columns if c.attname]
    known = {name: _as_loaded(instance, name) for _c, name in read}
    sure = [c for c, name in read if known[name] is not UNSURE]
    sure += [c for c in columns if c.placeholder is LATER and c.name in asked]
    loaded = copy.copy(instance)
    vars(loaded).update((n, value) for n, value in known.items() if value is not UNSURE)
    held = reader.of_instance(loaded, sure)
    return {c.name: held[c.name] for c in sure if _is_certain(c, held[c.name], asked)}


def _is_certain(column: Column, held: Any, asked: Mapping[str, Any]) -> bool:
    if column.placeholder is LATER:
        return column.same(held, asked[column.name])
    return bool(held != BROKEN_CELL)


def _as_loaded(instance: models.Model, attname: str) -> Any:
    """The value as the database would give it back, or ``UNSURE``."""
    value = vars(instance).get(attname, UNSURE)
    model_field: Any = instance._meta.get_field(attname)
    if value is UNSURE or value is None:
        return value
    try:
        found = model_field.to_python(value)
        places = getattr(model_field, "decimal_places", None)
        if places is not None and found != round(found, places):
            return UNSURE
        return found if found == value else UNSURE
    except Exception:  # it may be anything
        return UNSURE
