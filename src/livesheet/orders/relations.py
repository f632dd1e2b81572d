"""Relations, compared by the labels that this user may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Concat

from livesheet.exceptions import LiveSheetError
from livesheet.fresh import fresh
from livesheet.orders.terms import NOTHING
from livesheet.orders.texts import Folded, Like, Natural, fold, natural_key
from livesheet.orders.words import PATTERNS, TESTS, Labelled, escaped
from livesheet.sheet.columns import COMPLETE_LABELS
from livesheet.sheet.rows import read_labels, related_keys

# With more labels than this, rows are not sorted by a list of all labels.
MOST_RANKED = 200


class Related(Labelled):
    """A relation to one object. ``name`` is the field that holds its key."""

    @property
    def source(self) -> str:
        return self.column.source

    @cached_property
    def possible(self) -> models.QuerySet[Any]:
        """The related objects that this user may see. All others have no label."""
        return fresh(self.sheet.get_related_queryset(self.source), self.sheet.alias).order_by()

    @property
    def is_bounded(self) -> bool:
        query: Any = self.possible.query
        return bool(query.where) or bool(query.combinator) or query.is_sliced

    @cached_property
    def labels(self) -> dict[str, str] | None:
        """All labels by key; None if there are too many to read."""
        if self.possible[COMPLETE_LABELS : COMPLETE_LABELS + 1].exists():
            return None
        return read_labels(self.sheet, self.column, None)

    @property
    def fields(self) -> list[str]:
        """The fields that make up the label, according to ``search_fields``."""
        start = f"{self.source}__"
        return [n.removeprefix(start) for n in self.sheet.search_fields if n.startswith(start)]

    def named(self) -> Mapping[str, str]:
        return self.labels or {}

    def as_keys(self, texts: Iterable[str]) -> list[Any]:
        return related_keys(self.possible.model, self.column, texts)

    def sort_keys(self) -> Sequence[Any]:
        if self.fields:
            return [Natural(self._joined(name)) for name in self.fields]
        if self.labels is None or len(self.labels) > MOST_RANKED:
            raise self._cannot_be_read("be sorted")
        return [Natural(self.text) if self.is_bounded else self._rank(self.labels)]

    def _joined(self, name: str) -> Any:
        if not self.is_bounded:
            return F(f"{self.source}__{name}")
        one = self.possible.filter(**{self.column.key_field: OuterRef(self.name)})
        return Subquery(one.values(name)[:1])

    def _rank(self, labels: dict[str, str]) -> Any:
        """Sort by the rank of the label. This is possible because every key has a label."""
        keys = self.as_keys(sorted(labels, key=lambda key: natural_key(labels[key])))
        ranks = [When(**{self.name: key}, then=Value(n)) for n, key in enumerate(keys)]
        return Case(*ranks, output_field=models.IntegerField())

    def mine(self) -> Q:
        model: Any = self.column.related_model
        if not isinstance(self.sheet.user, model._meta.concrete_model):
            return super().mine()
        return self.among([str(getattr(self.sheet.user, self.column.key_field))])

    def among(self, keys: Sequence[str]) -> Q:
        return self.one_of(self.as_keys(keys))

    def one_of(self, keys: Any) -> Q:
        """The rows whose cell is, or contains, one of these keys."""
        return Q(**{f"{self.name}__in": keys})

    def said(self, test: str, wanted: str) -> Q:
        if self.labels is not None:
            return super().said(test, wanted)
        return self.one_of(self._called(test, wanted).values(self.column.key_field))

    def _called(self, test: str, wanted: str) -> models.QuerySet[Any]:
        """The objects whose label passes one of ``TESTS``, for relations with many objects."""
        if not self.fields:
            raise self._cannot_be_read("be filtered by its labels")
        first, *others = [F(name) for name in self.fields]
        spaced = [part for name in others for part in (Value(" "), name)]
        label = Concat(first, *spaced, output_field=models.TextField()) if others else first
        pattern = Value(PATTERNS[test].format(escaped(wanted)))
        return self.possible.filter(Q(Like(Folded(label), pattern)))

    def found(self, text: str) -> Q:
        is_readable = self.labels is not None or self.fields
        return super().found(text) if is_readable else NOTHING

    def _cannot_be_read(self, what: str) -> LiveSheetError:
        model: Any = self.column.related_model
        hint = (
            f" There are many {model._meta.verbose_name_plural}. Let `search_fields` name the"
            f' fields that their label is made of: `search_fields = ["{self.source}__…"]`.'
        )
        return self.cannot(what, hint)


class Many(Related):
    """A relation to many objects. Conditions apply to each of those that have a label."""

    def sort_keys(self) -> Sequence[Any]:
        raise self.cannot("be sorted")

    def likeness(self) -> Any:
        raise self.cannot("be filtered by 'repeated'")

    def empty(self) -> Q:
        return ~self.one_of(self.possible.values("pk"))

    def one_of(self, keys: Any) -> Q:
        field: Any = self.sheet.get_model()._meta.get_field(self.source)
        pairs = fresh(field.remote_field.through._default_manager, self.sheet.alias)
        mine, theirs = field.m2m_field_name(), field.m2m_reverse_field_name()
        shown = self.possible.filter(pk__in=keys).values("pk")
        of_row = {f"{mine}__pk": OuterRef("pk"), f"{theirs}__pk__in": shown}
        return Q(Exists(pairs.filter(**of_row)))

    def said(self, test: str, wanted: str) -> Q:
        if self.labels is None:
            return super().said(test, wanted)
        found = [key for key, label in self.labels.items() if TESTS[test](fold(label), wanted)]
        return self.among(found)
