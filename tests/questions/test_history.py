"""What a row held before: newest first, bounded, and only what the one who asks may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from livesheet import people
from livesheet.edits.receipts import submit
from livesheet.exceptions import LiveSheetError
from livesheet.feed.frames import hello
from livesheet.log import actors
from livesheet.questions import history
from livesheet.sheet.declaration import Sheet, find_sheet, unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Edit
from tests.app.models import Article, Note, Supplier

pytestmark = pytest.mark.django_db(transaction=True)


def sheet_of(name: str, user: Any) -> Sheet:
    sheet = find_sheet(name)
    assert sheet is not None
    return sheet(user)


def asked(user: Any, pk: Any, column: str | None = None, name: str = "article", **more: Any) -> Any:
    query = {"pk": str(pk), "column": column, **more}
    return history.answer(sheet_of(name, user), query)


def edit(user: Any, pk: Any, column: str, value: Any, base: Any) -> None:
    cells = [(str(pk), column, value, base)]
    ref = f"{column} {value}"
    assert submit(sheet_of("article", user), Edit(ref, cells, False), "c", None)["ok"]


@pytest.fixture
def table(transactional_db: None) -> Article:
    return Article.objects.create(name="Table", price=12, owner="ann")


@pytest.fixture
def mine() -> Iterator[type[Sheet]]:
    class MySheet(Sheet):
        model = Article
        sheet_name = "mine"
        fields = ["name", "price"]

        def get_queryset(self) -> Any:
            return super().get_queryset().filter(owner=self.user.get_username())

    yield MySheet
    unregister(MySheet)


def test_who_changed_what_newest_first(ann: Any, bea: Any, table: Article) -> None:
    edit(ann, table.pk, "price", "13.00", "12.00")
    edit(bea, table.pk, "name", "Desk", "Table")
    edit(bea, table.pk, "price", "14.5", "13.00")
    answer = asked(ann, table.pk)
    told = [(entry["by"] and entry["by"]["name"], entry["cells"]) for entry in answer["entries"]]
    assert told == [
        ("Bea", [["price", "13.00", "14.50"]]),
        ("Bea", [["name", "Table", "Desk"]]),
        ("Ann", [["price", "12.00", "13.00"]]),
        (None, [["name", None, "Table"], ["price", None, "12.00"], ["state", None, "new"],
                ["supplier", None, None]]),
    ]  # fmt: skip
    assert [entry["kind"] for entry in answer["entries"]] == [*["changed"] * 3, "created"]
    assert answer["entries"][0]["by"] == people.me(bea)
    assert answer["entries"][0]["at"].endswith("Z")
    assert answer["next"] is None


def test_of_one_cell_only_what_made_it_different(ann: Any, bea: Any, table: Article) -> None:
    edit(ann, table.pk, "price", "13.00", "12.00")
    edit(bea, table.pk, "name", "Desk", "Table")
    cells = [entry["cells"] for entry in asked(ann, table.pk, "price")["entries"]]
    assert cells == [[["price", "12.00", "13.00"]], [["price", None, "12.00"]]]


def test_relations_come_with_their_labels(ann: Any, table: Article) -> None:
    nordwood = Supplier.objects.create(name="Nordwood")
    edit(ann, table.pk, "supplier", str(nordwood.pk), None)
    answer = asked(ann, table.pk, "supplier")
    assert answer["entries"][0]["cells"] == [["supplier", None, str(nordwood.pk)]]
    assert answer["labels"] == {"supplier": {str(nordwood.pk): "Nordwood"}}


def test_an_origin_is_told_where_nobody_wrote(ann: Any, table: Article) -> None:
    with actors.acting_as(origin="task: import_prices"):
        table.price = 20
        table.save()
    entry = asked(ann, table.pk)["entries"][0]
    assert (entry["by"], entry["reason"]) == (None, "task: import_prices")


def test_who_may_not_see_the_row_gets_the_answer_of_an_absent_one(
    ann: Any, bea: Any, table: Article, mine: type[Sheet]
) -> None:
    assert asked(ann, table.pk, name="mine")["entries"]
    for pk in (table.pk, 4711, "x", None):
        with pytest.raises(LiveSheetError) as refused:
            asked(bea, pk, name="mine")
        assert (refused.value.code, refused.value.detail) == ("not_found", "There is no such row.")


@pytest.mark.parametrize("recorded", [True, False], ids=["saved", "inserted in bulk"])
def test_a_history_begins_at_the_rows_own_creation(ann: Any, bea: Any, recorded: bool) -> None:
    """A natural key may have been another tenant's row, which was deleted."""
    with actors.acting_as(bea):
        former = Article.objects.create(name="Bea's", price=99, owner="bea")
        pk = former.pk
        former.price = 98
        former.save()
        former.delete()
    again = Article(pk=pk, name="Ann's", price=1, owner="ann")
    with actors.acting_as(ann):
        if recorded:
            again.save(force_insert=True)
        else:
            Article.objects.bulk_create([again])
        again.price = 2
        again.save()
    prices = [["price", "1.00", "2.00"], ["price", None, "1.00"]]
    told = asked(ann, pk, "price")
    expected = prices if recorded else [["price", None, "2.00"]]
    assert [cell for entry in told["entries"] for cell in entry["cells"]] == expected
    assert {entry["by"]["name"] for entry in told["entries"]} == {"Ann"}
    # Nor by asking for what comes after the last answer.
    for skip in range(5):
        entries = str([[e["by"], e["cells"]] for e in asked(ann, pk, skip=skip)["entries"]])
        assert "98.00" not in entries
        assert "Bea" not in entries


