"""A column of a sheet: its description for the browser, and the one way to its wire values.

``to_wire`` is used for snapshots, changes and the comparison with a base alike. So the value that
the browser showed when an editor opened can be compared exactly with the value in the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from rest_framework import serializers

from livesheet.sheet.computed import computed_type
from livesheet.sheet.declared import Declared
from livesheet.sheet.defaults import default_of
from livesheet.sheet.formats import has_format_of_its_own
from livesheet.sheet.provenance import (
    is_by_key,
    is_protected,
    is_read_by_django,
    is_relation,
    masks,
    reads_straight,
    stored_as,
)
from livesheet.sheet.serializers import is_kept_back, model_field
from livesheet.wire import ranges, values
from livesheet.wire.ranges import is_range

# A relation with at most this many possible keys sends all their labels at once.
COMPLETE_LABELS = 1_000

# The serializer's output for these is of no use to a grid: an address without a name, bytes.
RAW_TYPES = frozenset({"file", "binary", "range"})


# A placeholder for many-to-many keys, until they are read for many rows at once.
LATER: Any = object()

_Model = type[models.Model]


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(slots=True)
class Column:
    """One column. ``attname`` is set if its value can be read straight from the database.

    See ``provenance``. ``to_wire`` takes the value of the database column; otherwise, what the
    serializer's field makes of it or, if ``raw``, what that field gets.
    """

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
    # Converts a wire value to what the serializer accepts, if that is different.
    accept: Callable[[Any], Any] = _as_it_is
    attname: str | None = None
    # The attribute of an instance that contains it, if it is the one that Django uses.
    stored: str | None = None
    raw: bool = False
    # The serializer accepts it but never shows it.
    write_only: bool = False
    # The model field makes its values in a way of its own, which the serializer may not know.
    foreign: bool = False
    # The serializer has a `to_representation` of its own, which may show something else.
    masked: bool = False
    related_model: _Model | None = None
    key_field: str = "pk"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_many(self) -> bool:
        return self.type == "related_many"

    @property
    def placeholder(self) -> Any:
        """The value of a row that is not read with it: many-to-many keys come later."""
        many = self.is_many and self.related_model is not None
        return LATER if many and not self.write_only else None

    def same(self, one: Any, other: Any) -> bool:
        """Whether two wire values of this column are equal; many-to-many compares as a set."""
        if self.is_many and isinstance(one, list) and isinstance(other, list):
            return set(map(str, one)) == set(map(str, other))
        return values.same(one, other)

    def too_exact_for_a_browser(self, value: Any) -> bool:
        """JSON with numbers that a browser would round is shown as text and cannot be edited."""
        return (
            self.type == "json" and isinstance(value, str) and not values.is_safe_json_text(value)
        )

    def describe(self, complete: bool = False) -> dict[str, Any]:
        """The description in ``hello``. ``complete``: the labels contain every acceptable key."""
        names = ("name", "title", "type", "readonly", "required", "null", "blank", "help")
        described = {name: getattr(self, name) for name in names} | self.extra
        if self.related_model is not None:
            described["related"] = {
                "model": self.related_model._meta.label_lower,
                "complete": complete,
            }
            if self._is_of_users:
                described["related"]["user"] = True
        return described

    @property
    def _is_of_users(self) -> bool:
        """Whether one of its keys may be the ``id`` in hello's ``me``."""
        model, user = self.related_model, get_user_model()
        if model is None or model._meta.concrete_model is not user._meta.concrete_model:
            return False
        return self.key_field in ("pk", model._meta.pk.attname)


def build_columns(sheet: Declared) -> list[Column]:
    serializer = sheet.get_serializer()
    readonly = set(sheet.get_readonly_fields())
    options = sheet.get_columns()
    shown = {f.field_name for f in serializer._readable_fields}
    columns = []
    for name in sheet.get_fields():
        if is_kept_back(serializer, name):
            continue  # the serializer has the field for others, not for this user
        column = _build(sheet, name, serializer)
        column.readonly = column.readonly or name in readonly
        column.write_only = name not in shown
        if column.write_only:
            column.attname = None
            column.extra.pop("default", None)
            column.extra["write_only"] = True
        if name in options:
            column.extra["options"] = dict(options[name])
        columns.append(column)
    return columns


