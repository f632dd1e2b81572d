"""What the database writes is what Python would write, byte by byte; the rest Python writes."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Count

from livesheet.sheet import database_json, row_texts
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.marks import mark_of
from livesheet.sheet.row_texts import RowTexts
from livesheet.sheet.rows import RowReader, labels_of_keys, used_labels
from livesheet.wire.values import dumps
from tests.app.models import Chest, LoudLetter, Product, Sample, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = {
    "char", "text", "email", "url", "slug", "uuid", "small", "integer", "big", "floating",
    "decimal", "boolean", "maybe", "date", "time", "moment", "choice",
}  # fmt: skip
WRITTEN = {
    "postgresql": KINDS,
    "sqlite": KINDS,
    "mysql": KINDS - {"uuid"},
}.get(connection.vendor, set())
is_sqlite, is_postgresql = connection.vendor == "sqlite", connection.vendor == "postgresql"
can_write = pytest.mark.skipif(not WRITTEN, reason="nothing is proven of this database")

UTC = dt.UTC
TEXTS = [
    "", "plain", 'a "quoted" \\ word', "a/b", "line\nend\r\ttab\b\f", "\x01\x1f\x7f\x80\x9f",
    "é 漢字 🙂 \u2028\u2029\ufeff", "'", "%s %", "null", " spaces  ", "{x}", "<script>",
]  # fmt: skip
NUMBERS = [
    0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 2 / 3, 1e-4, 9.9e-5, 0.00012345678901234567, 123456.789,
    1e14, 1e15, 1e16, 1e22, 1e23, 1.7976931348623157e308, 5e-324, 2.5, 4503599627370497.5,
    99999999999999.98, 0.30000000000000004, 1e-7, 9007199254740993.0,
]  # fmt: skip
DECIMALS = [
    "0", "-0", "0.0000", "-0.0001", "12.3", "12.3000", "9999999999999999.9999", "0.1250", "1E+3",
    "-5.0050", "0.0050", "123456789.1235", "99999999999.9999", "100000000000.0001",
]  # fmt: skip
INTEGERS = [0, -1, 1, 2**31 - 1, -(2**31)]
BIGS = [0, -1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
DATES = [
    dt.date(1, 1, 1), dt.date(33, 4, 3), dt.date(999, 12, 31), dt.date(1582, 10, 10),
    dt.date(2000, 2, 29), dt.date(9999, 12, 31),
]  # fmt: skip
TIMES = [
    dt.time(), dt.time(8, 15), dt.time(23, 59, 59, 999999), dt.time(1, 2, 3, 4),
    dt.time(1, 2, 3, 400000), dt.time(12, 0, 0, 10),
]  # fmt: skip
MOMENTS = [
    dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(2, 1, 1, tzinfo=UTC),
    dt.datetime(33, 4, 3, 15, 0, 0, 500000, tzinfo=UTC), dt.datetime(999, 12, 31, 23, tzinfo=UTC),
    dt.datetime(1883, 11, 18, 12, 3, 57, tzinfo=UTC), dt.datetime(2026, 3, 29, 1, tzinfo=UTC),
    dt.datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC),
    dt.datetime(2026, 10, 25, 1, 0, 0, 1, tzinfo=UTC),
    dt.datetime(2026, 1, 1, 12, 0, 0, 120000, tzinfo=UTC),
    dt.datetime(9998, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]  # fmt: skip


def of_python(sheet: Sheet, rows: Any = None) -> list[str]:
    reader = RowReader(sheet)
    found = reader.chunks(sheet.ordered_rows() if rows is None else rows, 100)
    return [dumps(row) for some in found for row in some]


def read(sheet: Sheet, rows: Any = None, size: int = 100) -> list[RowTexts]:
    return list(row_texts.chunks(RowReader(sheet), rows or sheet.ordered_rows(), size))


def texts(sheet: Sheet, rows: Any = None, size: int = 100) -> list[str]:
    return [text for some in read(sheet, rows, size) for text in some.texts]


def given(sheet: Sheet) -> list[str | None]:
    """What the database itself gave for each row; nothing if it was not asked."""
    asking = row_texts._Asking.about(RowReader(sheet), sheet.ordered_rows())
    if asking is None:
        return []
    return [row[1] for row in asking._rows.values_list("pk", *asking._names)]


def hard_values() -> Iterator[dict[str, Any]]:
    for name, found in {
        "char": TEXTS, "text": TEXTS, "floating": NUMBERS, "decimal": map(Decimal, DECIMALS),
        "integer": INTEGERS, "small": [-(2**15), 2**15 - 1], "big": BIGS, "date": DATES,
        "time": TIMES, "moment": MOMENTS, "maybe": [True, False], "choice": [1, 2, 7],
        "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
    }.items():  # fmt: skip
        yield from ({name: value} for value in found)


def chance_values(count: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(13)
    letters = [chr(n) for n in range(1, 0x2100) if n not in range(0xD800, 0xE000)]
    for _ in range(count):
        moment = dt.datetime(1, 1, 2, tzinfo=UTC) + dt.timedelta(
            days=chance.randrange(3_652_000),
            microseconds=chance.choice((0, chance.getrandbits(36))),
        )
        yield {
            "char": "".join(chance.choices(letters, k=chance.randrange(50))),
            "floating": chance.uniform(-1, 1) * 10.0 ** chance.randrange(-8, 18),
            "decimal": Decimal(chance.randrange(-(10**15), 10**15)).scaleb(-4),
            "big": chance.randrange(-(2**62), 2**62),
            "date": moment.date(), "time": moment.time(), "moment": moment,
        }  # fmt: skip


def samples(found: Iterator[dict[str, Any]]) -> None:
    """What the database refuses, nobody can read."""
    for values in found:
        try:
            with transaction.atomic():
                Sample.objects.create(**values)
        except DatabaseError:
            pass


def test_hard_values(declared: Any) -> None:
    for name in sorted(KINDS):
        samples(one for one in hard_values() if name in one)
        sheet = declared(Sample, fields=[name])
        assert texts(sheet) == of_python(sheet), name
    sheet = declared(Sample, fields=["id", *sorted(KINDS)])
    assert texts(sheet, size=7) == of_python(sheet)


def test_values_by_chance(declared: Any) -> None:
    samples(chance_values(300))
    sheet = declared(Sample, fields=sorted(KINDS))
    assert texts(sheet) == of_python(sheet)


@can_write
def test_the_database_writes_what_is_proven(declared: Any) -> None:
    sheet = declared(Sample, fields=sorted(KINDS))
    Sample.objects.create(char="a", moment=MOMENTS[3], decimal="1.5", floating=0.25, big=2**62)
    cells = list(row_texts._cells(RowReader(sheet), sheet.ordered_rows()))
    assert {c.name for c, cell in zip(sheet.columns, cells[1:], strict=True) if cell} == WRITTEN
    whole = declared(Sample, fields=sorted(WRITTEN))
    assert given(whole) == of_python(whole)


@can_write
@pytest.mark.parametrize(
    "values",
    [{"floating": 1e20}, {"floating": 1e-5}, {"moment": MOMENTS[0]}, {"integer": None}],
    ids=["large", "small", "early", "null"],
)
def test_rows_of_which_something_is_not_proven_are_read_apart(
    declared: Any, values: dict[str, Any]
) -> None:
    sheet = declared(Sample, fields=["char", "floating", "moment", "integer"])
    for n in range(3):
        Sample.objects.create(char=str(n), **(values if n == 1 else {}))
    is_proven = values == {"integer": None} or ("moment" in values and not is_postgresql)
    assert [text is not None for text in given(sheet)] == [True, is_proven, True]
    assert texts(sheet) == of_python(sheet)
    assert all(len(some.pks) == len(some.marks) == 3 for some in read(sheet))


def test_marks_are_those_of_the_rows(declared: Any) -> None:
    samples(chance_values(5))
    sheet = declared(Sample, fields=sorted(KINDS))
    (found,) = read(sheet)
    rows = RowReader(sheet).read(found.pks)
    assert found.marks == [mark_of(rows[pk]) for pk in found.pks]


def test_members_and_relations_come_in_between(declared: Any) -> None:
    sheet = declared(Product, fields=["name", "supplier", "tags", "price", "stock", "unit"])
    suppliers = [Supplier.objects.create(name=name) for name in ('"A"', "B")]
    tags = [Tag.objects.create(name=name) for name in "cba"]
    for n in range(4):
        product = Product.objects.create(name=f"P{n}", supplier=(*suppliers, None, None)[n])
        product.tags.set(tags[:n])
    (found,) = read(sheet)
    assert found.texts == of_python(sheet)
    assert found.keys == {
        "supplier": {str(one.pk) for one in suppliers}, "tags": {str(one.pk) for one in tags}
    }  # fmt: skip
    if WRITTEN:
        assert given(sheet) != []


@can_write
@pytest.mark.parametrize(
    "narrow",
    [
        lambda rows: rows.distinct(),
        lambda rows: rows.annotate(count=Count("tags")),
        lambda rows: rows.extra(select={"one": "1"}),
    ],
    ids=["distinct", "grouped", "extra"],
)
def test_queries_of_rare_kinds_are_left_alone(declared: Any, narrow: Any) -> None:
    sheet = declared(Product, fields=["name", "price"])
    Product.objects.create(name="a")
    rows = narrow(Product.objects.order_by("pk"))
    assert row_texts._Asking.about(RowReader(sheet), rows) is None
    assert texts(sheet, rows) == of_python(sheet, rows)


@pytest.mark.parametrize(
    "narrow",
    [
        lambda rows: rows.filter(supplier__name="A"),
        lambda rows: rows.annotate(double=models.F("stock") * 2).filter(double=4),
        lambda rows: rows.only("name"),
        lambda rows: rows.defer("price").select_related("supplier"),
        lambda rows: rows.prefetch_related("tags"),
        lambda rows: rows.filter(name__contains="%"),
    ],
    ids=["joined", "annotated", "only", "deferred", "prefetched", "percent"],
)
def test_ways_to_narrow(declared: Any, narrow: Any) -> None:
    sheet = declared(Product, fields=["name", "price", "stock"])
    supplier = Supplier.objects.create(name="A")
    for n in range(3):
        Product.objects.create(name=f"{n} %", stock=n, supplier=supplier if n else None)
    rows = narrow(Product.objects.order_by("-pk"))
    reader = RowReader(sheet)
    expected = [
        dumps(row)
        for row in reader.read(list(map(str, rows.values_list("pk", flat=True)))).values()
    ]
    assert sorted(texts(sheet, rows)) == sorted(expected)
    if WRITTEN:
        assert row_texts._Asking.about(reader, rows) is not None


def test_a_child_whose_columns_are_in_two_tables(declared: Any) -> None:
    LoudLetter.objects.create(key="a", volume=3)
    sheet = declared(LoudLetter, fields=["key", "volume"])
    assert texts(sheet) == of_python(sheet)


def test_values_that_nobody_can_read(declared: Any) -> None:
    for name in ("a", "b"):
        Chest.objects.create(name=name)
    with connection.cursor() as cursor:
        far = {"postgresql": "infinity", "sqlite": "no date", "mysql": "2026-01-01"}
        sql = "UPDATE app_chest SET born = %s WHERE name = 'a'"
        cursor.execute(sql, [far[connection.vendor]])
    sheet = declared(Chest, fields=["name", "born", "cost"])
    assert texts(sheet) == of_python(sheet)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others have no such types")
def test_a_table_that_django_has_not_made(declared: Any) -> None:
    """Its decimals have any number of places, and its texts are filled with spaces."""
    sheet = declared(Sample, fields=["decimal", "char", "integer", "boolean"])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE app_sample ALTER decimal TYPE numeric, ALTER char TYPE char(9)")
        try:
            for number in ("12.3000", "1.5", "1.23456", "NaN", "7"):
                sample = Sample.objects.create(char="a ")
                sql = "UPDATE app_sample SET decimal = %s WHERE id = %s"
                cursor.execute(sql, [number, sample.pk])
            assert texts(sheet) == of_python(sheet)
            assert [text is not None for text in given(sheet)] == [True, *[False] * 4]
        finally:
            cursor.execute("TRUNCATE app_sample")
            cursor.execute(
                "ALTER TABLE app_sample ALTER decimal TYPE numeric(20, 4),"
                " ALTER char TYPE varchar(50)"
            )


# What SQLite holds all the same: of other types, and in forms that Django does not write.
ODD = {
    "char": [5, 1.5, b"bytes", "nul\0here", "\0"],
    "integer": ["word", 1.5, "", 2**53, 2**53 + 1],
    "big": ["word", 7.5],
    "boolean": [2, "yes", 1.0],
    "floating": ["word", "", 7],
    "decimal": ["word", 7, -7, 10**11, 10**15, 12.3, 0.00005, -0.00004, 2.67505, 1e300, "1e3"],
    "date": [
        "2026-02-30", "now", "2026-1-2", "0000-01-01", "2026-01-02 10:00", "20260102", 2460000,
        "2026-W01-1", "9999-12-31", "-001-01-01",
    ],
    "time": [
        "08:15", "24:00:00", "08:15:00.5", "08:15:00.500000", "08:15:00.000000", "8:15:00", "now",
        "08:15:60", "08:15:00+01:00", "08:15:00.12345x", "12:00:00,123456", 0.5,
    ],
    "moment": [
        "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05.5", "2026-01-02 03:04:05+02:00",
        "2026-01-02 03:04:05.000000", "2026-02-30 03:04:05", "now", "2026-01-02 24:00:00",
        "0000-01-01 00:00:00", 5, "2026-01-02 03:04:05.123456", "2026-01-02 03:04:05Z",
    ],
    "uuid": [
        "0" * 32, "A" * 32, "00000000-0000-0000-0000-000000000001", "word", "g" * 32, "", 7,
        "{" + "0" * 30 + "}",
    ],
}  # fmt: skip


@pytest.mark.skipif(not is_sqlite, reason="others refuse these")
@pytest.mark.parametrize("name", ODD)
def test_values_that_are_not_as_django_writes_them(declared: Any, name: str) -> None:
    sheet = declared(Sample, fields=["id", name])
    for value in ODD[name]:
        sample = Sample.objects.create()
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE app_sample SET {name} = %s WHERE id = %s", [value, sample.pk])
    assert texts(sheet) == of_python(sheet)


# What MariaDB keeps where it is not told to be strict, and in tables that Django has not made.
LOOSE = {
    "boolean": ["2", "-1"],
    "date": ["'0000-00-00'", "'2026-02-30'", "'2026-01-00'", "'2026-00-01'", "'0000-01-01'"],
    "time": ["'23:59:59.999999'", "'08:15:00.100000'"],
    "moment": ["'0000-00-00'", "'2026-02-30 08:15:00'", "'0001-01-01 00:00:00.000001'"],
    "floating": ["1e300", "1e14", "1e15", "-0e0", "123456789012.5"],
    "decimal": ["1.5", "12.3456"],
    "char": ["'tab\t'", "char(133 using latin1)", "'\\\\'", "'\"'"],
}


@pytest.mark.skipif(connection.vendor != "mysql", reason="others refuse these")
@pytest.mark.parametrize("name", LOOSE)
def test_values_that_mariadb_takes_where_it_is_not_strict(declared: Any, name: str) -> None:
    sheet = declared(Sample, fields=["id", name])
    with connection.cursor() as cursor:
        cursor.execute("SET @kept = @@sql_mode, sql_mode = 'ALLOW_INVALID_DATES'")
        cursor.execute("ALTER TABLE app_sample MODIFY `decimal` decimal(20, 6)")
        try:
            for value in LOOSE[name]:
                sample = Sample.objects.create()
                cursor.execute(f"UPDATE app_sample SET `{name}` = {value} WHERE id = {sample.pk}")
            assert texts(sheet) == of_python(sheet)
            if name == "time":  # of others, a driver closes the line when it reads them
                cursor.execute("UPDATE app_sample SET time = '24:00:00' LIMIT 1")
                assert None in given(sheet)
        finally:
            cursor.execute("TRUNCATE app_sample")
            cursor.execute("ALTER TABLE app_sample MODIFY `decimal` decimal(20, 4)")
            cursor.execute("SET sql_mode = @kept")


@pytest.mark.skipif(not is_sqlite, reason="others do not differ in this")
@pytest.mark.parametrize(
    "probe",
    [(database_json.Cell("hex({x})", "true"), "a"), (database_json.Cell("no({x})", "true"), "a")],
    ids=["other", "missing"],
)
def test_a_version_of_sqlite_that_writes_otherwise(
    declared: Any, monkeypatch: pytest.MonkeyPatch, probe: Any
) -> None:
    sheet = declared(Sample, fields=["char"])
    Sample.objects.create(char="a")
    assert given(sheet) == of_python(sheet)
    monkeypatch.setattr(database_json, "_LITE_PROBES", [probe])
    database_json._is_as_tested.cache_clear()
    try:
        assert given(sheet) == []
        assert texts(sheet) == of_python(sheet)
    finally:
        database_json._is_as_tested.cache_clear()


@can_write
def test_a_database_that_cannot(declared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = database_json.Cell("no_such_function({x})")
    monkeypatch.setattr(database_json, "cell_of", lambda *_about: broken)
    sheet = declared(Product, fields=["name", "price"])
    Product.objects.create(name="a")
    assert row_texts._Asking.about(RowReader(sheet), sheet.ordered_rows()) is not None
    assert texts(sheet) == of_python(sheet)


@can_write
def test_a_transaction_of_others_is_not_broken(declared: Any) -> None:
    sheet = declared(Product, fields=["name", "price"])
    Product.objects.create(name="a")
    with transaction.atomic():
        assert given(sheet) == []
        assert texts(sheet) == of_python(sheet)


@can_write
def test_a_project_s_own_ways_to_show_a_value(declared: Any) -> None:
    """Also a foreign type of column, and a field of the project's."""

    Own = type("Own", (models.CharField,), {})
    made, kinds = database_json.cell_of, database_json._KINDS[connection.vendor]
    text = next(kind for kind in kinds if models.CharField in kind.fields)
    (some, *_others) = text.types
    assert made(connection, models.CharField(), some, text.encode) is not None
    assert made(connection, Own(), some, text.encode) is None
    assert made(connection, models.CharField(), -1, text.encode) is None
    assert made(connection, models.CharField(), some, str) is None


def test_many_columns(declared: Any) -> None:
    """More than a function of the database takes arguments."""
    Sample.objects.create(char="a")
    reader = RowReader(declared(Sample, fields=["char"]))
    reader.columns *= 70
    rows = reader.sheet.ordered_rows()
    assert [some.texts for some in row_texts.chunks(reader, rows, 10)] == [
        [dumps([*row, *row[1:] * 69]) for row in some]
        for some in RowReader(reader.sheet).chunks(rows, 10)
    ]


def test_without_time_zones(declared: Any, settings: Any) -> None:
    settings.USE_TZ = False
    connection.close()
    Sample.objects.create(moment=dt.datetime(2026, 1, 2, 3, 4, 5))
    sheet = declared(Sample, fields=["moment", "char"])
    try:
        assert texts(sheet) == of_python(sheet)
    finally:
        connection.close()


def test_labels_are_those_of_the_rows(declared: Any) -> None:
    sheet = declared(Product, fields=["name", "supplier", "price"])
    Product.objects.create(name="a", supplier=Supplier.objects.create(name="S"))
    (found,) = read(sheet)
    rows = RowReader(sheet).read(found.pks).values()
    assert labels_of_keys(sheet, found.keys, {}) == used_labels(sheet, rows, {})
