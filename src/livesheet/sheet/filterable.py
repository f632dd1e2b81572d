"""Whether changed rows can be looked up in the queryset that ``get_queryset()`` returns.

A change looks for some rows by key, and must find the same values as a reading of all rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.sql import Query
from django.db.models.sql.constants import LOUTER

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
    """What is wrong with ``rows``, to follow "The queryset …", and how to fix it.

    ``shown`` names columns: annotations that are not shown may be computed in any way.
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


# Where a class of a project's or a package's has one of these of its own, it may leave rows out.
_READING = frozenset({
    "__iter__", "_chain", "_clone", "_fetch_all", "_filter_or_exclude",
    "_filter_or_exclude_inplace", "_iterator", "all", "filter", "iterator", "order_by", "query",
    "using", "values_list",
})  # fmt: skip


def is_everything(model: type[models.Model], rows: models.QuerySet[Any]) -> bool:
    """Whether ``rows`` are all rows of the model's table. In case of doubt, they are not."""
    query: Any = rows.query
    is_its_own = rows.model._meta.concrete_model is model._meta.concrete_model
    if not is_its_own or type(query) is not Query:
        return False
    is_narrowed = (
        query.where or query.is_sliced or query.combinator or query.distinct_fields
        or query.extra_tables or getattr(rows, "_deferred_filter", None)
    )  # fmt: skip
    joins = (getattr(join, "join_type", None) for join in query.alias_map.values())
    if is_narrowed or any(join not in (None, LOUTER) for join in joins):
        return False
    kinds = type(rows).__mro__
    return not any(_READING & vars(kind).keys() for kind in kinds[: kinds.index(models.QuerySet)])


def _has_rows_of(found: Any, model: Any) -> bool:
    return issubclass(found._meta.concrete_model, model._meta.concrete_model)


def _themselves(model: type[models.Model]) -> str:
    return ROWS_THEMSELVES.format(f"{model.__name__}.objects.filter(…)")


def _kind(rows: Any) -> str:
    if isinstance(rows, models.QuerySet):
        return f"a queryset of {rows.model.__name__}"
    name = type(rows).__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
