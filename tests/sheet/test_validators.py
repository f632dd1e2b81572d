"""What REST framework's fields know little of: one value at a time, and fields of other people."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from livesheet.edits.receipts import submit
from livesheet.exceptions import LiveSheetError
from livesheet.questions import pieces, searches
from livesheet.sheet import lookups
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader, complete_labels
from livesheet.wire.protocol import Add, Edit
from tests.app.odd import Grade, Lesson, Moment

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    "name", "held", "grade", "mark", "words", "length", "start", "mail", "weight", "lasts",
]  # fmt: skip
TAKEN = 'Name: This field must be unique for the "held" date.'


@pytest.fixture
def declared(declared: Any, ann: Any) -> Any:
    return lambda model, *fields: declared(model, ann, fields=fields)


@pytest.fixture
def lessons(declared: Any) -> Sheet:
    sheet: Sheet = declared(Lesson, *FIELDS)
    return sheet


def shown(sheet: Sheet, row: Any) -> dict[str, Any]:
    found = RowReader(sheet).read([str(row.pk)])[str(row.pk)]
    return dict(zip((column.name for column in sheet.columns), found[1:], strict=True))


def edit(sheet: Sheet, row: Any, **given: Any) -> list[str]:
    """`saved`, or why not, for each value."""
    now, pk = shown(sheet, row), str(row.pk)
    cells = [(pk, name, value, now[name]) for name, value in given.items()]
    reply = submit(sheet, Edit(uuid.uuid4().hex, cells, False), "c", None)
    why = {error["column"]: error["message"] for error in reply["errors"]}
    return [
        str(why[cell[1]] if isinstance(result, dict) else result)
        for cell, result in zip(cells, reply["results"], strict=True)
    ]


def damage(model: Any, column: str, value: str) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [value])


def test_a_cell_of_a_model_with_a_field_that_is_unique_for_a_date(lessons: Sheet) -> None:
    day = dt.date(2026, 1, 1)
    first = Lesson.objects.create(name="Sums", held=day)
    second = Lesson.objects.create(name="Words", held=day)
    dateless = Lesson.objects.create(name="Sums")
    assert edit(lessons, first, weight=1.5) == ["saved"]
    assert edit(lessons, second, name="Sums") == [TAKEN.removeprefix("Name: ")]
    assert edit(lessons, dateless, held="2026-01-01") == [TAKEN]
    assert edit(lessons, second, held="2026-01-02") == ["saved"]
    assert edit(lessons, second, name="Sums") == ["saved"]
    assert edit(lessons, second, held=None) == ["saved"]


def test_a_row_without_the_date_for_which_it_would_be_unique(lessons: Sheet) -> None:
    Lesson.objects.create(name="Sums")
    new = [{"name": "Sums", "held": None}, {"name": "Sums", "held": "2026-01-01"}]
    reply = submit(lessons, Add("a", [*new, new[1]], False), "c", None)
    assert [error["message"] for error in reply["errors"]] == [TAKEN.removeprefix("Name: ")]
    assert Lesson.objects.count() == 3


CHOICES = [
    ("length", "P1DT00H00M00S", "P2DT00H00M00S"),
    ("start", "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"),
    ("mail", "a@example.com", ""),
]


@pytest.mark.parametrize(("name", "one", "other"), CHOICES)
def test_choices_of_which_rest_framework_takes_other_texts_or_none(
    lessons: Sheet, name: str, one: str, other: str
) -> None:
    row = Lesson.objects.create()
    for value in (one, other, one):
        assert edit(lessons, row, **{name: value}) == ["saved"]
        assert shown(lessons, row)[name] == value
    column: Any = lessons.column(name)
    assert one in [key for key, _label in column.extra["choices"]]


def test_rest_takes_what_it_has_given(ann: Any, lessons: Sheet) -> None:
    row = Lesson.objects.create(length=Lesson.DAY, start=Lesson.START, mail="")
    api = APIClient()
    api.force_login(ann)
    given = {name: api.get(f"/sheets/declared0/{row.pk}/").json()[name] for name, *_ in CHOICES}
    answer = api.patch(f"/sheets/declared0/{row.pk}/", {**given, "weight": 1}, format="json")
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in given} == given


def test_a_field_is_not_given_what_it_could_not_read_again(lessons: Sheet) -> None:
    row = Lesson.objects.create()
    assert edit(lessons, row, mark="z") == ["Enter a valid value."]
    assert edit(lessons, row, mark="b") == ["saved"]
    assert shown(lessons, row)["mark"] == "b"


def test_a_value_of_which_the_cell_shows_too_little_is_not_replaced(lessons: Sheet) -> None:
    row = Lesson.objects.create(words=["red", "green"])
    assert edit(lessons, row, words="['red', 'blue']") == ["Words cannot be changed here."]
    row.refresh_from_db()
    assert row.words == ["red", "green"]


WRONG_KEYS: list[Any] = [[], {}, ["a"], [[1]], {"a": 1}, {"$text": None}]


@pytest.mark.parametrize("value", WRONG_KEYS)
def test_a_relation_takes_keys_alone(lessons: Sheet, value: Any) -> None:
    Grade.objects.create(letter="a", name="Best")
    row = Lesson.objects.create()
    [said] = edit(lessons, row, grade=value)
    assert said.startswith("Incorrect type. Expected pk value, received ")


def test_a_key_that_cannot_be_read_costs_its_own_row(declared: Any) -> None:
    Grade.objects.create(letter="a", name="Best")
    damage(Grade, "letter", "z")
    Grade.objects.create(letter="b", name="Good")
    sheet = declared(Grade, "letter", "name")
    reader = RowReader(sheet)
    rows = [row for rows in reader.chunks(sheet.ordered_rows(), 10) for row in rows]
    assert rows == [["b", "b", "Good"]]
    assert reader.visible_pks() == ["b"]


def test_a_related_key_that_cannot_be_read_costs_its_own_label(lessons: Sheet) -> None:
    Grade.objects.create(letter="a", name="Best")
    damage(Grade, "letter", "z")
    good = Grade.objects.create(letter="b", name="Good")
    row = Lesson.objects.create(name="Sums", grade=good)
    assert complete_labels(lessons) == {"grade": {"b": "Good"}}
    assert lookups.options(lessons, {"column": "grade", "text": ""})["options"] == [["b", "Good"]]
    assert lookups.options(lessons, {"column": "grade", "text": "o"})["options"] == [["b", "Good"]]
    assert edit(lessons, row, grade={"$text": "Best"}) == ["Grade: no entry is called “Best”."]
    assert searches.found(lessons, {"text": "good", "at": str(row.pk)})
    sorts = [{"column": "grade", "descending": True}]
    assert len(pieces.rows(lessons, {"view": {"sorts": sorts}})["rows"]) == 1


def test_the_rows_own_key_is_known_in_the_form_that_rest_has_for_it(
    ann: Any, declared: Any
) -> None:
    row = Moment.objects.create(at=dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC))
    declared(Moment, "at", "text")
    api = APIClient()
    api.force_login(ann)
    place = f"/sheets/declared0/{row.pk}/"
    given = api.get(place).json()
    answer = api.patch(place, {"at": given["at"], "text": "new"}, format="json")
    assert (answer.status_code, answer.json()["text"]) == (200, "new")
    other = api.patch(place, {"at": "2026-01-02T08:00:00Z"}, format="json")
    assert other.status_code == 400


def test_numbers_and_lengths_beyond_all_bounds(lessons: Sheet) -> None:
    Lesson.objects.create(weight=1e300)
    for kind in ({"kind": "equals", "text": "1e+300"}, {"kind": "in", "values": ["1e300"]}):
        found = pieces.rows(lessons, {"view": {"filters": [{"column": "weight", **kind}]}})
        assert len(found["rows"]) == 1
    long = [{"column": "lasts", "kind": "gt", "text": "9" * 30}]
    with pytest.raises(LiveSheetError, match="holds values of the type duration"):
        pieces.rows(lessons, {"view": {"filters": long}})
