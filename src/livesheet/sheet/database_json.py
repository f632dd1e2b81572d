"""What a database writes into JSON exactly as ``values.dumps`` does, and which values it leaves.

For each kind of column there is an expression, and a condition under which it is proven to give the
same text, byte by byte, as the value would in Python (``tests/sheet/test_row_texts.py``). A
row in which a condition does not hold has no text, and is read the other way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
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

# SQLite takes a value of any type in any column, so that each must be looked at.
_LITE_TYPES = frozenset({None})
_LITE_TEXT = Cell("json_quote({x})", "typeof({x}) = 'text'")
_LITE_QUOTED = Cell("""'"' || {x} || '"'""", "typeof({x}) = 'integer'")
_LITE_SAFE = Cell(
    "{x}", f"typeof({{x}}) = 'integer' AND {{x}} BETWEEN {-values.SAFE_INTEGER} AND"
    f" {values.SAFE_INTEGER}",
)  # fmt: skip
# Its text of a number has 15 digits. If these are enough to stand for it, they are those of Python.
_LITE_FLOAT = Cell(
    "{x}",
    "typeof({x}) = 'real' AND CAST(CAST({x} AS TEXT) AS REAL) = {x}"
    " AND ({x} = 0 OR abs({x}) BETWEEN 1e-4 AND 1e14)",
)
_LITE_DECIMAL = Cell(
    """'"' || printf('%%.{places}f', {x}) || '"'""",
    "typeof({x}) IN ('real', 'integer') AND abs({x}) < 1e{whole}"
    " AND CAST(printf('%%.{places}f', {x}) AS REAL) = {x}",
)
# Only with a modifier it notices the 30th of February.
_LITE_DATE = Cell(_LITE_QUOTED.json, "{x} = date({x}, '+0 days') AND {x} >= '0001-01-01'")
# As Django writes it: with six digits of a second or none.
_LITE_FRACTION = (
    "(length({x}) = {n} OR length({x}) = {n} + 7 AND substr({x}, {n} + 1, 1) = '.'"
    " AND substr({x}, {n} + 2) NOT GLOB '*[^0-9]*' AND substr({x}, {n} + 2) <> '000000')"
)
_LITE_TIME = Cell(
    _LITE_QUOTED.json,
    "substr({x}, 1, 8) = time(substr({x}, 1, 8)) AND {x} < '24'"
    f" AND {_LITE_FRACTION.replace('{n}', '8')}",
)
_LITE_MOMENT = Cell(
    """'"' || replace({x}, ' ', 'T') || 'Z"'""",
    "substr({x}, 1, 19) = datetime(substr({x}, 1, 19), '+0 days') AND {x} >= '0001-01-01'"
    f" AND {_LITE_FRACTION.replace('{n}', '19')}",
)
_LITE_UUID = Cell(
    "'\"' || substr({x}, 1, 8) || '-' || substr({x}, 9, 4) || '-' || substr({x}, 13, 4) || '-'"
    " || substr({x}, 17, 4) || '-' || substr({x}, 21) || '\"'",
    "typeof({x}) = 'text' AND length({x}) = 32 AND {x} NOT GLOB '*[^0-9a-f]*'",
)
_LITE_TRUTH = Cell(
    "CASE {x} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END",
    "typeof({x}) = 'integer' AND {x} IN (0, 1)",
)
_SQLITE = tuple(
    Kind(fields, _LITE_TYPES, encode, cell)
    for fields, encode, cell in (
        (_TEXTS, values.of_text, _LITE_TEXT),
        (_TEXTS, values.of_python, _LITE_TEXT),
        (_only(models.UUIDField), values.of_text, _LITE_UUID),
        (_INTEGERS, values.of_text, _LITE_QUOTED),
        (_INTEGERS, values.of_python, _LITE_SAFE),
        (_only(models.BooleanField), values.unchanged, _LITE_TRUTH),
        (_only(models.FloatField), values.of_float, _LITE_FLOAT),
        (_only(models.DecimalField), values.of_decimal, _LITE_DECIMAL),
        (_only(models.DateField), values.of_iso, _LITE_DATE),
        (_only(models.TimeField), values.of_iso, _LITE_TIME),
        (_only(models.DateTimeField), values.of_datetime, _LITE_MOMENT),
    )
)

# By the numbers that MariaDB gives its types. Its texts can be any bytes, and are taken where no
# control character is in them: of these it writes some differently.
_MARIA_TEXTS, _MARIA_INTEGERS = frozenset({252, 253, 254}), frozenset({1, 2, 3, 8, 9})
_MARIA_TEXT = Cell("json_quote({x})", "{x} NOT REGEXP '[[:cntrl:]]'")
_MARIA_QUOTED = Cell("""concat('"', {x}, '"')""")
_MARIA_SECONDS = "replace(CAST({x} AS char), '.000000', '')"
# It may keep the 30th of February, and the day 0 of a month.
_MARIA_DAY = "day({x}) BETWEEN 1 AND day(last_day({x}))"
_MARIADB = (
    Kind(_TEXTS, _MARIA_TEXTS, values.of_text, _MARIA_TEXT),
    Kind(_TEXTS, _MARIA_TEXTS, values.of_python, _MARIA_TEXT),
    Kind(_INTEGERS, _MARIA_INTEGERS, values.of_text, _MARIA_QUOTED),
    Kind(_INTEGERS, _MARIA_INTEGERS, values.of_python, Cell("{x}", _PG_SAFE)),
    Kind(
        _only(models.BooleanField), frozenset({1}), values.unchanged,
        Cell("if({x}, 'true', 'false')", "{x} IN (0, 1)"),
    ),
    Kind(
        _only(models.FloatField), frozenset({5}), values.of_float,
        Cell(
            "if({x} = floor({x}), concat({x}, '.0'), {x})",
            "({x} = 0 OR abs({x}) BETWEEN 1e-4 AND 1e14)",
        ),
    ),
    Kind(
        _only(models.DecimalField), frozenset({246}), values.of_decimal,
        Cell(
            _MARIA_QUOTED.json,
            "CAST({x} AS char) = CAST(CAST({x} AS decimal(65, {places})) AS char)",
        ),
    ),
    Kind(
        _only(models.DateField), frozenset({10}), values.of_iso,
        Cell(_MARIA_QUOTED.json, f"{_MARIA_DAY} AND {{x}} >= '0001-01-01'"),
    ),
    Kind(
        _only(models.TimeField), frozenset({11}), values.of_iso,
        Cell(f"""concat('"', {_MARIA_SECONDS}, '"')""", "{x} >= 0 AND {x} < '24:00:00'"),
    ),
    Kind(
        _only(models.DateTimeField), frozenset({12}), values.of_datetime,
        Cell(
            f"""concat('"', replace({_MARIA_SECONDS}, ' ', 'T'), 'Z"')""",
            f"{_MARIA_DAY} AND {{x}} >= '0001-01-01'",
        ),
    ),
)  # fmt: skip
_KINDS: Mapping[str, Sequence[Kind]] = {
    "postgresql": _POSTGRESQL, "sqlite": _SQLITE, "mysql": _MARIADB
}  # fmt: skip

# SQLite's versions differ. If one does not write these as the tested versions do, it
# writes nothing.
_LITE_PROBES = (
    (_LITE_TEXT, "'\"\\/%\t\b\f\n\r\x01\x1f\x7f é漢🙂\u2028"),
    *((_LITE_FLOAT, n) for n in (0.1, -20.25, 1 / 3, 2 / 3, 1e-4, 1e14, 99999999999999.98)),
)

# PostgreSQL's functions take a hundred arguments.
AT_ONCE = 40
# The decimal digits that a double stands for.
DIGITS = 15


def can_write(connection: Any) -> bool:
    """Whether there is a proof for anything in the connected database."""
    if connection.vendor == "sqlite":
        return _is_as_tested(connection.Database.sqlite_version)
    if connection.vendor == "mysql":
        return bool(connection.mysql_is_mariadb)
    return connection.vendor in _KINDS


@cache
def _is_as_tested(_version: str) -> bool:
    try:
        with closing(sqlite3.connect(":memory:")) as line:
            found = [
                line.execute(f"SELECT {_complete(cell, ':x')}", {"x": value}).fetchone()[0]  # nosec B608
                for cell, value in _LITE_PROBES
            ]
    except sqlite3.Error:  # without JSON
        return False
    wanted = [values.dumps(value) for _cell, value in _LITE_PROBES]
    return all(text in (None, one) for text, one in zip(found, wanted, strict=True))


def _complete(cell: Cell, name: str) -> str:
    """JSON of the value in the column, or null if it is not proven."""
    return f"CASE WHEN {_proven(cell, name)} THEN {_cell(cell.json, name)} END"


def _proven(cell: Cell, name: str) -> str:
    return f"({name} IS NULL OR coalesce({cell.proven.replace('{x}', name)}, false))"


def cell_of(connection: Any, field: Any, kind: Any, encode: Callable[..., Any]) -> Cell | None:
    """What writes ``encode`` of a column whose type the driver calls ``kind``; None if nothing is
    proven to.
    """
    if isinstance(encode, partial):
        if encode.func is not values.of_decimal or type(field) is not models.DecimalField:
            return None
        if encode.args or encode.keywords != {"places": -field.decimal_places}:
            return None
        encode = encode.func
    if encode is values.of_datetime and not (settings.USE_TZ and _is_in_utc(connection)):
        return None
    for known in _KINDS[connection.vendor]:
        if type(field) in known.fields and kind in known.types and encode is known.encode:
            return _filled_in(known.cell, field) if encode is values.of_decimal else known.cell
    return None


def _is_in_utc(connection: Any) -> bool:
    """Whether the database's texts of moments are; PostgreSQL knows moments, and not texts."""
    return connection.vendor == "postgresql" or str(connection.timezone) == "UTC"


