"""The body of a REST request, as strict as a frame."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.exceptions import ParseError

from livesheet.wire.parsers import StrictJSONParser, TooLarge
from livesheet.wire.strict_json import Unusable


def parse(body: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(body))


def test_values_are_read_column_by_column() -> None:
    read = parse(b'{"name": "Bolt", "price": NaN, "data": {"a": [1]}}')
    assert (read["name"], read["data"]) == ("Bolt", {"a": [1]})
    assert isinstance(read["price"], Unusable)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": 1,}', rb'{"\ud83d": 1}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


def test_what_is_no_object_is_left_to_the_view() -> None:
    assert parse(b"[1]") == [1]


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_a_body_has_the_limit_of_djangos_setting() -> None:
    assert parse(b'{"ab": 12}') == {"ab": 12}
    with pytest.raises(TooLarge, match="at most 10 bytes"):
        parse(b'{"ab": 123}')


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None)
def test_without_a_limit_all_of_it_is_read() -> None:
    assert parse(b'{"a": "' + b"x" * 100_000 + b'"}') == {"a": "x" * 100_000}
