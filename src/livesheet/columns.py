"""A column of a sheet: its description for the browser, and its one way onto the wire.

``to_wire`` is used by snapshot, change and base comparison alike. What the browser showed when an
editor opened can therefore be compared with what the database holds now, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import models
from rest_framework import serializers

from livesheet import ranges, wire
from livesheet.computed import computed_type
from livesheet.ranges import is_range
from livesheet.serializers import model_field

if TYPE_CHECKING:
    from livesheet.sheets import Sheet

# A relation with at most this many possible keys sends all their labels at once.
COMPLETE_LABELS = 1_000


_Model = type[models.Model]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(slots=True)
class Column:
    """``attname`` is set where the value can be read straight from a database column."""

    name: str
    title: str
    type: str
    readonly: bool
    required: bool
    null: bool
    blank: bool
    help: str
    to_wire: Callable[[Any], Any]
    source: str
    # What the serializer takes, made of a wire value where that is not the same.
    accept: Callable[[Any], Any] = _as_it_is
    attname: str | None = None
    related_model: _Model | None = None
    key_field: str = "pk"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_many(self) -> bool:
        return self.type == "related_many"

    def same(self, one: Any, other: Any) -> bool:
        """Whether two wire values of this column are equal; many-to-many compares as a set."""
        if self.is_many and isinstance(one, list) and isinstance(other, list):
            return set(map(str, one)) == set(map(str, other))
        return wire.same(one, other)

    def too_exact_for_a_browser(self, value: Any) -> bool:
        """JSON with numbers that a browser would round is shown as text, and is not editable."""
        return self.type == "json" and isinstance(value, str) and not wire.is_safe_json_text(value)

    def describe(self, complete: bool = False) -> dict[str, Any]:
        """The descriptor in ``hello``. ``complete``: the labels hold every acceptable key."""
        names = ("name", "title", "type", "readonly", "required", "null", "blank", "help")
        described = {name: getattr(self, name) for name in names} | self.extra
        if self.related_model is not None:
            described["related"] = {
                "model": self.related_model._meta.label_lower,
                "complete": complete,
            }
        return described


def build_columns(sheet: Sheet) -> list[Column]:
    serializer = sheet.get_serializer()
    readonly = set(sheet.get_readonly_fields())
    options = sheet.get_columns()
    declared = set(getattr(serializer, "_declared_fields", {}))
    columns = []
    for name in sheet.get_fields():
        column = _build(sheet, name, serializer.fields[name], name in declared)
        column.readonly = column.readonly or name in readonly
        if name in options:
            column.extra["options"] = dict(options[name])
        columns.append(column)
    return columns


def _build(sheet: Sheet, name: str, f: Any, declared: bool) -> Column:
    plain = None if declared else model_field(sheet.get_model(), f.source)
    kind = _type_of(f, plain)
    if type(f) is serializers.ReadOnlyField:
        kind = computed_type(sheet, str(f.source)) or kind
    column = Column(
        name=name,
        title=_title(f, name),
        type=kind,
        readonly=f.read_only or kind in wire.READ_ONLY_TYPES,
        required=bool(f.required),
        null=bool(getattr(f, "allow_null", False)),
        blank=_allows_blank(f, kind),
        help=str(f.help_text or ""),
        to_wire=_encoder(kind, f, plain),
        source=f.source,
        extra=_limits(f, kind) | _nature(plain, f, kind),
    )
    if kind == "range":
        column.accept = ranges.of_wire
    if plain is not None:
        _read_from_database(column, plain)
    return column


def _encoder(kind: str, f: Any, plain: Any) -> wire.Encoder:
    if kind != "array":
        return wire.encoder(kind, f, plain)
    base = plain.base_field
    return partial(wire.of_list, item=wire.encoder(_type_of(f.child, base), f.child, base))


def _read_from_database(column: Column, plain: models.Field[Any, Any]) -> None:
    if column.type in ("related", "related_many"):
        relation: Any = plain
        column.related_model = relation.related_model
        if column.type == "related":
            column.key_field = relation.target_field.name
    if column.type != "related_many":
        column.attname = plain.attname


def _title(f: Any, name: str) -> str:
    label = str(f.label or name.replace("_", " "))
    return label[:1].upper() + label[1:]


def _allows_blank(f: Any, kind: str) -> bool:
    if kind == "related_many":
        return bool(f.allow_empty)
    return bool(getattr(f, "allow_blank", getattr(f, "allow_null", False)))


# Order matters: the first class that fits names the type.
_TYPES: tuple[tuple[type[Any], str], ...] = (
    (serializers.ManyRelatedField, "related_many"),
    (serializers.RelatedField, "related"),
    (serializers.MultipleChoiceField, "other"),
    (serializers.FilePathField, "choice"),
    (serializers.ChoiceField, "choice"),
    (serializers.EmailField, "email"),
    (serializers.URLField, "url"),
    (serializers.CharField, "text"),
    (serializers.UUIDField, "text"),
    (serializers.IPAddressField, "text"),
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.FloatField, "float"),
    (serializers.DecimalField, "decimal"),
    (serializers.DateTimeField, "datetime"),
    (serializers.DateField, "date"),
    (serializers.TimeField, "time"),
    (serializers.DurationField, "duration"),
    (serializers.FileField, "file"),
    (serializers.JSONField, "json"),
    (serializers.HStoreField, "json"),
)

# What the items of an array may be, so that it can be written as one text.
ITEM_TYPES = frozenset({
    "text", "longtext", "email", "url", "choice", "boolean", "integer", "float", "decimal",
    "date", "time", "datetime", "duration",
})  # fmt: skip


def _type_of(f: Any, plain: models.Field[Any, Any] | None) -> str:
    if isinstance(plain, models.BinaryField):
        return "binary"
    if isinstance(f, serializers.RelatedField | serializers.ManyRelatedField) and plain is None:
        return "other"  # made up by the serializer, or a reverse one: its text, read-only
    if is_range(plain):
        return "range"
    base: Any = getattr(plain, "base_field", None)
    if isinstance(f, serializers.ListField) and base is not None:
        return "array" if _type_of(f.child, base) in ITEM_TYPES else "other"
    kind = next((kind for cls, kind in _TYPES if isinstance(f, cls)), "other")
    if kind == "text" and f.style.get("base_template") == "textarea.html":
        return "longtext"
    return kind


def _limits(f: Any, kind: str) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    for name in ("max_length", "max_digits", "decimal_places"):
        value = getattr(f, name, None)
        if value is not None and kind != "other":
            extra[name] = value
    if kind == "choice":
        extra["choices"] = [[wire.of_python(key), str(label)] for key, label in f.choices.items()]
    return extra


def _nature(plain: models.Field[Any, Any] | None, f: Any, kind: str) -> dict[str, Any]:
    """What a browser has to know beside the type."""
    extra: dict[str, Any] = {}
    if plain is not None and plain.primary_key:
        extra["key"] = True
    if kind == "integer" and isinstance(plain, wire.BIG):
        extra["big"] = True
    if kind == "file" and isinstance(plain, models.ImageField):
        extra["image"] = True
    if kind == "array":
        base = plain.base_field  # type: ignore[union-attr]
        item = _type_of(f.child, base)
        extra["items"] = {"type": item} | _limits(f.child, item) | _nature(base, f.child, item)
    return extra
