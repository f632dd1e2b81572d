"""Whether each change can be looked for in what ``get_queryset()`` returns.

A change asks for some rows by key, and what it finds must be what a reading of all rows would have.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

BY_A_CONDITION = (
    "Select the rows by a condition: use a slice or a union as a subquery in `filter(pk__in=…)`, or"
    " write a union as `Q(…) | Q(…)`."
)
BY_A_SUBQUERY = (
    "It would be computed from only the few rows that changed. Write it as a subquery:"
    " `filter(pk__in=…)`, or `Subquery(…)` with `OuterRef(…)` as an annotation."
)
ROWS_THEMSELVES = "Return the rows themselves: a queryset of the sheet's model, such as `{}`."


def fault(model: type[models.Model], rows: Any, shown: Iterable[str]) -> tuple[str, str] | None:
    """What is wrong with ``rows``, after "The queryset …", and how to fix it.

    ``shown`` names columns: what nobody sees may be computed in any way.
    """
    if not isinstance(rows, models.QuerySet) or not _has_rows_of(rows.model, model):
        return f"is {_kind(rows)}, not one of {model.__name__}", _themselves(model)
    query: Any = rows.query
    if getattr(rows, "_fields", None) is not None:
        return "has values instead of rows", _themselves(model)
    if query.is_sliced:
        return "is a slice, which cannot be filtered", BY_A_CONDITION
    if query.combinator:
        return f"is made by {query.combinator}(), which cannot be filtered", BY_A_CONDITION
    if query.distinct_fields:
        return "is made by distinct(…), which cannot be filtered", BY_A_SUBQUERY
    if query.where.contains_over_clause:
        return "is filtered by a window function", BY_A_SUBQUERY
    windows = {name for name, how in query.annotations.items() if how.contains_over_clause}
    for name in shown if windows else ():
        if name in windows:
            return f"computes {name!r} by a window function", BY_A_SUBQUERY
    return None


def _has_rows_of(found: Any, model: Any) -> bool:
    return issubclass(found._meta.concrete_model, model._meta.concrete_model)


def _themselves(model: type[models.Model]) -> str:
    return ROWS_THEMSELVES.format(f"{model.__name__}.objects.filter(…)")


def _kind(rows: Any) -> str:
    if isinstance(rows, models.QuerySet):
        return f"a queryset of {rows.model.__name__}"
    name = type(rows).__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
