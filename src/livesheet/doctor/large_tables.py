"""Sheets of large tables: what the database would read whole for a sort, a filter or a search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connections, models

from livesheet.doctor.findings import Finding, Findings, warning
from livesheet.orders.columns import terms_of
from livesheet.orders.measures import Measure, YesOrNo
from livesheet.orders.terms import Term
from livesheet.orders.texts import Folded, Natural
from livesheet.orders.words import Text
from livesheet.sheet.declaration import Sheet, all_sheets
from livesheet.sheet.declaration_errors import specimen
from livesheet.sheet.serializers import model_field

LARGE = 100_000


def findings() -> Findings:
    for kind in all_sheets():
        found: list[Finding] = []
        with suppress(Exception):  # a hook asks for a real user, or there is no such table yet
            sheet = specimen(kind)
            if _is_large(sheet) and (lines := list(missing_indexes(sheet))):
                found.append(_finding(sheet, lines))
        yield from found


def _is_large(sheet: Sheet) -> bool:
    rows = sheet.get_model()._base_manager.using(sheet.alias).order_by()
    try:
        return bool(rows.values_list("pk")[LARGE : LARGE + 1])
    except DatabaseError:
        return False


def _finding(sheet: Sheet, lines: list[str]) -> Finding:
    model = sheet.get_model()
    return warning(
        "database.no-index",
        f"{model._meta.label} has more than {LARGE:,} rows, and no index for {len(lines)} of the"
        f" ways in which the sheet {sheet.get_name()!r} can be sorted, filtered or searched.",
        "The database then reads all rows, each time that somebody asks for one of them.",
        f"Add to the Meta.indexes of {model.__name__} what people ask for: {', '.join(lines)}."
        " See docs/finding.md, “Large tables”.",
    )


def missing_indexes(sheet: Sheet) -> Iterator[str]:
    """Lines for ``Meta.indexes``, ready to copy."""
    model, vendor = sheet.get_model(), connections[sheet.alias].vendor
    for term in terms_of(sheet).values():
        field: Any = model_field(model, term.column.source)
        if field is not None:
            yield from _of_term(term, model, field, vendor)


def _of_term(term: Term, model: Any, field: Any, vendor: str) -> Iterator[str]:
    name = field.name
    if isinstance(term, Measure) and not isinstance(term, YesOrNo):
        if not _leads_an_index(model, field):
            yield f'models.Index(fields=["{name}"], name="{_named(model, name, "sort")}")'
    elif isinstance(term, Text) and not term.is_written and vendor == "postgresql":
        if not _is_indexed(model, Natural, name):
            yield f'models.Index(Natural("{name}"), name="{_named(model, name, "sort")}")'
        if not _is_indexed(model, Folded, name):
            trigrams = f'OpClass(Folded("{name}"), name="gin_trgm_ops")'
            yield f'GinIndex({trigrams}, name="{_named(model, name, "search")}")'


def _named(model: Any, name: str, purpose: str) -> str:
    """Django permits thirty characters."""
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
