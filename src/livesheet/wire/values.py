"""Python values as JSON values, exactly and without loss, one function for each type of column.

JavaScript numbers are not exact above 2^53, and JSON has no ``NaN``. Therefore big integers and
decimals are strings, and ``NaN`` and infinities are null.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.db import models
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string

from livesheet.wire import ranges
from livesheet.wire.strict_json import MOST_DEPTH, is_too_deep

READ_ONLY_TYPES = frozenset({"file", "binary", "other"})
SAFE_INTEGER = 2**53
BIG = (models.BigIntegerField, models.BigAutoField)

Encoder = Callable[[Any], Any]


def encoder(kind: str, serializer_field: Any, plain: models.Field[Any, Any] | None) -> Encoder:
    """The function that takes a column's Python value to its wire value."""
    if plain is None:
        return of_serialized if kind != "json" else of_json
    if kind == "decimal" and serializer_field.decimal_places is not None:
        return partial(of_decimal, places=-serializer_field.decimal_places)
    if kind == "file":
        return partial(of_file, field=plain)
    if kind == "integer" and isinstance(plain, BIG):
        return of_text
    if kind == "range":
        return partial(ranges.to_wire, bound=of_python)
    return _BY_KIND.get(kind, of_python)


def represented(kind: str, plain: models.Field[Any, Any] | None) -> Encoder:
    """As ``encoder``, of what a serializer's field made of the value of a model field."""
    if kind == "integer" and isinstance(plain, BIG):
        return of_text
    if kind == "array":
        return partial(of_list, item=of_serialized)
    return _BY_REPRESENTATION.get(kind, of_serialized)


def same(one: Any, other: Any) -> bool:
    """Whether two wire values are equal; strict about types, since ``true`` is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other  # JSON has one kind of number
    return type(one) is type(other) and bool(one == other)


def dumps(value: Any) -> str:
    """Compact JSON text that every browser reads and every server can encode."""
    text = _encoded(value)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate: no UTF-8, would break every socket it goes to
        text = text.encode("utf-8", "replace").decode()
    return text


_encoded = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def of_all(encode: Encoder, found: Sequence[Any], kinds: set[type]) -> Iterable[Any]:
    """``encode`` of each, where ``kinds`` are their types.

    Most values are on the wire what they are in Python, or nearly, and a look at all of them
    together tells so ten times as fast.
    """
    has_none, kinds = type(None) in kinds, kinds - {type(None)}
    is_as_it_is = _AS_THEY_ARE.get(encode)
    if is_as_it_is is not None and is_as_it_is(found, kinds):
        return found
    kind, together = _TOGETHER.get(getattr(encode, "func", encode), (None, None))
    if together is None or kinds != {kind}:
        return map(encode, found)
    texts = together([one for one in found if one is not None] if has_none else found, encode)
    if texts is None:
        return map(encode, found)
    if not has_none:
        return texts
    in_order = iter(texts)
    return [None if value is None else next(in_order) for value in found]


def _decimals(found: Sequence[Decimal], encode: Any) -> list[str] | None:
    """As ``of_decimal`` writes each, if all have the digits that the database gives them."""
    texts, places = list(map(str, found)), -encode.keywords["places"]
    pattern = _decimal_texts(places) if places > 0 else None
    return texts if pattern and pattern.fullmatch(",".join([*texts, ""])) else None


@cache
def _decimal_texts(places: int) -> re.Pattern[str]:
    return re.compile(rf"(?:-?[0-9]+\.[0-9]{{{places}}},)*")


def _datetimes(found: Sequence[dt.datetime], _encode: Any) -> list[str] | None:
    """As ``of_datetime`` writes each, if all are in UTC."""
    whole = ",".join([*map(dt.datetime.isoformat, found), ""])
    is_utc = whole.count("+00:00,") == len(found)
    return whole.replace("+00:00,", "Z,")[:-1].split(",") if is_utc else None


def _are_texts(_found: Sequence[Any], kinds: set[type]) -> bool:
    return kinds <= {str}


def _are_finite(found: Sequence[Any], kinds: set[type]) -> bool:
    return kinds <= {float} and all(map(math.isfinite, filter(None, found)))


def _are_safe(found: Sequence[Any], kinds: set[type]) -> bool:
    if kinds != {int}:
        return kinds <= {str, bool}
    numbers: list[int] = [number for number in found if number is not None]
    return min(numbers) >= -SAFE_INTEGER and max(numbers) <= SAFE_INTEGER


# --- one function per type -------------------------------------------------------------------


def of_decimal(value: Decimal | None, places: int) -> str | None:
    """Exactly as many digits as the serializer writes: ``"12.30"``. ``places`` is negative."""
    if value is None:
        return None
    if not value.is_finite():
        return None
    text = format(value, "f")
    if text[places - 1 : places] == ".":  # as the database has it
        return text
    if value.as_tuple().exponent != places:
        with suppress(ArithmeticError):  # more digits than the column should hold: show them all
            value = value.quantize(Decimal((0, (1,), places)))
    return format(value, "f")


def of_datetime(value: dt.datetime | None) -> str | None:
    """ISO 8601, in UTC with ``Z``; without ``USE_TZ`` there is no zone to tell, and no ``Z``."""
    if value is None:
        return None
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def of_float(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def of_json(value: Any) -> Any:
    """The value itself; as text where a browser could not hold it exactly.

    Raises ``ValueError`` where it is nested deeper than every program on the way can take.
    """
    if is_too_deep(value, MOST_DEPTH):
        raise ValueError(f"JSON nested more than {MOST_DEPTH} deep.")
    return value if is_safe_json(value) else json.dumps(value, ensure_ascii=False, default=str)


def is_safe_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_safe_json(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(is_safe_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= SAFE_INTEGER
    return value is None or isinstance(value, bool | str)


def is_safe_json_text(text: str) -> bool:
    """Whether a browser could hold exactly what ``text`` would be as JSON."""
    try:
        return is_safe_json(json.loads(text))
    except RecursionError:
        return False
    except ValueError:
        return True


def of_file(value: Any, field: Any) -> dict[str, str] | None:
    """Name and address. No size: that would be a call to the storage for each row.

    ``value`` is a file of ``field``, or its name as the database has it.
    """
    if not value:
        return None
    file = field.attr_class(None, field, value) if isinstance(value, str) else value
    try:
        url = file.url
    except Exception:  # a storage that has no addresses, or is away
        url = ""
    return {"name": file.name, "url": url}


def of_list(values: Any, item: Encoder) -> list[Any] | None:
    return None if values is None else [item(value) for value in values]


def of_binary(value: Any) -> dict[str, int] | None:
    return None if value is None else {"size": len(value)}


def of_key(value: Any) -> str | None:
    return None if value is None else str(value)


def of_serialized(value: Any) -> Any:
    """What a serializer field made: kept where JSON can hold it, else its text."""
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return of_python(value)


def of_python(value: Any) -> Any:
    """Any single Python value."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= SAFE_INTEGER else str(int(value))
    for kind, convert in _BY_CLASS:
        if isinstance(value, kind):
            return convert(value)
    return str(value)


