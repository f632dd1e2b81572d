"""A sheet's parameters: converted as declared, and within what every database accepts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from livesheet.exceptions import LiveSheetError
from livesheet.sheet.params import MAX_LENGTH, parse_params


def test_declared_parameters_are_converted_and_others_ignored() -> None:
    given = {"year": "2026", "city": "Ulm", "page": "3"}
    assert parse_params({"year": int, "city": str}, given) == {"year": 2026, "city": "Ulm"}


def test_a_parameter_that_is_missing_is_named() -> None:
    with pytest.raises(LiveSheetError, match="needs the parameter 'year'") as refused:
        parse_params({"year": int}, {})
    assert refused.value.code == "bad_params"


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        (int, "soon"),
        (int, str(2**63)),
        (int, str(-(2**63) - 1)),
        (float, "nan"),
        (float, "inf"),
        (Decimal, "soon"),
        (str, "x" * (MAX_LENGTH + 1)),
        (str, "a\0b"),
        (lambda text: text * 300, "ab"),
    ],
)
def test_what_no_database_takes_is_refused(convert: Callable[[str], Any], text: str) -> None:
    with pytest.raises(LiveSheetError, match="Parameter 'at': expected") as refused:
        parse_params({"at": convert}, {"at": text})
    assert refused.value.code == "bad_params"
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("convert", "text"),
    [(int, str(2**63 - 1)), (int, str(-(2**63))), (float, "1e308"), (str, "x" * MAX_LENGTH)],
)
def test_the_largest_that_they_take_is_accepted(convert: Callable[[str], Any], text: str) -> None:
    assert parse_params({"at": convert}, {"at": text}) == {"at": convert(text)}
