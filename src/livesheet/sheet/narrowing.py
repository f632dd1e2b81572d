"""Finds the rows that make the reading of all rows fail, and the values that are the cause.

A driver raises an exception before Django sees a value: for the date ``infinity``, or a text that
is not UTF-8. So does a database that cannot compute an annotation for one row: a division by zero,
a text that is not a number. Such rows are found by halving, and the values are left out of their
reading.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Any, Protocol

from django.db import DatabaseError, DataError, connections, models, transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from livesheet.exceptions import LiveSheetError
from livesheet.sheet.guards import guarded

logger = logging.getLogger("livesheet")

# A row at a time would take as long as to convert it.
AT_ONCE = 500
# So many rows are read again at once, where one among them breaks the reading.
HALVED = 500
# After so much trouble what broke once is left out of the reading of all rows that remain.
STATEMENTS, SECONDS = 1_000, 5.0

# What drivers raise for a value that they cannot take.
DRIVERS = (ValueError, OverflowError, DatabaseError)
# Classes of SQLSTATE: data exception, more than one row of a subquery, a function's own exception.
OF_A_VALUE = ("22", "21", "P0")
# MySQL's: more than one row, division by zero, out of range, and what is no JSON, date or number.
MYSQL_OF_A_VALUE = frozenset(
    {1242, 1292, 1365, 1366, 1411, 1690, 3140, 3141, 3143, 3156, 4037, 4038}
)
SQLITE_ERROR = 1


class Reader(Protocol):
    """One way to read rows."""

    def names(self, rows: models.QuerySet[Any, Any]) -> Sequence[str]:
        """What may be left out of a row, by names that ``values_list`` knows."""

    def read(self, rows: models.QuerySet[Any, Any], without: Collection[str]) -> Iterator[Any]:
        """The rows, ``without`` what these names stand for."""

    def key(self, row: Any) -> Hashable:
        """A row's primary key."""


def surviving(rows: models.QuerySet[Any, Any], reader: Reader) -> Iterator[Any]:
    """What ``reader`` finds; where the database or its driver gives up, the other rows, and
    those that they gave up at without what they cannot give.
    """
    given = set[Hashable]()
    try:
        found = iter(_first(rows, reader))
        while some := list(islice(found, AT_ONCE)):  # if one of these fails, none was given
            given.update(map(reader.key, some))
            yield from some
        return
    except DRIVERS as error:
        if not is_of_a_value(error):
            raise
        label = rows.model._meta.label_lower
        facts = {"event": "row.apart", "model": label}
        text = "A row of %s is read value by value, after %s."
        logger.warning(text, label, type(error).__name__, extra=facts)
    yield from _Narrowing(rows, reader).rows(given)


def is_of_a_value(error: Exception) -> bool:
    """Whether a value is to blame, and not a database that is away, too slow, or without a table.

    SQLite and MySQL say of a value what they say of those, so that only the number tells.
    """
    if not isinstance(error, DatabaseError) or isinstance(error, DataError):
        return isinstance(error, DRIVERS)
    cause: Any = error.__cause__ or error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if state is not None:
        return str(state).startswith(OF_A_VALUE)
    if cause.args and isinstance(cause.args[0], int):
        return cause.args[0] in MYSQL_OF_A_VALUE
    words, code = str(error).lower(), getattr(cause, "sqlite_errorcode", None)
    return "decode" in words or (code == SQLITE_ERROR and not words.startswith("no such"))


@contextmanager
def computable(language: str | None = None) -> Iterator[None]:
    """Raises ``LiveSheetError`` where a row's value cannot be computed by which rows are found.

    That is the trouble of who sorts, filters or groups by it, and says so in their language.
    """
    try:
        yield
    except DatabaseError as error:
        if not is_of_a_value(error):
            raise
        facts = {"event": "view.uncomputable"}
        logger.warning("Rows cannot be found by what was asked for (%s).", error, extra=facts)
        with override(language or get_language()):
            text = _(
                "The database cannot compute this for some row. "
                "Sort, filter and search by other columns."
            )
        raise LiveSheetError("uncomputable", text) from error


