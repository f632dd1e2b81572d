"""The mixin that makes a model live, and the tables behind it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import class_prepared

from livesheet.log.querysets import LiveSheetManager, LiveSheetQuerySet
from livesheet.orders.texts import Folded, Natural
from livesheet.tables import Change, Clock, EditRecord, NamedView, SavedView

__all__ = [
    "Change",
    "Clock",
    "EditRecord",
    "Folded",
    "LiveSheetManager",
    "LiveSheetMixin",
    "LiveSheetQuerySet",
    "NamedView",
    "Natural",
    "SavedView",
]


class LiveSheetMixin(models.Model):
    """Marks a model as live: each of its writes also writes a change, in the same transaction.

    It has no fields, manager, methods or ``Meta``. It can therefore be the first or the last of the
    bases, and a model needs no migration to get it.
    """

    class Meta:
        abstract = True


# Else a model with the mixin first would have this `Meta` in place of its other base's.
del LiveSheetMixin.Meta


def _inherit_past_the_mixin(sender: Any, **_kwargs: Any) -> None:
    """From a parent with a table Django takes the ordering, unless an abstract base comes first."""
    meta, bases = sender._meta, [base for base in sender.__mro__[1:] if "_meta" in vars(base)]
    if bases[:1] != [LiveSheetMixin] or len(bases) == 1 or bases[1]._meta.abstract:
        return
    for name in ("ordering", "get_latest_by"):
        if name not in meta.original_attrs and not meta.order_with_respect_to:
            setattr(meta, name, getattr(bases[1]._meta, name))


class_prepared.connect(_inherit_past_the_mixin, dispatch_uid="livesheet.inherit_past_the_mixin")
