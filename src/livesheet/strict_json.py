"""JSON from outside, of which everything that comes in can be stored and sent on to every browser.

A value that cannot is read as ``Unusable``, which says why, so that a frame with one bad cell is
refused that cell alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _

# How deep lists and objects may be nested in one value, and how many digits a number may have.
MAX_DEPTH = 32
MAX_DIGITS = 100

_TOO_DEEP = _("This JSON is nested too deeply: %(depth)s lists or objects in each other at most.")
_HALF = _("This text holds half a character, which nothing can store.")
_TOO_LONG = _("A number has %(digits)s digits at most.")
_TOO_LARGE = _("This number is too large.")
_NO_NUMBER = _("There is no number %(name)s in JSON.")

_SURROGATE = re.compile("[\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands for a value that cannot be used. ``reason`` is a lazy translation."""

    reason: Any
    words: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return str(self.reason) % dict(self.words)


TOO_DEEP = Unusable(_TOO_DEEP, (("depth", MAX_DEPTH),))
HALF = Unusable(_HALF)


def loads(text: str) -> Any:
    """What ``text`` says, with an ``Unusable`` for each number that is none.

    Raises ``ValueError`` for what is no JSON, and ``RecursionError``. Depth and texts are for
    ``usable`` to look at, value by value.
    """
    return json.loads(text, parse_constant=_no_number, parse_float=_float, parse_int=_integer)


def usable(value: Any) -> Any:
    """``value``, or the ``Unusable`` that says why it cannot be used as a whole."""
    return _fault(value, MAX_DEPTH) or value


def value_of(text: str) -> Any:
    """The one value that ``text`` holds, or an ``Unusable``. Raises ``JSONDecodeError``."""
    try:
        return usable(loads(text))
    except RecursionError:
        return TOO_DEEP


def _fault(value: Any, depth: int) -> Unusable | None:
    if isinstance(value, str):
        return HALF if _SURROGATE.search(value) else None
    if isinstance(value, Unusable):
        return value
    if not isinstance(value, dict | list):
        return None
    if depth == 0:
        return TOO_DEEP
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
    if len(digits) > MAX_DIGITS:
        return Unusable(_TOO_LONG, (("digits", MAX_DIGITS),))
    return int(digits)
