"""Texts of which only the server can tell what they mean."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from livesheet.edits import edits, receipts, texts
from livesheet.edits.changing import MISSING
from livesheet.edits.outcome import Outcome
from livesheet.edits.texts import split
from livesheet.sheet.columns import COMPLETE_LABELS
from livesheet.sheet.declaration import find_sheet
from livesheet.sheet.lookups import MOST_LOOKED_FOR
from livesheet.wire.protocol import Add, Edit
from tests.app.models import Product, Sample, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)


def edit(user: Any, name: str, pk: Any, column: str, value: Any) -> Outcome:
    sheet_class = find_sheet(name)
    assert sheet_class is not None
    cells = [(str(pk), column, value, MISSING)]
    return edits.apply(sheet_class(user), Edit("e1", cells, atomic=False))


def told(outcome: Outcome) -> str:
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
        ('{"a":', "This is not valid JSON: Expecting value, at line 1, column 6."),
        ("{\n'a': 1}", "Expecting property name enclosed in double quotes, at line 2, column 1."),
        ("NaN", "NaN is not a valid number in JSON."),
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
    assert told(outcome) == "Supplier: no entry is called “North”."
    # A number is a label like any other, and never by chance a key.
    outcome = edit(ann, "product", table.pk, "supplier", {"$text": str(north.pk)})
    assert "no entry is called" in told(outcome)


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
    assert "2 entries are called “RED”" in told(
        edit(ann, "product", table.pk, "tags", {"$text": "RED"})
    )
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


# --- bounds ----------------------------------------------------------------------------------


@contextmanager
def questions_about(table: str) -> Iterator[list[bool]]:
    """For each question about the table, whether a transaction was open."""
    seen: list[bool] = []
    quoted = connection.ops.quote_name(table)

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and f"FROM {quoted}" in sql:
            seen.append(connection.in_atomic_block)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def submitted(user: Any, request: Any) -> dict[str, Any]:
    sheet_class = find_sheet("product")
    assert sheet_class is not None
    return receipts.submit(sheet_class(user), request, "c" * 32, None)


def bulk(model: Any, names: Iterable[str]) -> list[Any]:
    model.objects.bulk_create([model(name=name) for name in names])
    return list(model.objects.order_by("pk"))


@pytest.mark.parametrize("possible", [990, 1_200])
def test_labels_are_looked_up_together_and_before_the_transaction(ann: Any, possible: int) -> None:
    bulk(Supplier, (f"s{n}" for n in range(possible)))
    rows = bulk(Product, (f"p{n}" for n in range(100)))
    texts = [f"S{n}" if n % 2 else f"no such {n}" for n in range(100)]
    cells = [
        (str(row.pk), "supplier", {"$text": text}, None)
        for row, text in zip(rows, texts, strict=True)
    ]
    with questions_about("app_supplier") as seen:
        reply = submitted(ann, Edit("e", cells, atomic=False))
    assert [one if one == "saved" else "no" for one in reply["results"]] == ["no", "saved"] * 50
    rows[99].refresh_from_db()
    assert str(rows[99].supplier) == "s99"
    # Large relations are asked once more for each of twenty labels that no text field is.
    assert seen.count(False) <= (3 if possible <= COMPLETE_LABELS else 3 + 2 * MOST_LOOKED_FOR)
    assert seen.count(True) <= 50  # the validator, for each row that is saved


def test_a_text_may_name_only_so_many(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = bulk(Tag, (f"t{n}" for n in range(30)))
    table = Product.objects.create(name="Table")
    monkeypatch.setattr(texts, "MOST_LABELS", 31)  # one more than the parts: the text itself
    names = ", ".join(tag.name for tag in tags)
    with questions_about("app_tag") as seen:
        cells = [(str(table.pk), "tags", {"$text": names}, [])]
        assert submitted(ann, Edit("e1", cells, atomic=False))["results"] == ["saved"]
    assert seen.count(False) <= 3
    assert table.tags.count() == 30
    cells = [(str(table.pk), "tags", {"$text": names + ", one more"}, [])]
    (error,) = submitted(ann, Edit("e2", cells, atomic=False))["errors"]
    assert error["message"] == "Tags: too many different names at once. Send fewer."


def test_a_text_that_is_too_long_for_a_label_is_not_looked_up(ann: Any) -> None:
    """It may be a list, whose parts are."""
    red, table = Tag.objects.create(name="red"), Product.objects.create(name="Table")
    for length, told_of in ((1_000, "no entry"), (1_001, "Send fewer")):
        cells = [(str(table.pk), "supplier", {"$text": "n" * length}, None)]
        (error,) = submitted(ann, Edit(f"e{length}", cells, atomic=False))["errors"]
        assert told_of in error["message"]
    long = ", ".join(["red"] * 300)
    cells = [(str(table.pk), "tags", {"$text": long}, [])]
    assert submitted(ann, Edit("list", cells, atomic=False))["ok"]
    assert list(table.tags.all()) == [red]


def test_many_keys_are_validated_together_and_only_so_many(ann: Any) -> None:
    tags = bulk(Tag, (f"t{n}" for n in range(texts.MOST_KEYS + 1)))
    keys = [str(tag.pk) for tag in tags]
    table = Product.objects.create(name="Table")
    with questions_about("app_tag") as seen:
        cells = [(str(table.pk), "tags", keys[:-1], [])]
        assert submitted(ann, Edit("e1", cells, atomic=False))["results"] == ["saved"]
    assert len(seen) < 10
    assert table.tags.count() == texts.MOST_KEYS
    added = submitted(ann, Add("a1", [{"name": "Chair", "tags": keys[:50]}], atomic=False))
    assert added["ok"]
    for request in (
        Edit("e2", [(str(table.pk), "tags", keys, [])], atomic=False),
        Add("a2", [{"name": "Chair", "tags": keys}], atomic=False),
    ):
        (error,) = submitted(ann, request)["errors"]
        assert error["message"] == "Tags can hold at most 1000 entries, not 1001."
    for odd in ("no key", None, True, 10**30, "01 ", {"a": 1}):
        cells = [(str(table.pk), "tags", [keys[0], odd], MISSING)]
        (error,) = submitted(ann, Edit(f"e{odd}", cells, atomic=False))["errors"]
        assert error["code"] == "invalid"
    cells = [(str(table.pk), "tags", [keys[0], f"0{keys[1]}"], MISSING)]  # as fields read it
    assert submitted(ann, Edit("e9", cells, atomic=False))["ok"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 33 + "]" * 33, "nested too deeply"),
        (r'["\ud800"]', "half a character"),
        ("1" * 5_000, "100 digits"),
        ("[1e999]", "too large"),
    ],
)
def test_typed_json_is_bounded_as_sent_json_is(ann: Any, text: str, said: str) -> None:
    row = Sample.objects.create(data=1)
    assert said in told(edit(ann, "sample", row.pk, "data", {"$text": text}))


@pytest.mark.parametrize(
    "value", [10**99, -(10**99), 1e308, "9" * 999, "1e999", "\0", "P" + "9" * 99 + "D", [[[]]], {}]
)
def test_no_value_breaks_a_column_of_any_kind(ann: Any, value: Any) -> None:
    row = Sample.objects.create()
    sheet_class = find_sheet("sample")
    assert sheet_class is not None
    sheet = sheet_class(ann)
    cells = [(str(row.pk), column.name, value, MISSING) for column in sheet.columns]
    reply = receipts.submit(sheet, Edit("e", cells, atomic=False), "c" * 32, None)
    assert "The server failed" not in json.dumps(reply)
    assert {error["code"] for error in reply["errors"]} <= {"invalid", "readonly"}