def of_text(value: Any) -> str | None:
    return None if value is None else str(value)


def unchanged(value: Any) -> Any:
    return value


def of_iso(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _duration(value: dt.timedelta | None) -> str | None:
    return None if value is None else duration_iso_string(value)


_BY_KIND: dict[str, Encoder] = {
    "text": of_text, "longtext": of_text, "email": of_text, "url": of_text,
    "decimal": lambda value: None if value is None else format(value, "f"),
    "float": of_float, "date": of_iso, "time": of_iso, "datetime": of_datetime,
    "duration": _duration, "json": of_json, "binary": of_binary,
    "related": of_key, "boolean": unchanged,
}  # fmt: skip

# By the function that encodes one of them: what all of them must be, and what encodes them.
_TOGETHER: dict[Any, tuple[type, Callable[[Any, Any], Iterable[str] | None]]] = {
    of_decimal: (Decimal, _decimals),
    of_datetime: (dt.datetime, _datetimes),
    of_iso: (dt.date, lambda found, _encode: map(dt.date.isoformat, found)),
}

_AS_THEY_ARE: dict[Encoder, Callable[[Sequence[Any], set[type]], bool]] = {
    of_text: _are_texts, of_key: _are_texts, of_float: _are_finite, of_python: _are_safe,
    unchanged: lambda _found, _kinds: True,
}  # fmt: skip


def _duration_text(value: Any) -> str | None:
    parsed = parse_duration(value) if isinstance(value, str) else value
    return value if parsed is None else duration_iso_string(parsed)


_BY_REPRESENTATION: dict[str, Encoder] = {
    "json": of_json, "duration": _duration_text, "related": of_key,
}  # fmt: skip

_BY_CLASS: tuple[tuple[type[Any], Encoder], ...] = (
    (float, of_float),
    (Decimal, lambda value: format(value, "f") if value.is_finite() else None),
    (dt.datetime, of_datetime),
    (dt.date, of_iso),
    (dt.time, of_iso),
    (dt.timedelta, _duration),
    (uuid.UUID, of_text),
)
