"""Reading what the database contains now, past packages that cache querysets."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


def fresh(rows: Any, using: str | None = None) -> models.QuerySet[Any, Any]:
    """The queryset as one that is read in order to write: on that alias, or on the primary.

    Django asks nothing else of the mark; caches of querysets (django-cacheops) let it pass.
    """
    found: Any = rows.all() if using is None else rows.using(using)
    found._for_write = True
    rows_of_now: models.QuerySet[Any, Any] = found
    return rows_of_now


class FreshManager(models.Manager[M]):
    """Of tables that are written by SQL, so that nothing can know when to forget."""

    def get_queryset(self) -> models.QuerySet[M]:
        return fresh(super().get_queryset())
