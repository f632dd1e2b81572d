"""Database expressions that compare texts as the widget does, for each kind of database.

``Folded`` is for searching: it ignores case and accents. ``Natural`` is for sorting: it orders
numbers within texts by their size, and treats an empty text like null.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils.deconstruct import deconstructible

# Our migration creates this collation if PostgreSQL was built with ICU.
COLLATION = "livesheet"
# A collation of MariaDB and MySQL that ignores case and accents.
GENERAL = "utf8mb4_unicode_520_ci"
# A collation of MariaDB that compares letters first, then their accents, then case.
BY_LETTERS = "utf8mb4_uca1400_nopad_as_cs"

# Combining marks, such as accents, including those of Hebrew, Arabic and Japanese.
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff"
_MARKS += "\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"

# The signs of ASCII in the order of Unicode's rules, in which letters and numbers follow.
_SIGNS = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_RANKS = {ord(sign): chr(1 + n) for n, sign in enumerate("\t\n\x0b\x0c\r " + _SIGNS)}
# Letters that sort beside other letters, although a search does not treat them as equal.
_BESIDE = {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe"}
_RANKS |= {ord(letter): other for letter, other in _BESIDE.items()}
_DIGITS = re.compile(r"\d+")
_LENGTHS = [f"0{length:03}" for length in range(1_000)]
# How many characters are remembered. Only texts that are meant to fill the memory have more.
_KNOWN_SIGNS = 20_000


class _Signs(dict[int, str]):
    """For ``str.translate``: what becomes of each character, found out once."""

    def __init__(self, become: Callable[[str], str]) -> None:
        self._become = become

    def __missing__(self, code: int) -> str:
        found = self._become(chr(code))
        if len(self) < _KNOWN_SIGNS:
            self[code] = found
        return found


def _without_marks(sign: str) -> str:
    return "" if unicodedata.category(sign)[0] == "M" else sign


def _mark(sign: str) -> str:
    return sign if unicodedata.combining(sign) else ""


def _rank(sign: str) -> str:
    """Signs beyond ASCII stand between those of ASCII, and before numbers and letters."""
    folded = "".join(map(_placed, fold(sign.casefold())))
    return folded.translate(_RANKS)


def _placed(sign: str) -> str:
    is_letter = sign.isascii() or unicodedata.category(sign)[0] not in "PSZ"
    return sign if is_letter else f"'{sign}"


# Most texts are ASCII. ``bytes.translate`` is ten times as fast as going through the characters.
_ASCII = "".join(map(chr, range(128))).lower().translate(_RANKS).encode() + bytes(range(128, 256))
_PLAIN, _ONLY_MARKS, _ORDERED = _Signs(_without_marks), _Signs(_mark), _Signs(_rank)


def fold(text: str) -> str:
    """Fold a text as ``store/haystack.js`` does, so that `sohne` finds `Söhne`."""
    small = text.lower()
    return small if small.isascii() else unicodedata.normalize("NFD", small).translate(_PLAIN)


def natural_key(text: str) -> str:
    """A key that sorts like ``Intl.Collator``: by letters, then by accents, then by case."""
    if text.isascii():
        first = text.encode().translate(_ASCII).decode()
        return f"{_DIGITS.sub(_sized, first)}\0\0{text.swapcase()}"
    apart = unicodedata.normalize("NFD", text)
    first = _DIGITS.sub(_sized, apart.translate(_ORDERED))
    return f"{first}\0{apart.translate(_ONLY_MARKS)}\0{text.swapcase()}"


def _sized(digits: re.Match[str]) -> str:
    """Prefix a number with its length, so that longer ones come later, but all before letters."""
    number = digits[0].lstrip("0") or "0"
    return f"{_LENGTHS[min(len(number), 999)]}{number}"


@deconstructible(path="livesheet.models.Folded")
class Folded(models.Func):
    """The text for searching. In an index: ``OpClass(Folded("name"), name="gin_trgm_ops")``."""

    function = "livesheet_fold"
    arity = 1
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        is_ascii = "octet_length(%(expressions)s) = char_length(%(expressions)s)"
        marked = f"regexp_replace(normalize(%(expressions)s, NFD), '[{_MARKS}]', '', 'g')"
        # An index needs the parentheses.
        template = f"(CASE WHEN {is_ascii} THEN lower(%(expressions)s) ELSE lower({marked}) END)"
        sql, params = self.as_sql(compiler, connection, template=template, **context)
        return sql, tuple(params) * template.count("%(expressions)s")

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CONVERT(%(expressions)s USING utf8mb4) COLLATE {GENERAL}"
        return self.as_sql(compiler, connection, template=template, **context)


@deconstructible(path="livesheet.models.Natural")
class Natural(models.Func):
    """The text for sorting. In an index: ``Index(Natural("name"), name="…")``."""

    function = "livesheet_natural"
    arity = 1
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"NULLIF(%(expressions)s, '') COLLATE \"{COLLATION}\""
        if not _has_collation(connection.alias):
            template = "NULLIF(lower(%(expressions)s), '')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """MySQL, and MariaDB before 10.10, ignore case and the size of numbers within texts.

        The key is cut off: for a long one, the database would compare nothing but the letters.
        """
        text = "CONVERT(NULLIF(%(expressions)s, '') USING utf8mb4)"
        template = f"{text} COLLATE {GENERAL}"
        if connection.mysql_is_mariadb and connection.mysql_version >= (10, 10):
            template = f"CAST(NATURAL_SORT_KEY({text}) AS CHAR(200)) COLLATE {BY_LETTERS}"
        return self.as_sql(compiler, connection, template=template, **context)


class Likeness(models.Func):
    """Equal for texts that differ only by case, or by spaces around them."""

    function = "livesheet_likeness"
    arity = 1
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "lower(btrim(%(expressions)s, E' \\t\\n\\r\\f\\v\\u00a0'))"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            f"LOWER(TRIM(CONVERT(%(expressions)s USING utf8mb4))) COLLATE {_exact(connection)}"
        )
        return self.as_sql(compiler, connection, template=template, **context)


class Exactly(models.Func):
    """The exact text, for MySQL and MariaDB, whose usual collations ignore case."""

    template = "%(expressions)s"
    arity = 1
    output_field = models.TextField()

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"CONVERT(%(expressions)s USING utf8mb4) COLLATE {_exact(connection)}"
        return self.as_sql(compiler, connection, template=template, **context)


class Written(models.Func):
    """A UUID or an IP address in the form in which the sheet shows it."""

    template = "%(expressions)s"
    arity = 1
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        is_address = isinstance(self._source(), models.GenericIPAddressField)
        template = "HOST(%(expressions)s)" if is_address else "(%(expressions)s)::text"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        if connection.features.has_native_uuid_field and self._is_key():
            return self.as_sql(
                compiler, connection, template="CAST(%(expressions)s AS CHAR)", **context
            )
        return self._spelled("CONCAT_WS('-', {})", compiler, connection, context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._spelled("{}", compiler, connection, context, " || '-' || ")

    def _spelled(
        self, form: str, compiler: Any, connection: Any, context: Any, between: str = ", "
    ) -> Any:
        """Insert the hyphens of a UUID that is stored as 32 digits."""
        if not self._is_key():
            return self.as_sql(compiler, connection, **context)
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        pieces = [f"SUBSTR(%(expressions)s, {start}, {length})" for start, length in parts]
        template = form.format(between.join(pieces))
        return self.as_sql(compiler, connection, template=template, **context)

    def _is_key(self) -> bool:
        return isinstance(self._source(), models.UUIDField)

    def _source(self) -> Any:
        return self.get_source_expressions()[0].output_field


class Like(models.Func):
    """Whether a text matches a LIKE pattern, in which a backslash escapes."""

    template = "(%(expressions)s)"
    arg_joiner = " LIKE "
    arity = 2
    output_field = models.BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(%(expressions)s ESCAPE '\\')"
        return self.as_sql(compiler, connection, template=template, **context)


def _exact(connection: Any) -> str:
    return "utf8mb4_nopad_bin" if connection.mysql_is_mariadb else "utf8mb4_0900_bin"


@lru_cache
def _has_collation(alias: str) -> bool:
    """False if PostgreSQL was built without ICU, or if the migration had no right to create it."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_collation WHERE collname = %s AND pg_collation_is_visible(oid)",
            [COLLATION],
        )
        return cursor.fetchone() is not None


def _teach(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Add functions to SQLite, whose own ones know only English letters and no natural order."""
    if connection.vendor != "sqlite":
        return
    for name, own in _FUNCTIONS.items():
        connection.connection.create_function(name, 1, own, deterministic=True)


def _known(own: Callable[[str], str]) -> Callable[[Any], str | None]:
    return lambda value: None if value is None else own(str(value))


_FUNCTIONS: dict[str, Callable[[Any], str | None]] = {
    "livesheet_fold": _known(fold),
    "livesheet_natural": lambda value: None if value in (None, "") else natural_key(str(value)),
    "livesheet_likeness": _known(lambda text: text.strip().lower()),
}


def connect() -> None:
    connection_created.connect(_teach, dispatch_uid="livesheet.texts")
