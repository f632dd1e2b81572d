"""Python values as JSON values: exactly, without loss, and nothing that a browser cannot read."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from decimal import Decimal
from functools import partial
from operator import attrgetter
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models

from livesheet.wire import values


class Colour(enum.IntEnum):
    RED = 1


BERLIN = dt.timezone(dt.timedelta(hours=1))
VALUES = [
    (None, None),
    (True, True),
    (7, 7),
    (2**53, 2**53),
    (2**53 + 1, "9007199254740993"),
    (-(2**60), "-1152921504606846976"),
    (Colour.RED, 1),
    (0.1, 0.1),
    (float("nan"), None),
    (float("-inf"), None),
    (Decimal("12.3000"), "12.3000"),
    (Decimal("1E+3"), "1000"),
    (Decimal("NaN"), None),
    (dt.date(2026, 2, 3), "2026-02-03"),
    (dt.time(8, 15), "08:15:00"),
    (dt.datetime(2026, 2, 3, 8, 15, tzinfo=BERLIN), "2026-02-03T07:15:00Z"),
    (dt.datetime(2026, 2, 3, 8, 15, 0, 1), "2026-02-03T08:15:00.000001"),
    (dt.timedelta(days=1, seconds=1), "P1DT00H00M01S"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (SimpleNamespace, str(SimpleNamespace)),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=repr)
def test_any_single_value(value: Any, expected: Any) -> None:
    got = values.of_python(value)
    assert got == expected
    assert type(got) is type(expected)
    assert json.loads(values.dumps(got)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("12.3", "12.30"),
        ("12.30", "12.30"),
        ("12.3000", "12.30"),
        ("0E-7", "0.00"),
        ("-0.5", "-0.50"),
        ("1E+3", "1000.00"),
        ("NaN", None),
        ("9" * 40 + ".999", "9" * 40 + ".999"),  # more than it should hold: shown as it is
    ],
)
def test_a_decimal_has_the_digits_that_the_serializer_writes(
    value: str | None, expected: str | None
) -> None:
    assert values.of_decimal(None if value is None else Decimal(value), -2) == expected


SAME = [
    (1, 1, True), (1, 1.0, True), (True, 1, False), (0, False, False), ("1", 1, False),
    (None, "", False), (None, None, True), ([1, 2], [1, 2], True), ([1, 2], [2, 1], False),
    ([1], [True], False), ([1], [1, 2], False), ({"a": 1}, {"a": 1.0}, True),
    ({"a": 1}, {"a": True}, False), ({"a": 1}, {"b": 1}, False), ({"a": [{}]}, {"a": [{}]}, True),
    ([], {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), SAME, ids=map(str, range(len(SAME))))
def test_values_are_the_same_only_with_the_same_type(one: Any, other: Any, same: bool) -> None:
    assert values.same(one, other) is values.same(other, one) is same


def test_json_that_a_browser_would_round_is_text() -> None:
    for safe in (None, [1, 2.5, True, "x"], {"a": {"b": [2**53]}}):
        assert values.of_json(safe) is safe
    for unsafe in (2**53 + 1, [{"a": -(2**60)}], float("nan")):
        assert values.of_json(unsafe) == json.dumps(unsafe)
    assert values.is_safe_json_text('{"a": 1}')
    assert not values.is_safe_json_text('{"a": 9007199254740993}')
    assert values.is_safe_json_text("just a text")


class NoAddresses(Storage):
    def url(self, name: str | None) -> str:
        raise NotImplementedError


def test_files_and_binaries_are_described() -> None:
    field = models.FileField(storage=FileSystemStorage(base_url="/media/"))
    described = {"name": "a.txt", "url": "/media/a.txt"}
    assert values.of_file(None, field) is None
    assert values.of_file("", field) is None
    assert values.of_file("a.txt", field) == described  # as a query of values has it
    assert values.of_file(field.attr_class(None, field, "a.txt"), field) == described  # type: ignore[arg-type]
    nowhere = models.FileField(storage=NoAddresses())
    assert values.of_file("a.txt", nowhere) == {"name": "a.txt", "url": ""}
    assert values.of_binary(b"abc") == {"size": 3}
    assert values.of_binary(None) is None


def test_what_a_serializer_made_up_is_kept_or_told_as_text() -> None:
    assert values.of_serialized(5) == 5
    assert values.of_serialized(["é", {"a": Decimal("1.5")}]) == '["é", {"a": "1.5"}]'


def test_text_that_no_socket_could_take() -> None:
    assert values.dumps({"a": "é\u2028𝄞"}) == '{"a":"é\u2028𝄞"}'
    values.dumps({"a": "\ud800"}).encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        values.dumps(float("inf"))


class Shout(str):
    """A text that is not what it says."""

    def __str__(self) -> str:
        return self.upper()


MIXED = [
    None, "", "a", Shout("a"), 0, 1, -(2**53), 2**53 + 1, True, 0.0, 1.5, float("nan"),
    float("inf"), Decimal("1.50"), Decimal("NaN"), dt.date(2026, 1, 2), uuid.UUID(int=5),
    dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC),
]  # fmt: skip


NOON = dt.datetime(2026, 7, 2, 12, tzinfo=dt.UTC)
OF_ONE_KIND: list[tuple[values.Encoder, list[list[Any]]]] = [
    (partial(values.of_decimal, places=-2), [
        [Decimal("1.50"), None, Decimal("-0.00"), Decimal("123456789012345678.90")],
        [Decimal("1.50"), Decimal("1.5")], [Decimal("1.50"), Decimal("1E+3")],
        [Decimal("0.01"), Decimal("NaN")], [Decimal("Infinity")], [Decimal("1.500")], [None],
    ]),
    (partial(values.of_decimal, places=-8), [[Decimal("0.00000001"), Decimal("2.50000000")]]),
    (partial(values.of_decimal, places=0), [[Decimal(1), Decimal("2.0")]]),
    (values.of_datetime, [
        [NOON, None, NOON.replace(microsecond=5)], [NOON, NOON.replace(tzinfo=None)],
        [NOON.replace(tzinfo=None)],
        [NOON, NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))],
        [NOON.replace(tzinfo=dt.timezone(dt.timedelta(seconds=30)))],
        [NOON.replace(month=1, tzinfo=ZoneInfo("Europe/London"))],
    ]),
    (values.of_iso, [
        [dt.date(2026, 1, 2), None, dt.date(1, 1, 1)], [dt.date(2026, 1, 2), NOON],
        [NOON], [dt.time(12, 5), None],
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("encode", "found"), [(encode, found) for encode, all_ in OF_ONE_KIND for found in all_]
)
def test_values_of_one_kind_are_encoded_together_as_singly(
    encode: values.Encoder, found: list[Any]
) -> None:
    together = list(values.of_all(encode, found, set(map(type, found))))
    assert together == [encode(value) for value in found]


def test_a_column_as_the_database_has_it_is_not_encoded_singly() -> None:
    encode = partial(values.of_decimal, places=-2)
    for one, found in ((encode, [Decimal("1.50")]), (values.of_datetime, [NOON, None])):
        assert isinstance(values.of_all(one, found, set(map(type, found))), list)


AS_THEY_ARE = sorted([*values._AS_THEY_ARE, values.of_datetime], key=attrgetter("__name__"))


@pytest.mark.parametrize("encode", AS_THEY_ARE, ids=attrgetter("__name__"))
def test_a_column_is_encoded_as_its_values_are(encode: values.Encoder) -> None:
    def encoded(value: Any) -> Any:
        try:
            return encode(value)
        except (TypeError, AttributeError) as error:
            return type(error)

    encodable = [value for value in MIXED if not isinstance(encoded(value), type)]
    groups: dict[type, list[Any]] = {}
    for value in encodable:
        groups.setdefault(type(value), []).append(value)
    columns = [encodable, *groups.values(), *([None, *group] for group in groups.values()), [None]]
    for column in columns:
        found = list(values.of_all(encode, column, set(map(type, column))))
        assert list(map(repr, found)) == [repr(encode(value)) for value in column]
