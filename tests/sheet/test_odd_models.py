"""Names and values that Django allows and few projects have: shown, followed and edited exactly."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet import declaration_errors
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Chest
from tests.app.odd import Odd, OddView

pytestmark = pytest.mark.django_db(transaction=True)

BIG = 2**60 + 1
FIELDS = [
    "code", "id", "type", "order", "rows", "größe", "made", "number", "day", "moment", "span",
    "loud", "failing",
]  # fmt: skip


@pytest.fixture
def odd() -> Iterator[Any]:
    class OddSheet(LiveSheetConsumer):
        model, fields, sheet_name = Odd, FIELDS, "odd"

    yield OddSheet
    unregister(OddSheet)


@pytest.fixture
def api(ann: Any) -> APIClient:
    client = APIClient()
    client.force_login(ann)
    return client


def test_there_is_nothing_to_say_of_the_declaration(odd: Any) -> None:
    assert declaration_errors.faults(odd) == []


async def test_names_that_mean_something_elsewhere(ann: Any, odd: Any) -> None:
    await Odd.objects.acreate(code=BIG, type="a")
    async with LiveSheetCommunicator("odd", ann) as sheet:
        for name, value in (("id", "x"), ("type", "b"), ("order", 5), ("rows", 6), ("größe", 7)):
            base = sheet.value(BIG, name)
            assert (await sheet.edit(str(BIG), name, value, base))["ok"]
            await sheet.until(lambda n=name, v=value: sheet.value(BIG, n) == v)  # type: ignore[misc]
        await sheet.until(lambda: sheet.value(BIG, "loud") == "B")  # the database makes it
        assert sheet.value(BIG, "code") == str(BIG)
    saved = await Odd.objects.aget(pk=BIG)
    assert (saved.id, saved.type, saved.order, saved.rows, saved.größe) == ("x", "b", 5, 6, 7)


EDGES = [
    ("day", "0001-01-01"),
    ("day", "0999-12-31"),
    ("day", "9999-12-31"),
    ("moment", "9999-12-31T22:00:00Z"),
    ("span", "-P2DT23H59M59.999995S"),
    ("number", -0.0),
    ("number", 1e308),
]


@pytest.mark.parametrize(("name", "value"), EDGES)
async def test_values_at_the_edge(ann: Any, odd: Any, name: str, value: Any) -> None:
    await Odd.objects.acreate(code=BIG)
    async with LiveSheetCommunicator("odd", ann) as sheet:
        reply = await sheet.edit(str(BIG), name, value, None)
        assert (reply["results"], reply["errors"]) == (["saved"], [])
        await sheet.until(lambda: sheet.value(BIG, name) == value)
        reply = await sheet.edit(str(BIG), name, None, value)
        assert (reply["results"], reply["errors"]) == (["saved"], [])


async def test_what_no_database_holds_is_refused_in_words(ann: Any, odd: Any) -> None:
    await Odd.objects.acreate(code=BIG)
    async with LiveSheetCommunicator("odd", ann) as sheet:
        reply = await sheet.edit(str(BIG), "span", "P999999999DT0S", None)
        if not reply["ok"]:  # PostgreSQL's intervals have no bound
            assert reply["errors"][0]["message"] == "The database cannot store this value."


def test_what_json_has_no_number_for(api: APIClient, odd: Any) -> None:
    """SQLite keeps infinities, PostgreSQL what is no number, too."""
    if connection.vendor == "mysql":
        return
    Odd.objects.create(code=1, number=math.inf)
    Odd.objects.create(code=2, number=-math.inf)
    Odd.objects.create(code=3, number=math.nan)
    rows = api.get("/sheets/odd/").json()["results"]
    assert [row["number"] for row in rows] == [None] * 3
    assert api.get("/sheets/odd/1/").json()["number"] is None


def test_moments_that_the_time_zone_has_no_more(api: APIClient, odd: Any) -> None:
    Odd.objects.create(
        code=1, moment=dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC), type="a"
    )
    [row] = api.get("/sheets/odd/").json()["results"]
    assert (row["type"], row["moment"]) == ("a", "#ERROR")


def test_a_row_is_added_without_what_the_database_makes(api: APIClient, odd: Any) -> None:
    made = api.post("/sheets/odd/", {"code": "77", "type": "q"}, format="json")
    assert made.status_code == 201, made.content
    assert (made.json()["made"] or "").startswith("2")
    assert made.json()["loud"] == "Q"


async def test_a_row_is_added_over_the_socket_without_it(ann: Any, odd: Any) -> None:
    async with LiveSheetCommunicator("odd", ann) as sheet:
        reply = await sheet.add(code="77", type="q")
        assert reply["ok"], reply
        await sheet.until(lambda: "77" in sheet.rows)
        assert sheet.value("77", "made")


def test_a_property_whose_query_fails_loses_no_edit(api: APIClient, odd: Any) -> None:
    """With a transaction for each request, PostgreSQL would take back what was answered 201."""
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        made = api.post("/sheets/odd/", {"code": "77", "type": "q"}, format="json")
        patched = api.patch("/sheets/odd/77/", {"type": "r"}, format="json")
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    assert (made.status_code, made.json()["failing"]) == (201, "#ERROR")
    assert (patched.status_code, patched.json()["type"]) == (200, "r")
    assert Odd.objects.get(pk=77).type == "r"


@pytest.fixture
def view() -> Iterator[Any]:
    """A sheet over a view of the database, which ``livesheet`` is told of by ``depends_on``."""

    class ViewSheet(LiveSheetConsumer):
        model, fields, sheet_name = OddView, ["name"], "odd-view"
        depends_on = (Chest,)

    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW app_oddview AS SELECT id, name FROM app_chest WHERE cost > 0")
    yield ViewSheet
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW app_oddview")
    unregister(ViewSheet)


async def test_a_view_of_the_database(ann: Any, view: Any) -> None:
    one = await Chest.objects.acreate(name="one", cost=1)
    two = await Chest.objects.acreate(name="two", cost=0)
    async with LiveSheetCommunicator("odd-view", ann) as sheet:
        assert [row[1] for row in sheet.rows.values()] == ["one"]
        two.cost = 2
        await two.asave()
        await sheet.until(lambda: str(two.pk) in sheet.rows)
        await one.adelete()
        await sheet.until(lambda: [row[1] for row in sheet.rows.values()] == ["two"])
        reply = await sheet.edit(str(two.pk), "name", "new", "two")
        shown = await sync_to_async(Chest.objects.get)(pk=two.pk)
        assert (shown.name == "new") == reply["ok"]  # some databases write through a view
        if not reply["ok"]:
            assert "server failed" not in reply["errors"][0]["message"]
