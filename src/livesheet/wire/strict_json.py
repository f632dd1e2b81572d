"""JSON from clients, checked so that every value can be stored and sent to every browser.

A value that cannot is read as ``Unusable``, which says why, so that only this cell of a frame is
refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _

from livesheet import conf

# What no setting can exceed: Python's own encoder and decoder give up at about a thousand, less
# what called them; and it reads no number of more digits.
MOST_DEPTH = 100
MOST_DIGITS = 4_300

_TOO_DEEP = _(
    "This JSON is nested too deeply. Lists and objects may be nested at most %(depth)s levels deep."
)
_HALF = _("This text contains half a character, which cannot be saved.")
_TOO_LONG = _("A number can have at most %(digits)s digits.")
_TOO_LARGE = _("This number is too large.")
_NO_NUMBER = _("%(name)s is not a valid number in JSON.")

_SURROGATE = re.compile("[\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands for a value that cannot be used. ``reason`` is a lazy translation."""

    reason: Any
    words: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return str(self.reason) % dict(self.words)


HALF = Unusable(_HALF)


def max_depth() -> int:
    """How deep lists and objects may be nested in one value."""
    return min(int(conf.get("MAX_VALUE_DEPTH")), MOST_DEPTH)


def too_deep() -> Unusable:
    return Unusable(_TOO_DEEP, (("depth", max_depth()),))


def loads(text: str) -> Any:
    """What ``text`` says, with an ``Unusable`` for each number that is none.

    Raises ``ValueError`` for what is no JSON, and ``RecursionError``. Depth and texts are for
    ``usable`` to look at, value by value.
    """
    return json.loads(text, parse_constant=_no_number, parse_float=_float, parse_int=_integer)


def usable(value: Any) -> Any:
    """``value``, or the ``Unusable`` that says why it cannot be used as a whole."""
    return _fault(value, max_depth()) or value


def value_of(text: str) -> Any:
    """The one value that ``text`` holds, or an ``Unusable``. Raises ``JSONDecodeError``."""
    try:
        return usable(loads(text))
    except RecursionError:
        return too_deep()


def _fault(value: Any, depth: int) -> Unusable | None:
    if isinstance(value, str):
        return HALF if _SURROGATE.search(value) else None
    if isinstance(value, Unusable):
        return value
    if not isinstance(value, dict | list):
        return None
    if depth == 0:
        return too_deep()
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return next(filter(None, (_fault(part, depth - 1) for part in parts)), None)


def is_encodable(text: str) -> bool:
    return not _SURROGATE.search(text) and "\0" not in text


def is_too_deep(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth == 0 or any(is_too_deep(v, depth - 1) for v in value.values())
    if isinstance(value, list):
        return depth == 0 or any(is_too_deep(v, depth - 1) for v in value)
    return False


def _no_number(name: str) -> Unusable:
    return Unusable(_NO_NUMBER, (("name", name),))


def _float(digits: str) -> float | Unusable:
    number = float(digits)  # 1e999 would be infinity, which no frame can carry back
    return number if isfinite(number) else Unusable(_TOO_LARGE)


def _integer(digits: str) -> int | Unusable:
    most = min(conf.get("MAX_DIGITS"), MOST_DIGITS)
    if len(digits) > most:
        return Unusable(_TOO_LONG, (("digits", most),))
    return int(digits)
