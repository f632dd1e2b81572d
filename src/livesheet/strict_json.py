"""What is refused of JSON: what could not be stored, or sent on to every browser."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any


def no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def finite(digits: str) -> float:
    number = float(digits)  # 1e999 would be infinity, which no frame can carry back
    if not isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def refuse_half_characters(text: str, raw: Any) -> None:
    # JSON can spell half of a surrogate pair, which no database and no socket can take.
    if "\\u" in text and not is_encodable(json.dumps(raw, ensure_ascii=False)):
        raise ValueError("a lone surrogate is no character")


def is_encodable(text: str) -> bool:
    return not any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in text)


def is_too_deep(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth == 0 or any(is_too_deep(v, depth - 1) for v in value.values())
    if isinstance(value, list):
        return depth == 0 or any(is_too_deep(v, depth - 1) for v in value)
    return False
