"""What a refusal says, and how much of what was typed it gives back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.test import override_settings
from rest_framework import exceptions

from livesheet.edits import refusals
from livesheet.edits.refusals import EditRefused, bound_values, entry, text_of, told_to_the_author


def error(value: Any) -> dict[str, Any]:
    return {"code": "conflict", "value": value}


@pytest.mark.parametrize(("length", "is_whole"), [(1_998, True), (1_999, False)])
def test_a_value_of_two_thousand_bytes_comes_whole(length: int, is_whole: bool) -> None:
    errors = [error("x" * length)]  # and two quotes
    bound_values(errors)
    assert ("cut" not in errors[0]) is is_whole
    assert len(errors[0]["value"]) == (length if is_whole else refusals.KEPT_OF_A_TEXT)


def test_of_a_value_that_is_no_text_nothing_is_kept() -> None:
    errors = [error(["x" * 3_000])]
    bound_values(errors)
    assert errors == [{"code": "conflict", "value": None, "cut": True}]


@override_settings(LIVESHEET={"MAX_REPLY_BYTES": 24})
def test_all_values_of_a_reply_have_a_limit_together() -> None:
    errors = [error("x" * 10), {"code": "denied"}, error("y" * 10), error("z")]
    bound_values(errors)
    assert [one.get("value") for one in errors] == ["x" * 10, None, "y" * 10, None]
    assert [one.get("cut", False) for one in errors] == [False, False, False, True]


def test_a_message_is_shortened_and_says_so() -> None:
    assert entry("1", "name", "invalid", "x" * 1_000)["message"] == "x" * 1_000
    assert entry("1", "name", "invalid", "x" * 1_001)["message"] == "x" * 999 + "…"


@pytest.mark.parametrize(
    ("errors", "text"),
    [
        (["Too long.", "No digits."], "Too long. No digits."),
        ({"unit_price": ["Too low."]}, "Unit price: Too low."),
        ({"non_field_errors": ["Too much."], "name": ["Taken."]}, "Too much. Name: Taken."),
        ({"__all__": ["Too much."]}, "Too much."),
        ([{}, {"size": [{"height": ["Too high."]}]}], " Size: Height: Too high."),
    ],
)
def test_nested_errors_become_sentences_with_the_names_of_their_fields(
    errors: Any, text: str
) -> None:
    assert text_of(errors) == text


REFUSED: list[tuple[Exception, str, str]] = [
    (PermissionDenied("Closed."), "forbidden", "Closed."),
    (PermissionDenied(), "forbidden", "You do not have permission to do this."),
    (exceptions.ValidationError({"name": ["Taken."]}), "invalid", "Name: Taken."),
    (ModelValidationError("Not now."), "invalid", "Not now."),
    (IntegrityError("x"), "invalid", "The database refused this, because it breaks a constraint."),
    (DataError("secret"), "invalid", "The database cannot store this value."),
    (OperationalError(1366, "x"), "invalid", "The database cannot store this value."),
]


@pytest.mark.parametrize(
    ("raised", "code", "message"), REFUSED, ids=[repr(raised) for raised, *_ in REFUSED]
)
def test_what_is_raised_while_a_row_is_written_is_told(
    raised: Exception, code: str, message: str
) -> None:
    with pytest.raises(EditRefused) as refused, told_to_the_author():
        raise raised
    assert [(one["code"], one["message"]) for one in refused.value.errors] == [(code, message)]
    assert refused.value.__cause__ is raised


@pytest.mark.parametrize("raised", [OperationalError("gone"), OverflowError(), ZeroDivisionError()])
def test_what_is_not_the_authors_fault_is_not_told(raised: Exception) -> None:
    with pytest.raises(type(raised)) as passed_on, told_to_the_author():
        raise raised
    assert passed_on.value is raised
