"""The fields of a frame, each checked for its type; refusals say what was sent instead."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from livesheet.exceptions import FrameError
from livesheet.wire.strict_json import is_encodable

MAX_KEY = 2_000  # characters; a model that allows longer keys is warned of by a check


def is_ref(ref: Any) -> bool:
    return isinstance(ref, str) and 0 < len(ref) <= 64 and is_encodable(ref)


class Fields:
    """Reads one frame's fields, each with the shape it must have."""

    def __init__(self, raw: dict[str, Any], ref: str | None, kinds: Collection[str]) -> None:
        """``kinds`` are the types of frame that there are."""
        self.raw = raw
        self.ref = ref
        self._kinds = kinds

    def error(self, message: str, code: str = "bad_frame") -> FrameError:
        kind = self.raw.get("type")
        prefix = f"{kind}: " if isinstance(kind, str) and kind in self._kinds else ""
        return FrameError(code, prefix + message, self.ref)

    def text(self, name: str, limit: int = 64, value: Any = ...) -> str:
        value = self.raw.get(name) if value is ... else value
        if not isinstance(value, str) or not value or len(value) > limit or not is_encodable(value):
            raise self.error(
                f"{name} must be a text of 1 to {limit} characters; got {short(value)}"
            )
        return value

    def optional_text(self, name: str, limit: int = 128, value: Any = ...) -> str | None:
        value = self.raw.get(name) if value is ... else value
        return None if value is None else self.text(name, limit, value)

    def key(self, name: str, value: Any) -> str:
        """A primary key as a text: any that a model allows, so it may be empty."""
        return self.text(name, MAX_KEY, value) if value != "" else ""

    def flag(self, name: str) -> bool:
        value = self.raw.get(name, False)
        if not isinstance(value, bool):
            raise self.error(f"{name} must be true or false; got {short(value)}")
        return value

    def number(self, name: str, limit: int, value: Any = ...) -> int:
        value = self.raw.get(name, value)
        if type(value) is not int or not 0 <= value <= limit:
            raise self.error(f"{name} must be a number from 0 to {limit}; got {short(value)}")
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self.raw.get(name, {})
        if not isinstance(value, dict):
            raise self.error(f"{name} must be an object; got {short(value)}")
        return value

    def items(self, name: str, limit: int) -> list[Any]:
        value = self.raw.get(name)
        if not isinstance(value, list) or not value:
            raise self.error(f"{name} must be a list with at least one entry; got {short(value)}")
        if len(value) > limit:
            raise self.error(
                f"{name} may hold {limit} entries at most; got {len(value)}", "too_many"
            )
        return value


def short(value: Any) -> str:
    """What came, as JSON of bounded length."""
    if isinstance(value, str):
        value = value if len(value) <= 40 else value[:40] + "…"
        return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False)
    text = json.dumps(value, default=str)
    return text if len(text) <= 40 else text[:40] + "…"
