"""Conditions at the edges of what databases, Python and a statement can hold."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import unregister
from tests.app.models import Sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def edges() -> Iterator[None]:
    class Edges(LiveSheetConsumer):
        model = Sample
        sheet_name = "edges"
        fields = ["char", "uuid", "integer", "floating", "decimal", "date", "moment", "duration"]

        def has_view_permission(self) -> bool:
            return True

    yield
    unregister(Edges)


@pytest.fixture
def api(ann: Any) -> APIClient:
    client = APIClient()
    client.force_login(ann)
    return client


def found(api: APIClient, **query: str) -> list[str]:
    response = api.get("/sheets/edges/", query)
    assert response.status_code == 200, response.data
    return [row["char"] for row in response.data["results"]]


def refusal(api: APIClient, query: str) -> str:
    response = api.get(f"/sheets/edges/?{query}")
    assert response.status_code == 400, response.data
    return str(response.data["detail"])


@pytest.mark.parametrize("text", ["P999999999D", "999999999 23:59:59.999999"])
def test_a_longer_time_than_can_be_stored(api: APIClient, text: str) -> None:
    Sample.objects.create(char="day", duration=dt.timedelta(1))
    assert found(api, duration__lt=text) == ["day"]
    assert found(api, duration__gt=f"-{text.removeprefix('P')}".replace("D", " 00:00")) == ["day"]
    assert found(api, duration=text) == found(api, duration__in=text) == []


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0001-01-01", "9999-12-31T23:59:59.999999-12:00"),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59-01:00"),
    ],
)
def test_moments_before_the_first_and_after_the_last_day(
    api: APIClient, first: str, last: str
) -> None:
    Sample.objects.create(char="now", moment=dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC))
    assert found(api, moment__gt=first, moment__lt=last) == ["now"]
    assert found(api, moment__range=f"{first},{last}") == ["now"]
    assert found(api, moment__lt=first) == found(api, moment__gt=last) == []
    assert found(api, moment=first) == found(api, moment__in=last) == []


@pytest.mark.parametrize("column", ["integer", "floating", "decimal"])
def test_larger_numbers_than_can_be_stored(api: APIClient, column: str) -> None:
    Sample.objects.create(char="one", **{column: 1})
    for text in ("9" * 40, "9223372036854775808", "1e400"):
        assert found(api, **{f"{column}__lt": text, f"{column}__gt": f"-{text}"}) == ["one"]
        assert found(api, **{f"{column}__in": text}) == []


def test_a_list_is_as_long_as_its_values_are_many(api: APIClient) -> None:
    keys = [str(uuid.UUID(int=n)) for n in range(1_999)]
    Sample.objects.create(char="one", uuid=keys[-1])
    assert found(api, uuid__in=",".join(keys)) == ["one"]
    assert found(api, uuid__not_in=",".join(keys)) == []
    many = ",".join(map(str, range(2_001)))
    assert "Expected at most 2000 values for 'integer'; got 2001." in refusal(
        api, f"integer__in={many}"
    )
    assert "at most 500 characters" in refusal(api, f"char__in=a,{'b' * 501}")


def test_days_and_moments_are_listed(api: APIClient) -> None:
    day = dt.date(2024, 5, 1)
    Sample.objects.create(char="one", date=day, moment=dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC))
    days = [str(day + dt.timedelta(n)) for n in range(1_500)]
    assert found(api, date__in=",".join(days)) == ["one"]
    moments = [f"{one}T10:00Z" for one in days]
    assert found(api, moment__in=",".join(moments[:200])) == ["one"]
    assert "more than 200 values" in refusal(api, f"moment__in={','.join(moments)}")


def test_a_statement_has_a_bounded_number_of_conditions(api: APIClient) -> None:
    """SQLite cannot read very many, and 500 times 500 of them kept each database busy."""
    Sample.objects.create(char="one", integer=5)
    assert found(api, integer="5") == ["one"]
    response = api.get("/sheets/edges/?" + "&".join(["integer=5"] * 200))
    assert [row["char"] for row in response.data["results"]] == ["one"]
    assert refusal(api, "&".join(["integer=5"] * 201)) == (
        "Expected at most 200 conditions; got 201."
    )
    entry = {"any": [{"column": "integer", "kind": "not", "text": "5"}] * 100}
    view = json.dumps({"filters": [entry] * 3})
    assert "at most 200 conditions; got 300" in refusal(api, f"view={view}")
    assert found(api, view=json.dumps({"filters": [entry] * 2})) == []


def test_a_column_that_is_named_again_sorts_nothing(api: APIClient) -> None:
    for char in "bca":
        Sample.objects.create(char=char, integer=ord(char))
    names = ",".join(["-char", *["integer", "char"] * 1_000])
    assert found(api, ordering=names) == ["c", "b", "a"]
    page = api.get("/sheets/edges/", {"ordering": names, "cursor": "", "page_size": "2"}).data
    assert [row["char"] for row in page["results"]] == ["c", "b"]
    assert [row["char"] for row in api.get(page["next"]).data["results"]] == ["a"]


@pytest.mark.parametrize("kind", [["in"], {}, None, 5])
def test_a_kind_is_a_text(api: APIClient, kind: Any) -> None:
    view = {"filters": [{"column": "char", "kind": kind}]}
    response = api.get("/sheets/edges/", {"view": json.dumps(view)})
    assert response.status_code == 400
    assert "Expected a kind of condition" in response.data["detail"]