def test_columns_that_the_sheet_has_not_are_not_told(
    ann: Any, table: Article, mine: type[Sheet]
) -> None:
    table.state, table.name = "old", "Desk"
    table.save()
    told = {cell[0] for entry in asked(ann, table.pk, name="mine")["entries"] for cell in
            entry["cells"]}  # fmt: skip
    assert told == {"name", "price"}
    for column in ("state", "owner", "history"):
        with pytest.raises(LiveSheetError, match="No history is recorded"):
            asked(ann, table.pk, column, name="mine")


def test_a_column_that_is_not_recorded_says_so(ann: Any, table: Article) -> None:
    with pytest.raises(LiveSheetError, match="No history is recorded"):
        asked(ann, table.pk, "secret")


def test_a_relation_names_only_what_it_may_show(ann: Any, table: Article) -> None:
    class NarrowSheet(Sheet):
        model = Article
        sheet_name = "narrow"
        fields = ["supplier"]

        def get_related_queryset(self, field: str) -> Any:
            return super().get_related_queryset(field).exclude(name="Secret Ltd")

    try:
        table.supplier = Supplier.objects.create(name="Secret Ltd")
        table.save()
        assert asked(ann, table.pk, name="narrow")["labels"] == {"supplier": {}}
    finally:
        unregister(NarrowSheet)


def test_a_sheet_may_keep_its_past_to_itself(
    ann: Any, table: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = sheet_of("article", ann)
    assert hello(sheet, "", ())["can"]["history"] is True
    monkeypatch.setattr(
        type(sheet), "has_history_permission", lambda self, obj=None: obj is None, raising=False
    )
    with pytest.raises(LiveSheetError) as refused:
        asked(ann, table.pk)
    assert refused.value.code == "no_history"
    monkeypatch.setattr(type(sheet), "has_history_permission", lambda self, obj=None: False)
    assert hello(sheet, "", ())["can"]["history"] is False


def test_a_model_without_a_history_does_not_offer_one(ann: Any) -> None:
    Note.objects.create(key="a", text="x")
    assert hello(sheet_of("note", ann), "", ())["can"]["history"] is False
    with pytest.raises(LiveSheetError) as refused:
        asked(ann, "a", name="note")
    assert refused.value.code == "no_history"


def test_it_is_bounded_and_goes_on(
    ann: Any, table: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_ENTRIES", 3)
    for price in range(20, 27):
        table.price = price
        table.save()
    seen: list[str] = []
    skip: int | None = 0
    while skip is not None:
        answer = asked(ann, table.pk, "price", skip=skip)
        assert len(answer["entries"]) <= 3
        seen += [entry["cells"][0][2] for entry in answer["entries"]]
        skip = answer["next"]
    assert seen == [f"{price}.00" for price in (26, 25, 24, 23, 22, 21, 20, 12)]
    for wrong in (-1, "1", True, 10**9):
        with pytest.raises(LiveSheetError, match="skip"):
            asked(ann, table.pk, skip=wrong)


def test_records_without_a_difference_are_passed_over_but_not_without_end(
    ann: Any, table: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_RECORDS", 4)
    for number in range(6):
        table.name = f"Table {number}"
        table.save()
    first = asked(ann, table.pk, "price")
    assert (first["entries"], first["next"]) == ([], 4)
    assert asked(ann, table.pk, "price", skip=4)["entries"][0]["cells"] == [
        ["price", None, "12.00"]
    ]


def test_what_the_pencil_of_another_package_wrote_stays(ann: Any, bea: Any, table: Article) -> None:
    table._history_user = bea  # type: ignore[attr-defined]
    with actors.acting_as(ann):
        table.price = 20
        table.save()
    assert asked(ann, table.pk)["entries"][0]["by"]["name"] == "Bea"


async def test_over_the_socket(ann: Any, table: Article) -> None:
    async with LiveSheetCommunicator("article", ann) as sheet:
        await sheet.edit(table.pk, "price", "13.00", base="12.00")
        answer = await sheet.ask("history", pk=str(table.pk), column="price")
        newest = answer["result"]["entries"][0]
        assert (newest["by"]["name"], newest["cells"]) == ("Ann", [["price", "12.00", "13.00"]])
        refused = await sheet.ask("history", pk="4711")
        assert refused["error"]["code"] == "not_found"
