"""The anchors of an order: the place of every thousandth row.

Any other place is found from the nearest anchor. The anchors of a million rows take a few
kilobytes; a list of all their keys would take eight megabytes for each user and each filter.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections

from livesheet.orders.keysets import Key, Keyset, Place

STRIDE = 1_000
# Anchors that are compressed together.
PACKED = 200

NUMBER = "livesheet_number"


class Anchors:
    """A list of consecutive places that takes little memory."""

    def __init__(self) -> None:
        self._packs: list[bytes] = []
        self._fresh: list[Place] = []
        self.bytes = 0

    def extend(self, places: Iterable[Place]) -> None:
        for place in places:
            self._fresh.append(place)
            if len(self._fresh) == PACKED:
                self._packs.append(zlib.compress(json.dumps(self._fresh).encode(), 1))
                self.bytes += len(self._packs[-1])
                self._fresh = []

    def __len__(self) -> int:
        return len(self._packs) * PACKED + len(self._fresh)

    def __getitem__(self, n: int) -> Place:
        pack, at = divmod(n, PACKED)
        found: Place = (
            self._fresh[at]
            if pack == len(self._packs)
            else json.loads(zlib.decompress(self._packs[pack]))[at]
        )
        return found


def read_anchors(keyset: Keyset, after: Place | None, most: int) -> tuple[list[Place], int]:
    """Read the next ``most`` rows; return the place of every thousandth, and the number of rows.

    One statement returns the places and nothing else. Another counts the rows after the last one.
    """
    connection = connections[keyset.rows.db]
    rows: Any = keyset.read(keyset.between(after, None))
    # SQLite sorts much faster without a limit, and it numbers rows one by one, so it can stop as
    # soon as it has enough of them. Other databases would number all rows first.
    is_one_by_one = connection.vendor == "sqlite"
    rows = rows.order_by() if is_one_by_one else rows[:most]
    compiler = rows.query.get_compiler(connection.alias)
    try:
        inner, params = compiler.as_sql()
    except EmptyResultSet:
        return [], 0
    with connection.cursor() as cursor:
        end = f"LIMIT {most // STRIDE}" if is_one_by_one else f"ORDER BY {NUMBER}"
        cursor.execute(f"{_numbered(inner, keyset.keys, connection)} {end}", params)
        found = cursor.fetchall()
    places: list[Place] = [
        keyset.written(row) for row in _converted(compiler, found, len(keyset.keys))
    ]
    if (count := len(places) * STRIDE) < most:
        rest = keyset.between(places[-1] if places else after, None)
        count += len(keyset.read(rest, "pk")[: STRIDE - 1])
    return places, count


def _numbered(inner: str, keys: Sequence[Key], connection: Any) -> str:
    by = ", ".join(_sorted(key, connection) for key in keys)
    return (
        f"SELECT * FROM (SELECT livesheet_s.*, ROW_NUMBER() OVER (ORDER BY {by}) AS {NUMBER}"
        f" FROM ({inner}) livesheet_s) livesheet_t WHERE {NUMBER} %% {STRIDE} = 0"
    )


def _sorted(key: Key, connection: Any) -> str:
    """The order in which the rows already come: a database that notices this sorts only once."""
    direction = "DESC" if key.descending else "ASC"
    if not key.is_nullable:
        return f"{key.alias} {direction}"
    if connection.features.supports_order_by_nulls_modifier:
        return f"{key.alias} {direction} NULLS {'LAST' if key.nulls_last else 'FIRST'}"
    is_null = f"{key.alias} IS NULL {'ASC' if key.nulls_last else 'DESC'}"
    return f"{is_null}, {key.alias} {direction}"


def _converted(compiler: Any, rows: list[Any], width: int) -> Iterator[Any]:
    """Convert the driver's values to those of the model's fields."""
    plain = [row[:width] for row in rows]
    converters = compiler.get_converters([selected[0] for selected in compiler.select[:width]])
    yield from compiler.apply_converters(plain, converters) if converters else plain
