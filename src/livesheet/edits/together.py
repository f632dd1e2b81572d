"""Writing many rows together, if nothing needs a ``save()`` of each.

This module also does what Django's ``save()`` does besides writing. Call it for rows that ``plain``
has accepted, locked and validated, in the transaction of their edit and with its author as the
actor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connections, models
from django.utils.translation import gettext_lazy

from livesheet.edits import plain
from livesheet.edits.refusals import entry
from livesheet.exceptions import EditRefused
from livesheet.log import capture, querysets, relations
from livesheet.log.actors import Actor
from livesheet.sheet.declaration import Sheet
from livesheet.tables import Change
from livesheet.triggers.replacing import mark

NOT_WRITTEN = gettext_lazy("The database refused this.")


def are_plain(sheet: Sheet, *, adds: bool) -> bool:
    """Whether the sheet's rows may be written together."""
    return not plain.reasons(type(sheet), adds=adds) and not relations.links(
        sheet.get_model(), sheet.alias
    )


def changed(instance: models.Model, values: Mapping[str, Any]) -> set[str]:
    """Set the validated values, like the serializer. Returns the fields that must be written.

    These include those that Django sets at each save (``auto_now``).
    """
    for name, value in values.items():
        setattr(instance, name, value)
    clocks = [field for field in instance._meta.concrete_fields if getattr(field, "auto_now", 0)]
    for field in clocks:
        field.pre_save(instance, False)
    return {*values, *(field.name for field in clocks)}


def update(
    rows: Sequence[models.Model],
    names: Iterable[str],
    using: str,
    authors: Sequence[tuple[Actor, list[Any]]] = (),
) -> None:
    """Write all rows at once by the UPDATE that ``save()`` would send. One change names them.

    If ``authors`` says who writes which keys, there is one change for each author.

    ``bulk_update()`` would take three times as long to build its statement (measured). Raises
    ``EditRefused`` if the database left one of the rows unchanged.
    """
    connection, meta = connections[using], type(rows[0])._meta
    quote: Any = connection.ops.quote_name
    key: Any = meta.pk
    fields: list[Any] = [meta.get_field(name) for name in sorted(names)]
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    sql = f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {quote(key.column)} = %s"
    values = [
        (
            *(f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields),
            key.get_db_prep_value(row.pk, connection),
        )
        for row in rows
    ]
    since = mark(using)
    with connection.cursor() as cursor:
        if len(values) == 1:  # psycopg's executemany() would begin and end a pipeline
            cursor.execute(sql, values[0])
        else:
            cursor.executemany(sql, values)
        if cursor.rowcount not in (len(rows), -1):
            raise EditRefused(entry(None, None, "invalid", NOT_WRITTEN))
    pks, kind = [row.pk for row in rows], Change.Kind.SAVE
    if authors:
        capture.note_saved_by(type(rows[0]), authors, using=using, since=since)
    else:
        capture.note_saved(type(rows[0]), pks, kind, using=using, fields=None, since=since)


def can_add(using: str) -> bool:
    """Whether the database returns the keys that it assigns to several rows."""
    return bool(connections[using].features.can_return_rows_from_bulk_insert)


def add(rows: Mapping[int, models.Model], using: str) -> None:
    """Insert ``rows``, given by their places in the request, which each change tells the author.

    Their keys are set.
    """
    model: Any = type(next(iter(rows.values())))
    since = mark(using)
    queryset: Any = models.QuerySet(model, using=using)
    with querysets.noted_here(model):
        queryset.bulk_create(rows.values())
    keys = {place: row.pk for place, row in rows.items()}
    capture.note_added(model, keys, using=using, since=since)
