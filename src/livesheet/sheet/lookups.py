"""Objects that a relation may refer to, found by label, limited by ``get_related_queryset``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.db.models.lookups import In
from rest_framework.relations import PrimaryKeyRelatedField

from livesheet.exceptions import LiveSheetError
from livesheet.fresh import fresh
from livesheet.sheet.columns import COMPLETE_LABELS, Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import addressed, key_of, label_of
from livesheet.sheet.unreadable import instances
from livesheet.wire.strict_json import is_encodable

MOST_OPTIONS = 50
# Of what many labels name: how many objects are read, how many labels are looked for one by one.
MOST_CALLED = 5_000
LONGEST_TEXT = 500  # characters; SQLite, for one, refuses long patterns
EXPECTED_TEXT = f"Expected a text of at most {LONGEST_TEXT} characters to look for."
MOST_LOOKED_FOR = 20


def related(sheet: Sheet, column: Column) -> models.QuerySet[Any]:
    """All objects that the relation may refer to, in a fixed order."""
    found = fresh(sheet.get_related_queryset(column.source), sheet.alias)
    return found if found.ordered else found.order_by("pk")


def can_be_looked_for(text: Any) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST_TEXT and is_encodable(text)


def labelled(related: models.QuerySet[Any], text: str) -> list[models.Model]:
    """Objects whose label contains ``text``. If there are many, a text field must contain it, too.

    The label decides in both cases: otherwise, anybody could find out what no label shows.
    """
    if related[COMPLETE_LABELS : COMPLETE_LABELS + 1].exists():
        fields = [f.name for f in related.model._meta.fields if isinstance(f, models.CharField)]
        holds = models.Q()
        for name in fields:
            holds |= models.Q(**{f"{name}__icontains": text})
        related = related.filter(holds)
    wanted = text.casefold()
    found = instances(related[:COMPLETE_LABELS])
    return [one for one in found if wanted in label_of(one).casefold()]


def options(sheet: Sheet, query: Mapping[str, Any]) -> dict[str, Any]:
    """The question ``options``: ``{column, text}`` → ``{options: [[key, label]], more}``."""
    name, text = query.get("column"), query.get("text", "")
    column = sheet.column(name) if isinstance(name, str) else None
    if column is None or column.related_model is None:
        raise LiveSheetError("bad_query", f"Expected the name of a relation; got {name!r:.80}.")
    if not can_be_looked_for(text):
        raise LiveSheetError("bad_query", f"{EXPECTED_TEXT} Got {text!r:.80}.")
    possible, wanted = related(sheet, column), text.strip()
    shown = labelled(possible, wanted) if wanted else instances(possible[: MOST_OPTIONS + 1])
    found = list(islice(addressed(shown, column), MOST_OPTIONS + 1))
    pairs = [[key_of(one, column), label_of(one)] for one in found[:MOST_OPTIONS]]
    return {"options": pairs, "more": len(found) > MOST_OPTIONS}


def keys_called(sheet: Sheet, column: Column, texts: Collection[str]) -> dict[str, list[str]]:
    """The keys of the objects that each text names, exactly or ignoring case.

    One query for all of them, if the relation has few objects or labels are text fields.
    """
    possible, is_large = related(sheet, column), False
    wanted = {text for text in texts if "\0" not in text}
    if possible[COMPLETE_LABELS : COMPLETE_LABELS + 1].exists():
        is_large, small = True, possible
        possible = _with_a_field(possible, wanted)
    found = _Called(column, instances(possible[:MOST_CALLED]))
    if is_large:  # where a label is a part of a field, each takes a look of its own
        missing = [text for text in wanted if not found.keys(text)]
        for text in missing[:MOST_LOOKED_FOR]:
            found.add(labelled(small, text))
    return {text: found.keys(text) for text in texts}


class _Called:
    """Objects by their labels."""

    def __init__(self, column: Column, objects: Iterable[models.Model]) -> None:
        self.column = column
        self.exactly: dict[str, list[str]] = {}
        self.roughly: dict[str, list[str]] = {}
        self.add(objects)

    def add(self, objects: Iterable[models.Model]) -> None:
        for one in addressed(objects, self.column):
            label, key = label_of(one), key_of(one, self.column)
            for names, name in ((self.exactly, label), (self.roughly, label.casefold())):
                keys = names.setdefault(name, [])
                if key not in keys:
                    keys.append(key)

    def keys(self, text: str) -> list[str]:
        return self.exactly.get(text) or self.roughly.get(text.casefold(), [])


def _with_a_field(related: models.QuerySet[Any], texts: Collection[str]) -> models.QuerySet[Any]:
    """Those with a text field that is one of ``texts``, ignoring case."""
    small = {text.lower() for text in texts}
    is_one = models.Q(pk__in=[])
    for field in related.model._meta.fields:
        if isinstance(field, models.CharField):
            is_one |= models.Q(**{f"{field.name}__in": texts})
            is_one |= models.Q(In(Lower(field.name), small))
    return related.filter(is_one)


def look_up_together(serializer: Any, data: Mapping[str, Any]) -> None:
    """Have many keys of a relation validated by one query instead of one for each."""
    for name, keys in data.items():
        relation: Any = getattr(serializer.fields.get(name), "child_relation", None)
        is_plain = relation.__class__ is PrimaryKeyRelatedField and not relation.pk_field
        if is_plain and isinstance(keys, list) and len(keys) > 1:
            relation.queryset = _Known(relation.get_queryset(), keys)


def know_together(serializer: Any, keys: Mapping[str, Collection[Any]]) -> None:
    """Have the keys of many rows in a relation validated by one query, and others as usual.

    ``keys`` are the values of those rows by field.
    """
    for name, wanted in keys.items():
        relation: Any = serializer.fields.get(name)
        is_plain = relation.__class__ is PrimaryKeyRelatedField and not relation.pk_field
        if is_plain and len(wanted) > 1:
            relation.queryset = _Known(relation.get_queryset(), wanted, is_all=False)


class _Known:
    """Answers a validator's ``get(pk=…)`` from what was read before; other keys are read.

    ``is_all`` says that no other keys will be asked for.
    """

    def __init__(
        self, possible: models.QuerySet[Any], keys: Iterable[Any], *, is_all: bool = True
    ) -> None:
        self.model = possible.model
        self._possible = None if is_all else possible
        self._key = possible.model._meta.pk.to_python
        wanted = {key for key in map(self._as_key, keys) if key is not None}
        self._found = {one.pk: one for one in instances(possible.filter(pk__in=wanted))}

    def get(self, *, pk: Any) -> models.Model:
        found: models.Model | None = self._found.get(self._as_key(pk))
        if found is None and self._possible is not None:
            found = self._possible.get(pk=pk)
        if found is None:
            raise self.model.DoesNotExist
        return found

    def _as_key(self, given: Any) -> Any:
        """None for a value that cannot be a key; for a boolean, the validator itself says so."""
        try:
            key = self._key(given) if isinstance(given, str | int) else None
        except (ValidationError, ValueError, ArithmeticError):
            return None
        return None if isinstance(key, int) and abs(key) >= 2**63 else key