def _first(rows: models.QuerySet[Any, Any], reader: Reader) -> Iterator[Any]:
    """Row by row; where the database computes something in a transaction, all at once.

    A savepoint must not stay open while others use the transaction.
    """
    query: Any = rows.query
    if not (
        connections[rows.db].in_atomic_block and (query.annotation_select or query.extra_select)
    ):
        return reader.read(rows, ())
    with _savepoint(rows.db):
        return iter(list(reader.read(rows, ())))


class _Narrowing:
    """The rows of a queryset, of which some break its reading."""

    def __init__(self, rows: models.QuerySet[Any, Any], reader: Reader) -> None:
        self._asked = rows
        self._rows = rows.all()
        self._rows.query.clear_limits()  # of a slice the keys will be known
        self._reader = reader
        self._broken: dict[str, None] = {}  # what broke a row, in the order of its finding
        self._statements = 0
        self._end = time.monotonic() + SECONDS

    def rows(self, passed: Collection[Hashable]) -> Iterator[Any]:
        """Those whose keys are not among ``passed``."""
        keys = [key for key in dict.fromkeys(self._keys()) if key not in passed]
        waiting = [keys[at : at + HALVED] for at in range(0, len(keys), HALVED)][::-1]
        while waiting:
            some = waiting.pop()
            part, middle = self._rows.filter(pk__in=some), len(some) // 2
            found = self._read(part, self._broken if self._is_late else ())
            if found is not None:
                yield from found
            elif middle:
                waiting += [some[middle:], some[:middle]]
            else:
                yield from self._apart(part)

    def _keys(self) -> list[Any]:
        found = self._tried(self._asked.values_list("pk", flat=True))
        if found is None:  # what they are ordered by cannot be computed
            query: Any = self._asked.query
            self._rows = self._rows.order_by("pk")
            ordered = self._rows.values_list("pk", flat=True)
            ordered.query.set_limits(query.low_mark, query.high_mark)
            found = list(ordered)
        return found

    @property
    def _is_late(self) -> bool:
        """Whether it took so long that what broke one row is left out of the others, too."""
        is_over = self._statements > STATEMENTS or time.monotonic() > self._end
        return is_over and bool(self._broken)

    def _apart(self, one: models.QuerySet[Any, Any]) -> Iterable[Any]:
        """The row without what breaks it: mostly the same as in a row before."""
        known = [name for name in self._broken if self._breaks(one, name)]
        found = self._read(one, known) if known else None
        if found is None:
            known = [name for name in self._reader.names(one) if self._breaks(one, name)]
            self._broken.update(dict.fromkeys(known))
            found = self._read(one, known)
        if found is None:  # in what comes along by a join, which can be asked for by itself
            return self._reader.read(one.select_related(None), known)
        return found

    def _breaks(self, one: models.QuerySet[Any, Any], name: str) -> bool:
        return self._tried(guarded(one.values_list(name))) is None

    def _read(self, part: models.QuerySet[Any, Any], without: Collection[str]) -> list[Any] | None:
        return self._tried(self._reader.read(part, without))

    def _tried(self, rows: Iterable[Any]) -> list[Any] | None:
        """All of ``rows``, or None where a value among them breaks it."""
        self._statements += 1
        try:
            with _savepoint(self._asked.db):
                return list(rows)
        except DRIVERS as error:
            if not is_of_a_value(error):
                raise
            return None


def _savepoint(using: str) -> AbstractContextManager[Any]:
    """In PostgreSQL's transactions, which end with the first statement that fails."""
    connection = connections[using]
    is_needed = connection.in_atomic_block and connection.vendor == "postgresql"
    return transaction.atomic(using=using) if is_needed else nullcontext()