def _build(sheet: Declared, name: str, serializer: Any) -> Column:
    f = serializer.fields[name]
    plain = _field_behind(sheet, name, serializer)
    kind = _type_of(f, plain)
    if type(f) is serializers.ReadOnlyField:
        kind = computed_type(sheet, str(f.source)) or kind
    column = Column(
        name=name,
        title=_title(f, name),
        type=kind,
        readonly=f.read_only or kind in values.READ_ONLY_TYPES or is_protected(plain),
        required=bool(f.required),
        null=bool(getattr(f, "allow_null", False)),
        blank=_allows_blank(f, kind),
        help=str(f.help_text or ""),
        to_wire=_text_of_names if _is_of_names(f) else values.of_serialized,
        source=f.source,
        masked=masks(serializer),
        extra=_limits(f, kind) | _nature(plain, f, kind),
    )
    if kind == "range":
        column.accept = ranges.of_wire
    if plain is not None:
        _read_field(column, f, plain, sheet.get_model())
    elif kind == "json":
        column.to_wire = values.of_json
    if kind not in RAW_TYPES and not column.is_many and not column.masked:
        is_straight = column.attname is not None
        default = default_of(f, plain, column.to_wire, is_straight=is_straight)
        column.extra |= {} if default is None else {"default": default}
    return column


def _field_behind(sheet: Declared, name: str, serializer: Any) -> models.Field[Any, Any] | None:
    """The model field whose value the column shows, if the serializer's field stands for it."""
    f = serializer.fields[name]
    plain = model_field(sheet.get_model(), f.source)
    if name not in getattr(serializer, "_declared_fields", {}):
        return plain
    # A field that was declared may be anything; a relation by key is the usual one.
    return plain if plain is not None and is_by_key(f, plain) else None


def _read_field(column: Column, f: Any, plain: Any, model: _Model) -> None:
    """How the value of a model field is read: straight, or by the serializer's field."""
    kind = column.type
    if kind in ("related", "related_many"):
        column.related_model = plain.related_model
    if kind == "related":
        column.key_field = plain.target_field.attname  # which may itself be a relation
    column.stored = stored_as(model, plain)
    if kind != "related_many" and not column.masked and reads_straight(model, plain, f):
        column.attname = column.stored
    column.foreign = not (column.masked or is_relation(plain) or is_read_by_django(plain))
    column.raw = kind in RAW_TYPES
    if column.attname or column.raw:
        column.to_wire = _encoder(kind, f, plain)
    else:
        column.to_wire = values.represented(kind, plain)


def _encoder(kind: str, f: Any, plain: Any) -> values.Encoder:
    if kind != "array":
        return values.encoder(kind, f, plain)
    base = plain.base_field
    return partial(values.of_list, item=values.encoder(_type_of(f.child, base), f.child, base))


def _is_of_names(f: Any) -> bool:
    child = getattr(f, "child_relation", None)
    return isinstance(child, serializers.StringRelatedField)


def _text_of_names(names: Any) -> str | None:
    return None if names is None else ", ".join(sorted(map(str, names)))


def _title(f: Any, name: str) -> str:
    label = str(f.label or name.replace("_", " "))
    return label[:1].upper() + label[1:]


def _allows_blank(f: Any, kind: str) -> bool:
    if kind == "related_many":
        return bool(f.allow_empty)
    return bool(getattr(f, "allow_blank", getattr(f, "allow_null", False)))


# Order matters: the first class that matches gives the type.
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

# The types of an array's items with which it can be written as one text.
ITEM_TYPES = frozenset({
    "text", "longtext", "email", "url", "choice", "boolean", "integer", "float", "decimal",
    "date", "time", "datetime", "duration",
})  # fmt: skip


def _type_of(f: Any, plain: models.Field[Any, Any] | None) -> str:
    if isinstance(plain, models.BinaryField):
        return "binary"
    if isinstance(f, serializers.RelatedField | serializers.ManyRelatedField) and (
        plain is None or not is_relation(plain)
    ):
        return "other"  # made up by the serializer, or a reverse one: its text, read-only
    if has_format_of_its_own(f):
        return "text"  # written and read as the serializer does
    if is_range(plain):
        return "range"
    if isinstance(f, serializers.ChoiceField) and getattr(plain, "multiple", False):
        return "other"  # several countries in one column: a serializer that takes one of them
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
        extra["choices"] = [[values.of_python(key), str(label)] for key, label in f.choices.items()]
    return extra


def _nature(plain: models.Field[Any, Any] | None, f: Any, kind: str) -> dict[str, Any]:
    """What a browser must know besides the type."""
    extra: dict[str, Any] = {}
    if plain is not None and plain.primary_key:
        extra["key"] = True
    if kind == "integer" and isinstance(plain, values.BIG):
        extra["big"] = True
    if kind == "file" and isinstance(plain, models.ImageField):
        extra["image"] = True
    if kind == "array":
        base = plain.base_field  # type: ignore[union-attr]
        item = _type_of(f.child, base)
        extra["items"] = {"type": item} | _limits(f.child, item) | _nature(base, f.child, item)
    return extra
