"""Page after page in whatever order a project declares: each row once, while others come and go."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Length, Lower
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from tests.app.models import Note, Product, Sample, Tag
from tests.walking import walked

pytestmark = pytest.mark.django_db(transaction=True)

SUMMER = dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)  # an hour later, clocks show the same
VALUES: dict[str, list[Any]] = {
    "char": ["", "a", "A", "ä", "a ", "b"],
    "integer": [None, -5, 2**31 - 1, 0],
    "big": [None, -(2**63), 2**63 - 1, 2**53 + 1, 2**53],
    "floating": [None, 0.1, -0.0, 1e300],
    "decimal": [None, Decimal("0.1000"), Decimal("999999999.9999"), Decimal(-1)],
    "date": [None, dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "time": [None, dt.time(23, 59, 59, 999999), dt.time(0)],
    "moment": [None, SUMMER, SUMMER + dt.timedelta(hours=1)],
    "duration": [None, dt.timedelta(days=-3, microseconds=1), dt.timedelta(days=9000)],
    "blob": [None, b"", b"\xff\x00", b"a"],
    "uuid": [None, uuid.UUID(int=7), uuid.UUID(int=2**127)],
    "ip": [None, "::1", "10.0.0.9", "10.0.0.10"],
    "maybe": [None, True, False],
}
ORDERS: list[list[Any]] = [
    *([f"{sign}{name}"] for name in VALUES for sign in ("", "-")),
    [F("integer").asc(nulls_first=True), "-big"],
    [F("date").desc(nulls_last=True), "-maybe"],
    [Lower("char"), "time"],
    [Length("char").desc()],
    [Coalesce("integer", 0)],
    [Case(When(char="a", then=Value(1)), default=Value(2), output_field=models.IntegerField())],
    [F("integer") * 1.5],
    list(VALUES),
]


@contextmanager
def sheet(model: Any, ordering: Any, **more: Any) -> Iterator[str]:
    body = {"model": model, "sheet_name": "walked", "ordering": ordering, "fields": ["pk"], **more}
    body["has_view_permission"] = lambda _self: True
    made: Any = type("Walked", (LiveSheetConsumer,), body)
    yield "/sheets/walked/"
    unregister(made)


@pytest.fixture
def api(ann: Any) -> APIClient:
    client = APIClient()
    client.force_login(ann)
    return client


def listed(api: APIClient, url: str) -> list[str]:
    return [row["pk"] for row in api.get(f"{url}?page_size=1000").data["results"]]


def sample(chance: random.Random) -> Sample:
    return Sample(**{name: chance.choice(values) for name, values in VALUES.items()})


@pytest.mark.parametrize("ordering", ORDERS, ids=str)
def test_each_row_once_in_the_order_of_the_sheet(api: APIClient, ordering: list[Any]) -> None:
    chance = random.Random(3)
    Sample.objects.bulk_create(sample(chance) for _n in range(14))
    with sheet(Sample, ordering, fields=["char"]) as url:
        expected = listed(api, url)
        assert sorted(expected) == sorted(
            str(pk) for pk in Sample.objects.values_list("pk", flat=True)
        )
        assert walked(api, url, 1) == walked(api, url, 3) == expected


@pytest.mark.parametrize("ordering", [["decimal"], ["-date", "maybe"], ["-blob"]], ids=str)
def test_rows_that_stay_are_named_once_while_others_come_and_go(
    api: APIClient, ordering: list[Any]
) -> None:
    chance = random.Random(4)
    Sample.objects.bulk_create(sample(chance) for _n in range(20))
    gone = [*Sample.objects.order_by("pk")[::3]]

    def meanwhile() -> None:
        if gone:
            gone.pop().delete()
            sample(chance).save()

    with sheet(Sample, ordering, fields=["char"]) as url:
        staying = [pk for pk in listed(api, url) if pk not in {str(row.pk) for row in gone}]
        found = walked(api, url, 2, meanwhile)
        assert len(found) == len(set(found))
        assert [pk for pk in found if pk in staying] == staying


@pytest.mark.parametrize("ordering", [["pk"], ["-key"], ["text"], [Lower("key")]], ids=str)
def test_keys_that_are_texts(api: APIClient, ordering: list[Any]) -> None:
    keys = ["a", "b", " c", "é", "ß", "10", "9", "%", "_", "\\", "'", "x" * 600]
    if connection.vendor != "mysql":  # it takes these for the same as others
        keys += ["A", "a ", "e\u0301", "ss"]
    Note.objects.bulk_create(Note(key=key, text=key[:1]) for key in keys)
    with sheet(Note, ordering, fields=["text"]) as url:
        assert walked(api, url, 1) == walked(api, url, 5) == listed(api, url)
        assert sorted(listed(api, url)) == sorted(keys)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="no other database stores these")
@pytest.mark.parametrize("ordering", [["decimal"], ["-decimal"], ["floating"], ["-floating"]])
def test_what_is_no_number_is_sorted_all_the_same(api: APIClient, ordering: list[Any]) -> None:
    for value in (1, float("inf"), float("-inf"), float("nan"), float("nan"), None):
        Sample.objects.create(floating=value, decimal=None if value is None else 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE app_sample SET decimal = 'NaN' WHERE floating <> 1")
    with sheet(Sample, ordering, fields=["char"]) as url:
        assert walked(api, url, 1) == walked(api, url, 2) == listed(api, url)


@pytest.mark.parametrize("ordering", [["data"], ["-data"], ["data__a", "char"]], ids=str)
def test_documents_have_an_order_where_the_database_compares_as_it_sorts(
    api: APIClient, ordering: list[Any]
) -> None:
    for n, data in enumerate([None, {"a": 1}, [1], "x", 5, {"b": None}, {"a": "z"}, 10, [1, 2]]):
        Sample.objects.create(data=data, char=str(n))
    with sheet(Sample, ordering, fields=["char"]) as url:
        if connection.vendor == "mysql":
            assert "no places" in api.get(f"{url}?cursor=").data["detail"]
        else:
            assert walked(api, url, 1) == walked(api, url, 2) == listed(api, url)


@pytest.mark.parametrize(
    "ordering",
    [["tags"], ["tags__name", "price"], ["-tags__product"], [Lower("tags__name").desc()]],
    ids=str,
)
def test_an_order_that_names_rows_several_times_has_no_pages(
    api: APIClient, ordering: list[Any]
) -> None:
    """A row would be found after itself, and the pages would never end."""
    Product.objects.create(name="a").tags.set([Tag.objects.create(name=n) for n in "xy"])
    with sheet(Product, ordering, fields=["name"]) as url:
        response = api.get(f"{url}?cursor=")
        assert response.status_code == 400
        assert "names a row several times" in response.data["detail"]
