"""Which values a client may send, and what is said of the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import override_settings

from livesheet.wire.strict_json import Unusable, is_encodable, loads, usable, value_of


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("text", ["null", '"é"', "[1, {}]", "-0.5", '{"a": [true]}', "1e308"])
def test_what_can_be_used_is_what_the_json_says(text: str) -> None:
    assert value_of(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NaN", "NaN is not a valid number in JSON."),
        ("-Infinity", "-Infinity is not a valid number in JSON."),
        ("1e309", "This number is too large."),
        ("9" * 101, "A number can have at most 100 digits."),
        (r'"\ud83d"', "This text contains half a character, which cannot be saved."),
        (r'{"\udc00": 1}', "This text contains half a character, which cannot be saved."),
        ("[[NaN]]", "NaN is not a valid number in JSON."),
    ],
)
def test_what_cannot_be_used_says_why(text: str, reason: str) -> None:
    assert str(value_of(text)) == reason


@pytest.mark.parametrize(("digits", "is_read"), [("9" * 20, True), ("9" * 21, False)])
@override_settings(LIVESHEET={"MAX_DIGITS": 20})
def test_the_setting_limits_the_digits_of_a_number(digits: str, is_read: bool) -> None:
    assert (value_of(digits) == int(digits)) is is_read


@pytest.mark.parametrize(("levels", "is_read"), [(3, True), (4, False)])
@override_settings(LIVESHEET={"MAX_VALUE_DEPTH": 3})
def test_the_setting_limits_the_depth_of_a_value(levels: int, is_read: bool) -> None:
    assert isinstance(usable(loads(nested(levels))), list) is is_read
    assert isinstance(usable(loads('{"a":' * levels + "1" + "}" * levels)), dict) is is_read


def test_no_setting_allows_more_than_python_can_encode() -> None:
    with override_settings(LIVESHEET={"MAX_VALUE_DEPTH": 100_000}):
        deep = value_of(nested(101))
        assert isinstance(deep, Unusable)
        assert str(deep).endswith("at most 100 levels deep.")
        assert isinstance(value_of(nested(100)), list)


def test_what_is_nested_beyond_pythons_own_limit_is_refused_like_the_rest() -> None:
    assert "nested too deeply" in str(value_of(nested(200_000)))


@pytest.mark.parametrize(
    ("text", "can"), [("", True), ("🙂", True), ("a\0b", False), ("\ud83d", False)]
)
def test_names_and_keys_are_free_of_nulls_and_half_characters(text: str, can: Any) -> None:
    assert is_encodable(text) is can
