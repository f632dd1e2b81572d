"""What the database cannot compute for one row costs that row's cell, by every door."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, models
from django.db.models import ExpressionWrapper, F, FloatField, Func, IntegerField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from livesheet.edits.receipts import submit
from livesheet.sheet import narrowing
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Edit
from tests.app.models import Chest

pytestmark = pytest.mark.django_db(transaction=True)

BROKEN = "#ERROR"
TOO_MUCH = 999


class Growth(Func):
    """Fails on every database for ``TOO_MUCH``; a division by zero is NULL on two of them."""

    template = "EXP(%(expressions)s)"
    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Its own functions give infinity; this one is Django's, and so is the exception in it.
        fails = "0 * COT(999 - (%(expressions)s))"
        return self.as_sql(compiler, connection, template=f"{self.template} + {fails}")


class Decay(Growth):
    template = "EXP(-(%(expressions)s))"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        fails = "0 * COT(999 + (%(expressions)s))"
        return self.as_sql(compiler, connection, template=f"{self.template} + {fails}")


GROWTH = Growth(Cast("cost", FloatField()))


@pytest.fixture
def declared(declared: Any) -> Any:
    """Declares sheets whose rows have the annotation ``growth``."""

    def declare(user: Any = None, growth: Any = GROWTH, **body: Any) -> Sheet:
        rows = Chest.objects.annotate(growth=growth)
        fields = ["name", "cost", "growth"]
        sheet: Sheet = declared(None, user, **{"queryset": rows, "fields": fields, **body})
        return sheet

    return declare


@pytest.fixture
def chests() -> list[Chest]:
    """Eight, of which the third and the last cannot be computed."""
    costs = [0, 0, TOO_MUCH, 0, 0, 0, 0, TOO_MUCH]
    return [Chest.objects.create(name=f"c{n}", cost=cost) for n, cost in enumerate(costs)]


def growths(rows: Iterator[list[Any]] | Any) -> dict[str, Any]:
    return {row[1]: row[3] for row in rows}


def snapshot(sheet: Sheet) -> list[list[Any]]:
    return [row for rows in RowReader(sheet).chunks(sheet.ordered_rows(), 3) for row in rows]


EXPECTED = {f"c{n}": BROKEN if n in (2, 7) else 1.0 for n in range(8)}


def test_a_snapshot_and_a_batch(
    declared: Any, chests: list[Chest], caplog: pytest.LogCaptureFixture
) -> None:
    sheet = declared()
    rows = snapshot(sheet)
    assert [row[1] for row in rows] == list(EXPECTED)  # in their order
    assert growths(rows) == EXPECTED
    read = RowReader(sheet).read([str(chest.pk) for chest in chests])
    assert growths(read.values()) == EXPECTED
    assert [row[2] for row in rows if row[1] == "c2"] == ["999.00"]
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert said
    assert "999" not in "".join(map(caplog.handler.format, said))  # no value stands in a log


def test_an_order_that_cannot_be_computed(declared: Any, chests: list[Chest]) -> None:
    sheet = declared(ordering=["-growth"])
    assert growths(snapshot(sheet)) == EXPECTED


@pytest.mark.parametrize(
    "growth",
    [
        ExpressionWrapper(Value(1) / (F("cost") - TOO_MUCH), output_field=FloatField()),
        Cast("name", IntegerField()),
        Cast(F("cost") * 10_000_000, IntegerField()),
    ],
    ids=["division", "text", "overflow"],
)
def test_whatever_a_database_cannot_compute(declared: Any, growth: Any) -> None:
    """Each of them fails on one at least; where it does not, there is something to show."""
    bad = Chest.objects.create(name="no number", cost=TOO_MUCH)
    good = Chest.objects.create(name="12", cost=2)
    sheet = declared(growth=growth)
    found = RowReader(sheet).read([str(bad.pk), str(good.pk)])
    assert found[str(good.pk)][1:3] == ["12", "2.00"]
    assert found[str(good.pk)][3] != BROKEN
    assert found[str(bad.pk)][1:3] == ["no number", "999.00"]
    assert (found[str(bad.pk)][3] == BROKEN) or connection.vendor != "postgresql"


def test_two_of_them_in_one_row(declared: Any) -> None:
    rows = Chest.objects.annotate(one=GROWTH, two=Decay(Cast("cost", FloatField())))
    sheet = declared(queryset=rows, fields=["name", "one", "two"])
    for name, cost in (("plus", TOO_MUCH), ("minus", -TOO_MUCH), ("none", 0)):
        Chest.objects.create(name=name, cost=cost)
    found = {row[1]: row[2:] for row in snapshot(sheet)}
    assert (found["plus"][0], found["minus"][1], found["none"]) == (BROKEN, BROKEN, [1.0, 1.0])


def test_an_edit_of_that_row(ann: Any, declared: Any, chests: list[Chest]) -> None:
    sheet, pk = declared(ann), str(chests[2].pk)
    cells = ((pk, "name", "moved", "c2"), (pk, "cost", "1.00", "999.00"))
    reply = submit(sheet, Edit("r", cells, False), "c", None)
    assert (reply["results"], reply["errors"]) == (["saved", "saved"], [])
    assert growths(RowReader(sheet).read([pk]).values())["moved"] == pytest.approx(
        2.71828, abs=1e-3
    )
    reply = submit(sheet, Edit("s", ((pk, "cost", "999.00", "1.00"),), False), "c", None)
    assert reply["results"] == ["saved"]
    assert growths(RowReader(sheet).read([pk]).values()) == {"moved": BROKEN}


def test_rest(ann: Any, declared: Any, chests: list[Chest]) -> None:
    name, api, pk = declared(ann).get_name(), APIClient(), chests[2].pk
    api.force_login(ann)
    pages = [api.get(f"/sheets/{name}/?page_size=5&page={n}").json()["results"] for n in (1, 2)]
    assert [len(page) for page in pages] == [5, 3]
    rows = [row for page in pages for row in page]
    assert {row["name"]: row["growth"] for row in rows} == EXPECTED
    one = api.get(f"/sheets/{name}/{pk}/")
    assert (one.status_code, one.json()["growth"]) == (200, BROKEN)
    patched = api.patch(f"/sheets/{name}/{pk}/", {"name": "moved"}, format="json")
    assert (patched.json()["name"], patched.json()["growth"]) == ("moved", BROKEN)
    made = api.post(f"/sheets/{name}/", {"name": "new", "cost": "999"}, format="json")
    assert (made.status_code, made.json()["growth"]) == (201, BROKEN)


def test_a_request_in_a_transaction_of_its_own(
    ann: Any, declared: Any, chests: list[Chest], settings: Any
) -> None:
    """PostgreSQL ends a transaction with the first statement that fails."""
    name, api = declared(ann).get_name(), APIClient()
    api.force_login(ann)
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        made = api.post(f"/sheets/{name}/", {"name": "new", "cost": "999"}, format="json")
        rows = api.get(f"/sheets/{name}/").json()["results"]
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    assert (made.status_code, made.json()["growth"]) == (201, BROKEN)
    assert {row["name"]: row["growth"] for row in rows} == EXPECTED | {"new": BROKEN}
    assert Chest.objects.filter(name="new").exists()


async def test_over_the_socket(ann: Any, declared: Any, chests: list[Chest]) -> None:
    name = declared(ann).get_name()
    async with LiveSheetCommunicator(name, ann) as sheet:
        assert {sheet.value(c.pk, "name"): sheet.value(c.pk, "growth") for c in chests} == EXPECTED
        chests[0].cost = TOO_MUCH
        await chests[0].asave()
        await sheet.until(lambda: sheet.value(chests[0].pk, "growth") == BROKEN)
        chests[0].cost = 0
        await chests[0].asave()
        await sheet.until(lambda: sheet.value(chests[0].pk, "growth") == 1.0)
        assert not [frame for frame in sheet.frames if frame["type"] == "bye"]


def test_very_many_of_them_cost_a_bounded_time(
    declared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be computed for very many rows is left out of all that have not been read."""
    monkeypatch.setattr(narrowing, "STATEMENTS", 30)
    Chest.objects.bulk_create(
        Chest(name=str(n), cost=TOO_MUCH if n % 2 else 0) for n in range(3_000)
    )
    sheet = declared()
    assert sheet.columns
    with CaptureQueriesContext(connection) as statements:
        found = growths(snapshot(sheet))
    assert len(found) == 3_000
    assert {found[str(n)] for n in range(1, 3_000, 2)} == {BROKEN}
    assert found["0"] == 1.0
    assert len(statements) < 60


def test_a_broken_value_that_comes_along_by_a_join(declared: Any, chests: list[Chest]) -> None:
    """It is the other row's, of which this sheet may show nothing."""
    if connection.vendor == "mysql":
        return  # it stores nothing of the kind
    bad = Chest.objects.create(name="bad", cost=0)
    Chest.objects.filter(name="c1").update(inside=bad)
    value = {"postgresql": "born = 'infinity'", "sqlite": "name = CAST(x'ff41' AS TEXT)"}
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE app_chest SET {value[connection.vendor]} WHERE id = %s", [bad.pk])
    rows: models.QuerySet[Any] = Chest.objects.exclude(pk=bad.pk).select_related("inside")
    sheet = declared(queryset=rows.annotate(growth=GROWTH))
    assert growths(snapshot(sheet)) == EXPECTED


def test_a_table_that_is_not_there_is_no_fault_of_a_row(declared: Any, chests: list[Chest]) -> None:
    sheet = declared(growth=RawSQL("SELECT missing FROM nowhere", (), output_field=FloatField()))
    with pytest.raises(DatabaseError, match=r"(?i)nowhere|missing"):
        snapshot(sheet)
