"""Columns with texts, and columns whose values have labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connections, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast
from django.db.models.lookups import In

from livesheet.orders.terms import NOTHING, Term
from livesheet.orders.texts import Exactly, Folded, Like, Likeness, Natural, Written, fold
from livesheet.orders.view import TEXT_KINDS, Filter
from livesheet.sheet.rows import as_keys

# Kinds that also hold for an empty cell, and the kinds that they negate.
OPPOSITES = {"lacks": "contains", "not": "equals"}
TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, wanted: wanted in text,
    "starts": lambda text, wanted: text.startswith(wanted),
    "equals": lambda text, wanted: text == wanted,
}
PATTERNS = {"contains": "%{}%", "starts": "{}%", "equals": "{}"}


class Worded(Term):
    """A column that is compared by the text in the cell."""

    def compared(self, condition: Filter) -> Q:
        kind = condition.kind
        if kind not in TEXT_KINDS:
            return super().compared(condition)
        found = self.said(OPPOSITES.get(kind, kind), fold(condition.text))
        return self.empty() | ~found if kind in OPPOSITES else found

    def said(self, test: str, wanted: str) -> Q:
        """The rows whose text passes one of ``TESTS``."""
        raise NotImplementedError

    def found(self, text: str) -> Q:
        return self.said("contains", fold(text))


class Text(Worded):
    """A column with texts. ``plain`` is the model's field; None for an annotation."""

    def __init__(self, *args: Any, plain: models.Field[Any, Any] | None) -> None:
        super().__init__(*args)
        self.plain = plain

    @property
    def is_written(self) -> bool:
        """Whether the database stores the value in another form than this text."""
        return isinstance(self.plain, models.UUIDField | models.GenericIPAddressField)

    @property
    def text(self) -> Any:
        return Written(F(self.name)) if self.is_written else F(self.name)

    def sort_keys(self) -> Sequence[Any]:
        return [Natural(self.text)]

    def likeness(self) -> Any:
        return Likeness(self.text)

    def empty(self) -> Q:
        no_text = NOTHING if self.is_written else Q(Like(F(self.name), Value("")))
        return super().empty() | no_text

    def among(self, keys: Sequence[str]) -> Q:
        if self.is_written:
            return Q(In(self.text, list(keys))) if keys else NOTHING
        found = Q(**{f"{self.name}__in": list(keys)})
        if connections[self.sheet.alias].vendor == "mysql" and keys:
            found &= Q(In(Exactly(self.text), list(keys)))
        return found

    def said(self, test: str, wanted: str) -> Q:
        return Q(Like(Folded(self.text), Value(PATTERNS[test].format(escaped(wanted)))))


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


class Labelled(Worded):
    """A column that is compared by the labels of its stored values."""

    def named(self) -> Mapping[str, str]:
        """The labels by value, both as texts."""
        raise NotImplementedError

    def as_keys(self, texts: Iterable[str]) -> list[Any]:
        raise NotImplementedError

    def among(self, keys: Sequence[str]) -> Q:
        return Q(**{f"{self.name}__in": self.as_keys(keys)})

    @property
    def own(self) -> Any:
        """The text that is shown for a value without a label."""
        return Cast(F(self.name), models.TextField())

    @property
    def text(self) -> Any:
        labels = self.named()
        cases = [
            When(**{self.name: key}, then=Value(labels[str(key)], models.TextField()))
            for key in self.as_keys(labels)
        ]
        return Case(*cases, default=self.own, output_field=models.TextField())

    def said(self, test: str, wanted: str) -> Q:
        labels = self.named()
        named = [key for key, label in labels.items() if TESTS[test](fold(label), wanted)]
        is_nameless = ~self.empty() & ~self.among(list(labels))
        pattern = Value(PATTERNS[test].format(escaped(wanted)))
        return self.among(named) | (is_nameless & Q(Like(Folded(self.own), pattern)))


class Choice(Labelled):
    def __init__(self, *args: Any, plain: models.Field[Any, Any]) -> None:
        super().__init__(*args)
        self.plain = plain
        given = [(str(key), str(label)) for key, label in self.column.extra.get("choices", ())]
        self.labels = {key: label for key, label in given if key}

    def named(self) -> Mapping[str, str]:
        return self.labels

    def as_keys(self, texts: Iterable[str]) -> list[Any]:
        return as_keys(self.plain, texts)

    def sort_keys(self) -> Sequence[Any]:
        return [Natural(self.text)]

    def empty(self) -> Q:
        is_text = isinstance(self.plain, models.CharField | models.TextField)
        return super().empty() | (Q(Like(F(self.name), Value(""))) if is_text else NOTHING)
