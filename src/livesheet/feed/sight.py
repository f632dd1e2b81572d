"""Which of many sheets see which rows, found out by one statement.

One by one, a hundred ``get_queryset()`` would take a hundred statements for each change. Those that
differ only in their parameters become one statement here, with the parameters as a table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connections, models
from django.db.models.expressions import RawSQL

from livesheet.fresh import fresh
from livesheet.sheet.declaration import Sheet

# Names in the statement around the sheets' own: the row that is asked for, and the parameters.
ROW, ASKED = "livesheet_row", "livesheet_asked"
MOST_SHEETS, MOST_PARAMETERS = 500, 20_000
MOST_PAIRS = 100_000  # pairs of a sheet and a row that one statement looks at
# A sheet keeps its own statement as long as its rights, which are read again.
_KEPT = "livesheet_sight"

Keys = set[Any]


class Refused(Exception):
    """The database does not accept such a statement; each sheet must be asked separately."""


class Statement(NamedTuple):
    """Finds the row ``ROW`` where a sheet shows it."""

    sql: str
    params: tuple[Any, ...]


def seen(sheets: Sequence[Sheet], keys: Sequence[Any]) -> list[Keys]:
    """For each of these sheets of one model, those of the ``keys`` whose rows it shows.

    Raises ``Refused``; in PostgreSQL, the transaction is then over.
    """
    found: list[Keys] = [set() for _sheet in sheets]
    kinds: dict[str, list[int]] = defaultdict(list)
    for n, sheet in enumerate(sheets):
        if (statement := statement_of(sheet)) is not None:
            kinds[statement.sql].append(n)
    for numbers in kinds.values():
        try:
            for n, key in _found(sheets, numbers, keys):
                found[n].add(key)
        except DatabaseError as error:
            raise Refused from error
    return found


def statement_of(sheet: Sheet) -> Statement | None:
    """None if the sheet shows nothing. Raises ``Refused`` if its statement cannot be combined."""
    if _KEPT not in vars(sheet):
        vars(sheet)[_KEPT] = _statement_of(sheet)
    kept: Statement | None = vars(sheet)[_KEPT]
    return kept


def forget(sheet: Sheet) -> None:
    """What a sheet shows may depend on something that has changed."""
    vars(sheet).pop(_KEPT, None)


def _statement_of(sheet: Sheet) -> Statement | None:
    connection = connections[sheet.alias]
    key = connection.ops.quote_name(_key(sheet).column)
    rows = sheet.rows().order_by().filter(pk=RawSQL(f"{ROW}.{key}", ()))
    try:
        sql, params = rows.values("pk").query.get_compiler(sheet.alias).as_sql()
    except EmptyResultSet:
        return None
    if "%%" in sql or sql.count("%s") != len(params):
        raise Refused
    return Statement(sql, tuple(params))


def _found(
    sheets: Sequence[Sheet], numbers: Sequence[int], keys: Sequence[Any]
) -> Iterator[tuple[int, Any]]:
    """The number of a sheet and what it shows, of those sheets that have the same statement."""
    sheet = sheets[numbers[0]]
    connection, key = connections[sheet.alias], _key(sheet)
    statements = [statement for n in numbers if (statement := statement_of(sheets[n]))]
    sql, width = statements[0].sql, len(statements[0].params)
    fitting = (_most_parameters(connection) - len(keys)) // max(1, width)
    most = max(1, min(MOST_SHEETS, fitting, MOST_PAIRS // max(1, len(keys))))
    wanted = [key.get_db_prep_value(one, connection) for one in keys]
    for start in range(0, len(numbers), most):
        these, part = numbers[start : start + most], statements[start : start + most]
        text = _together(connection, sheet.get_model(), sql, these, width, wanted)
        with connection.cursor() as cursor:
            cursor.execute(text, [*chain.from_iterable(own.params for own in part), *wanted])
            found = cursor.fetchall()
        known = {value: _as_python(key, value, connection) for value in {row[1] for row in found}}
        yield from ((n, known[value]) for n, value in found)


def _together(
    connection: Any,
    model: type[models.Model],
    sql: str,
    sheets: Iterable[int],
    width: int,
    keys: Sequence[Any],
) -> str:
    """The numbers of the sheets are written out: a driver takes long over many parameters."""
    names = ["n", *(f"p{n}" for n in range(width))]
    parameter = iter(names[1:])
    own = re.sub("%s", lambda _match: f"{ASKED}.{next(parameter)}", sql)
    quote, row = connection.ops.quote_name, ", %s" * width
    is_mysql = connection.vendor == "mysql" and not connection.mysql_is_mariadb
    values = ", ".join(f"{'ROW' if is_mysql else ''}({n}{row})" for n in sheets)
    key = f"{ROW}.{quote(model._meta.pk.column)}"
    return (
        f"WITH {ASKED} ({', '.join(names)}) AS (VALUES {values})"
        f" SELECT {ASKED}.n, {key} FROM {ASKED} CROSS JOIN {quote(model._meta.db_table)} {ROW}"
        f" WHERE {key} IN ({', '.join(['%s'] * len(keys))}) AND EXISTS ({own})"
    )


def _key(sheet: Sheet) -> Any:
    return sheet.get_model()._meta.pk


def _most_parameters(connection: Any) -> int:
    return min(connection.features.max_query_params or MOST_PARAMETERS, MOST_PARAMETERS)


def _as_python(field: Any, value: Any, connection: Any) -> Any:
    """A key as a model's instance has it, from what the driver gives."""
    expression = field.cached_col
    for convert in (
        *connection.ops.get_db_converters(expression),
        *field.get_db_converters(connection),
    ):
        value = convert(value, expression, connection)
    return value


def all_rows(sheet: Sheet) -> models.QuerySet[Any, Any]:
    """All rows of the sheet's model, whoever sees them."""
    return fresh(models.QuerySet(sheet.get_model()), sheet.alias)
