"""Texts of which only the server can tell what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from livesheet import edits
from livesheet.protocol import Add, Edit
from livesheet.sheets import find_sheet
from livesheet.typed import split
from tests.app.models import Product, Sample, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def edit(user: Any, name: str, pk: Any, column: str, value: Any) -> edits.Outcome:
    sheet_class = find_sheet(name)
    assert sheet_class is not None
    cells = [(str(pk), column, value, edits.MISSING)]
    return edits.apply(sheet_class(user), Edit("e1", cells, atomic=False))


def told(outcome: edits.Outcome) -> str:
    (error,) = outcome.errors
    assert error["code"] == "invalid"
    return str(error["message"])


def test_json_is_read_with_all_its_digits(ann: Any) -> None:
    row = Sample.objects.create()
    text = {"$text": '{"n": 9007199254740993}'}
    assert edit(ann, "sample", row.pk, "data", text).results == ["saved"]
    row.refresh_from_db()
    assert row.data == {"n": 9007199254740993}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a":', "This is no JSON: Expecting value, at line 1, column 6."),
        ("{\n'a': 1}", "Expecting property name enclosed in double quotes, at line 2, column 1."),
        ("NaN", "There is no number NaN in JSON."),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused_with_the_place(ann: Any, text: str, said: str) -> None:
    row = Sample.objects.create(data=1)
    outcome = edit(ann, "sample", row.pk, "data", {"$text": text})
    assert said in told(outcome)
    assert outcome.errors[0]["column"] == "data"
    assert outcome.errors[0]["value"] == {"$text": text}
    row.refresh_from_db()
    assert row.data == 1


def test_a_label_names_one_row_or_none(ann: Any) -> None:
    north = Supplier.objects.create(name="Northwood")
    table = Product.objects.create(name="Table")
    assert edit(ann, "product", table.pk, "supplier", {"$text": "northwood"}).results == ["saved"]
    table.refresh_from_db()
    assert table.supplier == north
    outcome = edit(ann, "product", table.pk, "supplier", {"$text": "North"})
    assert told(outcome) == "Supplier: there is none called “North”."
    # A number is a label like any other, and never by chance a key.
    outcome = edit(ann, "product", table.pk, "supplier", {"$text": str(north.pk)})
    assert "there is none called" in told(outcome)


def test_labels_between_commas(ann: Any) -> None:
    table = Product.objects.create(name="Table")
    for name in ("red", "green, dark", "blue"):
        Tag.objects.create(name=name)
    for text, names in (
        ("blue, red", {"blue", "red"}),
        ("green, dark", {"green, dark"}),
        ('red, "green, dark"', {"red", "green, dark"}),
    ):
        assert edit(ann, "product", table.pk, "tags", {"$text": text}).results == ["saved"]
        assert {tag.name for tag in table.tags.all()} == names
    Tag.objects.create(name="Red")
    assert edit(ann, "product", table.pk, "tags", {"$text": "Red"}).results == ["saved"]
    assert "2 are called “RED”" in told(edit(ann, "product", table.pk, "tags", {"$text": "RED"}))
    assert "“pink”" in told(edit(ann, "product", table.pk, "tags", {"$text": "blue, pink"}))


def test_a_set_of_keys_is_compared_as_a_set(ann: Any) -> None:
    table = Product.objects.create(name="Table")
    red, blue = (Tag.objects.create(name=name) for name in ("red", "blue"))
    table.tags.set([red, blue])
    keys = [str(red.pk), str(blue.pk)]
    for value in (keys, keys[::-1]):
        assert edit(ann, "product", table.pk, "tags", value).results == ["unchanged"]
    assert edit(ann, "product", table.pk, "tags", []).results == ["saved"]
    assert not table.tags.exists()


def test_a_new_row_is_read_in_the_same_way(ann: Any) -> None:
    north = Supplier.objects.create(name="Northwood")
    sheet_class = find_sheet("product")
    assert sheet_class is not None
    rows = [
        {"name": "Table", "supplier": {"$text": "Northwood"}},
        {"name": "Chair", "supplier": {"$text": "nobody"}, "tags": {"$text": "none"}},
    ]
    outcome = edits.apply(sheet_class(ann), Add("a1", rows, atomic=False))
    assert Product.objects.get(name="Table").supplier == north
    assert [error["column"] for error in outcome.errors] == ["supplier", "tags"]
    assert not Product.objects.filter(name="Chair").exists()


def test_parts() -> None:
    assert split('red, "green, dark",blue ,') == ["red", "green, dark", "blue"]
