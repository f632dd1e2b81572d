"""Which rows a ``bulk_create`` has written, if its objects do not say so.

A row that conflicts is ignored, or an existing row is updated instead; and not every database
returns the keys that it has assigned. In these cases, the rows are found by their unique values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models
from django.db.models import Q

from livesheet.tables import PKS_BEFORE_RESYNC

Model = type[models.Model]

AT_ONCE = 200


def keys(
    model: Model, objs: Sequence[Any], using: str, *, updated: bool, unique: Sequence[str] | None
) -> list[Any] | None:
    """The keys of the rows that were written, and perhaps a few others; None if unknown.

    ``updated`` says that conflicting rows were updated; ``unique`` are the fields of the conflict,
    if they are known.
    """
    own = [obj.pk for obj in objs]
    if all(map(_is_plain, own)) and not updated:
        return own
    if len(objs) > PKS_BEFORE_RESYNC or (updated and not unique and _has_expressions(model)):
        return None
    sets = list(_unique_sets(model, unique))
    wanted = [list(_conditions(obj, sets)) for obj in objs]
    return list(_found(model, wanted, using)) if all(wanted) else None


def _found(model: Model, wanted: list[list[Q]], using: str) -> Iterable[Any]:
    found: dict[Any, None] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = Q(*(q for qs in wanted[start : start + AT_ONCE] for q in qs), _connector=Q.OR)
        rows: Any = models.QuerySet(model, using=using).filter(some)
        found.update(dict.fromkeys(rows.order_by().values_list("pk", flat=True)))
    return found


def _conditions(obj: Any, sets: list[list[str]]) -> Iterator[Q]:
    """One condition for each unique set of fields whose values are known."""
    for names in sets:
        values = {name: getattr(obj, name) for name in names}
        if all(map(_is_plain, values.values())):
            yield Q(**values)


def _unique_sets(model: Model, unique: Sequence[str] | None) -> Iterator[list[str]]:
    """Sets of ``attname``s, each of which identifies at most one row."""
    meta: Any = model._meta
    together = [unique] if unique else list(_together(model))
    for names in together:
        yield ["pk" if name == "pk" else meta.get_field(name).attname for name in names]
    for field in meta.concrete_fields:
        if field.primary_key or (field.unique and not unique):
            yield [field.attname]


def _together(model: Model) -> Iterable[Sequence[str]]:
    yield from model._meta.unique_together
    yield from (constraint.fields for constraint in model._meta.total_unique_constraints)


def _has_expressions(model: Model) -> bool:
    """Whether a row may conflict because of something other than the value of a field."""
    unique = (c for c in model._meta.constraints if isinstance(c, models.UniqueConstraint))
    return any(constraint.expressions or constraint.condition for constraint in unique)


def _is_plain(value: Any) -> bool:
    return value is not None and not hasattr(value, "resolve_expression")
