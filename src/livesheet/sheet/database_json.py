"""What a database writes into JSON exactly as ``values.dumps`` does, and which values it leaves.

For each kind of column there is an expression, and a condition under which it is proven to give the
same text, byte by byte, as the value would in Python (``tests/sheet/test_database_json.py``). A
row in which a condition does not hold has no text, and is read the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models

from livesheet.wire import values

Field = type["models.Field[Any, Any]"]


class Cell(NamedTuple):
    """SQL in which ``{x}`` stands for the column: JSON of what is not null, if ``proven``."""

    json: str
    proven: str = ""


class Kind(NamedTuple):
    """Columns of these fields, which the driver says are of one of these ``types``."""

    fields: frozenset[Field]
    types: frozenset[Any]
    encode: Callable[..., Any]
    cell: Cell


_TEXTS = frozenset[Field]({
    models.CharField, models.TextField, models.SlugField, models.EmailField, models.URLField,
})  # fmt: skip
_INTEGERS = frozenset[Field]({
    models.SmallIntegerField, models.IntegerField, models.BigIntegerField, models.SmallAutoField,
    models.AutoField, models.BigAutoField, models.PositiveSmallIntegerField,
    models.PositiveIntegerField, models.PositiveBigIntegerField,
})  # fmt: skip


def _only(field: Field) -> frozenset[Field]:
    return frozenset({field})


# By the numbers that PostgreSQL gives its types. Another one, as in a table that Django has not
# made, is not proven.
_PG_TEXTS, _PG_INTEGERS = frozenset({25, 1043}), frozenset({20, 21, 23})
_PG_TEXT = Cell("to_json({x})")
_PG_QUOTED = Cell("""'"' || {x} || '"'""")
_PG_SAFE = f"{{x}} BETWEEN {-values.SAFE_INTEGER} AND {values.SAFE_INTEGER}"
# Python leaves microseconds out where there are none, or writes six digits.
_PG_MOMENT = Cell(
    "'\"' || replace(to_char(timezone('UTC', {x}), 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '.000000', '')"
    " || 'Z\"'",
    "{x} BETWEEN '0002-01-01' AND '9998-12-31'",
)
_PG_TIME = Cell(
    """'"' || replace(to_char({x}::interval, 'HH24:MI:SS.US'), '.000000', '') || '"'""",
    "{x} < '24:00:00'",
)
# Both write the fewest digits that stand for the number, but with other exponents.
_PG_FLOAT = Cell(
    "(CASE WHEN {x} = trunc({x}) THEN {x} || '.0' ELSE {x}::text END)",
    "({x} = 0 OR abs({x}) BETWEEN 1e-4 AND 1e14)",
)
_POSTGRESQL = (
    Kind(_TEXTS, _PG_TEXTS, values.of_text, _PG_TEXT),
    Kind(_TEXTS, _PG_TEXTS, values.of_python, _PG_TEXT),
    Kind(_only(models.UUIDField), frozenset({2950}), values.of_text, _PG_QUOTED),
    Kind(_INTEGERS, _PG_INTEGERS, values.of_text, _PG_QUOTED),
    Kind(_INTEGERS, _PG_INTEGERS, values.of_python, Cell("{x}", _PG_SAFE)),
    Kind(_only(models.BooleanField), frozenset({16}), values.unchanged, Cell("{x}::text")),
    Kind(_only(models.FloatField), frozenset({701}), values.of_float, _PG_FLOAT),
    Kind(
        _only(models.DateField), frozenset({1082}), values.of_iso,
        Cell("to_json({x})", "{x} BETWEEN '0001-01-01' AND '9999-12-31'"),
    ),
    Kind(_only(models.TimeField), frozenset({1083}), values.of_iso, _PG_TIME),
    Kind(_only(models.DateTimeField), frozenset({1184}), values.of_datetime, _PG_MOMENT),
    Kind(
        _only(models.DecimalField), frozenset({1700}), values.of_decimal,
        Cell(_PG_QUOTED.json, "scale({x}) = {places}"),
    ),
)  # fmt: skip
_KINDS: Mapping[str, Sequence[Kind]] = {"postgresql": _POSTGRESQL}

# PostgreSQL's functions take a hundred arguments.
AT_ONCE = 40


def can_write(vendor: str) -> bool:
    return vendor in _KINDS


def cell_of(vendor: str, field: Any, kind: Any, encode: Callable[..., Any]) -> Cell | None:
    """What writes ``encode`` of a column whose type the driver calls ``kind``; None if nothing is
    proven to.
    """
    places = None
    if isinstance(encode, partial):
        given = encode.keywords
        if encode.args or [*given] != ["places"]:
            return None
        encode, places = encode.func, -given["places"]
    if encode is values.of_datetime and not settings.USE_TZ:
        return None
    for known in _KINDS[vendor]:
        if type(field) in known.fields and kind in known.types and encode is known.encode:
            json, proven = known.cell
            return Cell(json, proven.replace("{places}", str(places)))
    return None


class RowJson(models.Func):
    """An expression: the cells of a row, with commas between; null unless all are proven."""

    output_field = models.TextField()

    def __init__(self, cells: Sequence[tuple[Cell, models.F]], ends: str = "") -> None:
        """``ends`` are the brackets around, if it is a whole row."""
        super().__init__(*(column for _cell, column in cells))
        self._cells, self._ends = [cell for cell, _column in cells], ends

    def as_sql(self, compiler: Any, *_where: Any, **_extra: Any) -> tuple[str, tuple[()]]:
        names = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        both = list(zip(self._cells, names, strict=True))
        parts = [_cell(cell.json, name) for cell, name in both]
        conditions = [
            f"({name} IS NULL OR coalesce({cell.proven.replace('{x}', name)}, false))"
            for cell, name in both
            if cell.proven
        ]
        text = self._concatenated(parts)
        if conditions:
            text = f"CASE WHEN {' AND '.join(conditions)} THEN {text} END"
        return text, ()

    def _concatenated(self, parts: list[str]) -> str:
        first, last = self._ends[:1], self._ends[1:]
        wholes = [
            f"concat({', '.join(_with_commas(parts[n : n + AT_ONCE]))})"
            for n in range(0, len(parts), AT_ONCE)
        ]
        text = " || ',' || ".join(wholes)
        return f"'{first}' || {text} || '{last}'" if self._ends else text


def _cell(json: str, name: str) -> str:
    return f"coalesce(({json.replace('{x}', name)})::text, 'null')"


def _with_commas(parts: Sequence[str]) -> Iterable[str]:
    for n, part in enumerate(parts):
        if n:
            yield "','"
        yield part