def _filled_in(cell: Cell, field: Any) -> Cell:
    places = field.decimal_places
    whole = min(DIGITS, field.max_digits or DIGITS) - places
    filled = (text.replace("{places}", str(places)).replace("{whole}", str(whole)) for text in cell)
    return Cell(*filled)


class RowJson(models.Func):
    """An expression: the cells of a row, with commas between; null unless all are proven."""

    output_field = models.TextField()

    def __init__(self, cells: Sequence[tuple[Cell, models.F]], ends: str = "") -> None:
        """``ends`` are the brackets around, if it is a whole row."""
        super().__init__(*(column for _cell, column in cells))
        self._cells, self._ends = [cell for cell, _column in cells], ends

    def as_sql(self, compiler: Any, connection: Any, *_more: Any, **_extra: Any) -> Any:
        names = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        both = list(zip(self._cells, names, strict=True))
        text = "char" if connection.vendor == "mysql" else "text"
        parts = [_cell(cell.json, name, text) for cell, name in both]
        conditions = [_proven(cell, name) for cell, name in both if cell.proven]
        text = (_added if connection.vendor == "sqlite" else _concatenated)(parts, self._ends)
        if conditions:
            text = f"CASE WHEN {' AND '.join(conditions)} THEN {text} END"
        return text, ()


def _concatenated(parts: Sequence[str], ends: str) -> str:
    """The operator for it means another thing in MariaDB."""
    wholes = (parts[n : n + AT_ONCE] for n in range(0, len(parts), AT_ONCE))
    text = ", ',', ".join(f"""concat({", ',', ".join(some)})""" for some in wholes)
    return f"concat('{ends[:1]}', {text}, '{ends[1:]}')"


def _added(parts: Sequence[str], ends: str) -> str:
    text = " || ',' || ".join(parts)
    return f"'{ends[0]}' || {text} || '{ends[1]}'" if ends else text


def _cell(json: str, name: str, text: str = "text") -> str:
    written = json.replace("{x}", name)
    return f"CASE WHEN {name} IS NULL THEN 'null' ELSE CAST({written} AS {text}) END"
