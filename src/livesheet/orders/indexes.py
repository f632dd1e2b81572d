"""Indexes without which a sort, a filter or a search would read all rows of a large table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models

from livesheet.orders.columns import terms_of
from livesheet.orders.measures import Measure, YesOrNo
from livesheet.orders.terms import Term
from livesheet.orders.texts import Folded, Natural
from livesheet.orders.words import Text
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.serializers import model_field

LARGE = 100_000

# The estimates of the database server: they are quick to read, and precise enough.
STATISTICS = {
    "postgresql": "SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)",
    "mysql": "SELECT table_rows FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name = %s",
}


def is_large(sheet: Sheet) -> bool:
    """By the statistics of the database server. On SQLite, which has none, by counting."""
    model, connection = sheet.get_model(), connections[sheet.alias]
    if connection.vendor in STATISTICS:
        return _statistics(model, connection) > LARGE
    rows = model._base_manager.using(sheet.alias).order_by()
    return bool(rows.values_list("pk")[LARGE : LARGE + 1])


def estimated(rows: models.QuerySet[Any]) -> int | None:
    """About how many rows these are; None if they are not the whole table, or if it is not known.

    There is no estimate for a part of a table: a database makes it from all rows, even hidden ones.
    """
    query, connection = rows.query, connections[rows.db]
    is_whole = not (query.where or query.is_sliced or query.combinator or query.distinct)
    if not is_whole or query.extra_tables or len(query.alias_map) > 1:
        return None
    if connection.vendor not in STATISTICS:
        return None
    return _statistics(rows.model, connection) or None


def _statistics(model: Any, connection: Any) -> int:
    table = model._meta.db_table
    is_quoted = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(table) if is_quoted else table
        cursor.execute(STATISTICS[connection.vendor], [name])
        found = cursor.fetchone()
    return max(0, int(found[0] or 0)) if found else 0


def missing_indexes(sheet: Sheet) -> Iterator[str]:
    """Lines that can be copied into ``Meta.indexes``."""
    model, vendor = sheet.get_model(), connections[sheet.alias].vendor
    yield from _of_ordering(sheet, model)
    for term in terms_of(sheet).values():
        field: Any = model_field(model, term.column.source)
        if field is not None:
            yield from _of_term(term, model, field, vendor)


def _of_ordering(sheet: Sheet, model: Any) -> Iterator[str]:
    """The index for the order in which the sheet opens, if that is by the table's own columns."""
    names: Any = sheet.ordering or sheet.rows().query.order_by or model._meta.ordering
    try:
        fields = [model._meta.get_field(name.removeprefix("-")) for name in names]
    except (AttributeError, FieldDoesNotExist):  # an expression, a column of another table, or `pk`
        return
    if not fields or any(field.is_relation for field in fields):
        return
    if not _leads_an_index(model, fields[0]):
        listed = ", ".join(f'"{name}"' for name in (*names, model._meta.pk.name))
        yield f'models.Index(fields=[{listed}], name="{_named(model, fields[0].name, "order")}")'


def _of_term(term: Term, model: Any, field: Any, vendor: str) -> Iterator[str]:
    name = field.name
    if isinstance(term, Measure) and not isinstance(term, YesOrNo):
        if not _leads_an_index(model, field):
            yield f'models.Index(fields=["{name}"], name="{_named(model, name, "sort")}")'
    elif isinstance(term, Text) and not term.is_written and vendor in ("postgresql", "sqlite"):
        if not _is_indexed(model, Natural, name):
            yield f'models.Index(Natural("{name}"), name="{_named(model, name, "sort")}")'
        if vendor == "postgresql" and not _is_indexed(model, Folded, name):
            trigrams = f'OpClass(Folded("{name}"), name="gin_trgm_ops")'
            yield f'GinIndex({trigrams}, name="{_named(model, name, "search")}")'


def _named(model: Any, name: str, purpose: str) -> str:
    """The name of an index. Django permits thirty characters."""
    return f"{model._meta.model_name[:11]}_{name[:11]}_{purpose}"


def _leads_an_index(model: Any, field: Any) -> bool:
    meta = model._meta
    listed = [index.fields for index in (*meta.indexes, *meta.total_unique_constraints)]
    leading = {fields[0].removeprefix("-") for fields in (*listed, *meta.unique_together) if fields}
    return bool(field.primary_key or field.unique or field.db_index or field.name in leading)


def _is_indexed(model: Any, kind: type[models.Func], name: str) -> bool:
    return any(
        _is_of(expression, kind, name)
        for index in model._meta.indexes
        for expression in index.expressions
    )


def _is_of(expression: Any, kind: type[models.Func], name: str) -> bool:
    sources: list[Any] = getattr(expression, "get_source_expressions", list)()
    if isinstance(expression, kind):
        return getattr(sources[0], "name", "") == name
    return any(_is_of(source, kind, name) for source in sources)
