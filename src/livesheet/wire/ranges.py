"""PostgreSQL's ranges as a text that people can edit: ``[1,10)``, ``[2026-01-01,)``, ``empty``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from livesheet.exceptions import LiveSheetError

TEXT = re.compile(r"([\[(])\s*(.*?)\s*,\s*(.*?)\s*([\])])", re.DOTALL)


def is_range(plain: Any) -> bool:
    """Whether a model field is one of PostgreSQL's, which may not be installed."""
    return hasattr(plain, "range_type") and hasattr(plain, "base_field")


def to_wire(value: Any, bound: Callable[[Any], Any]) -> str | None:
    """``bound`` writes one of its ends."""
    if value is None:
        return None
    if value.isempty:
        return "empty"
    lower, upper = ("" if end is None else bound(end) for end in (value.lower, value.upper))
    return f"{'[' if value.lower_inc else '('}{lower},{upper}{']' if value.upper_inc else ')'}"


def of_wire(value: Any) -> Any:
    """What Django's range fields read from a fixture. Raises ``LiveSheetError`` for other texts."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() == "empty":
        return json.dumps({"empty": True})
    found = TEXT.fullmatch(value.strip())
    if found is None:
        message = _("Enter a range such as [1,10), with ] instead of ) if the end is included.")
        raise LiveSheetError("invalid", message)
    opening, lower, upper, closing = found.groups()
    ends = {"lower": lower or None, "upper": upper or None}
    return json.dumps({**ends, "bounds": opening + closing})
