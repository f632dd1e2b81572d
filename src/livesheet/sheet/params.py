"""A sheet's params: texts of a query string, converted and limited as the sheet declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from livesheet.exceptions import LiveSheetError

MAX_LENGTH = 500


def parse_params(
    declared: Mapping[str, Callable[[str], Any]], given: Mapping[str, str]
) -> dict[str, Any]:
    """Convert the params that a sheet declares; others are ignored, as in a query string."""
    values = {}
    for name, convert in declared.items():
        if name not in given:
            raise LiveSheetError("bad_params", f"The sheet needs the parameter {name!r}.")
        try:
            values[name] = _within_bounds(convert(_within_bounds(given[name])))
        except (TypeError, ValueError, ArithmeticError) as error:
            expected = getattr(convert, "__name__", str(convert))
            raise LiveSheetError(
                "bad_params", f"Parameter {name!r}: expected {expected}, got {given[name]!r:.80}."
            ) from error
    return values


def _within_bounds(value: Any) -> Any:
    """Values that every database accepts in a filter; others would raise an exception there."""
    if isinstance(value, str) and (len(value) > MAX_LENGTH or "\0" in value):
        raise ValueError("too long a text, or one with a null character")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("too large a number")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("no finite number")
    return value
