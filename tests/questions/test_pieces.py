"""Rows of a view piece by piece, and what a stretch of them adds up to."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.questions.pieces import rows
from livesheet.questions.questions import ABOUT
from livesheet.questions.summaries import sums, values
from livesheet.sheet.declaration import Sheet, unregister
from tests.app.models import Product, Supplier, Tag

pytestmark = pytest.mark.django_db(transaction=True)

BY_STOCK = {"sorts": [{"column": "stock", "descending": True}]}


@pytest.fixture
def goods() -> Iterator[type[LiveSheetConsumer]]:
    class Goods(LiveSheetConsumer):
        model = Product
        sheet_name = "goods-in-pieces"
        fields = ["name", "stock", "supplier", "tags"]
        ordering = ["name"]

        def get_queryset(self) -> models.QuerySet[Any]:
            return Product.objects.exclude(owner="hidden")

    yield Goods
    unregister(Goods)


@pytest.fixture
def sheet(goods: type[Sheet]) -> Sheet:
    """Ten rows whose stock is 0, 1, 2, 0, … and among them five that are hidden."""
    nord = Supplier.objects.create(name="Nord")
    for n in range(10):
        Product.objects.create(name=f"n{n}", stock=n % 3, supplier=nord)
        if n % 2:
            Product.objects.create(name=f"n{n}", stock=n % 3, owner="hidden")
    return goods(None)


def named(name: str) -> str:
    return str(Product.objects.exclude(owner="hidden").get(name=name).pk)


def all_of(sheet: Sheet, **query: Any) -> list[str]:
    """The names, from all pieces together."""
    found, cursor, pieces = [], None, 0
    while cursor or not pieces:
        piece = rows(sheet, {**query, "cursor": cursor})
        found += [row[1] for row in piece["rows"]]
        cursor, pieces = piece["next"], pieces + 1
        assert pieces < 20
    return found


def test_pieces_together_are_the_view(sheet: Sheet) -> None:
    assert all_of(sheet) == [f"n{n}" for n in range(10)]
    expected = ["n2", "n5", "n8", "n1", "n4", "n7", "n0", "n3", "n6", "n9"]
    for most in (1, 3, 5, 10):
        assert all_of(sheet, view=BY_STOCK, rows=most) == expected
    assert all_of(sheet, search="n4") == ["n4"]
    (label,) = rows(sheet, {"rows": 1})["labels"]["supplier"].values()
    assert label == "Nord"


@pytest.mark.parametrize("most", [2, 500])
def test_a_stretch_has_both_its_ends_whichever_comes_first(sheet: Sheet, most: int) -> None:
    ends = [named("n5"), named("n0")]
    expected = ["n5", "n8", "n1", "n4", "n7", "n0"]
    for between in (ends, ends[::-1]):
        assert all_of(sheet, view=BY_STOCK, between=between, rows=most) == expected
        found = sums(sheet, {"view": BY_STOCK, "between": between, "columns": {"stock": ["sum"]}})
        assert found == {"count": 6, "columns": {"stock": {"sum": "7"}}}
    assert all_of(sheet, view=BY_STOCK, between=[None, ends[0]], rows=most) == ["n2", "n5"]
    assert all_of(sheet, view=BY_STOCK, between=[named("n6"), None], rows=most) == ["n6", "n9"]
    counted = values(sheet, {"column": "stock", "view": BY_STOCK, "between": [named("n4"), None]})
    assert counted["values"] == [["0", 4], ["1", 2]]


def test_a_row_that_is_not_there_is_no_end(sheet: Sheet) -> None:
    hidden = Product.objects.filter(owner="hidden").first()
    for pk in (str(hidden.pk), "999999", "x"):  # type: ignore[union-attr]
        with pytest.raises(LiveSheetError) as found:
            rows(sheet, {"between": [pk, None]})
        assert found.value.code == "not_found"
    for strange in ("x", ["1"], [1, None]):
        with pytest.raises(LiveSheetError, match="Expected"):
            sums(sheet, {"between": strange})


def test_a_cursor_is_good_for_its_view_alone(sheet: Sheet) -> None:
    # Two letters alone would come about by chance in one of a hundred cursors.
    Product.objects.filter(name="n1").update(name="n1, by name")
    cursor = rows(sheet, {"rows": 2})["next"]
    assert cursor is not None
    assert b"by name" not in urlsafe_b64decode(cursor + "==")
    for query in ({"cursor": "x"}, {"cursor": 7}, {"cursor": cursor, "view": BY_STOCK}):
        with pytest.raises(LiveSheetError, match="The cursor is of other rows"):
            rows(sheet, query)
    with pytest.raises(LiveSheetError, match="from 1 to 500"):
        rows(sheet, {"rows": 501})


def test_many_members_are_counted_in_parts(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livesheet.orders.summaries.MOST_VALUES", 2)
    tags = [Tag.objects.create(name=f"t{n}") for n in range(5)]
    for n, product in enumerate(Product.objects.exclude(owner="hidden").order_by("name")[:8]):
        product.tags.set(tags[: 1 + n % 5])
    found: list[Any] = []
    for skip in (0, 2, 4):
        part = values(sheet, {"column": "tags", "skip": skip})
        assert part["more"] == (skip < 4)
        found += part["values"]
    assert found == [
        ["", 2],
        *([str(tag.pk), count] for tag, count in zip(tags, [8, 6, 4, 2, 1], strict=True)),
    ]


# --- hidden columns --------------------------------------------------------------------------


def filtered(name: str) -> dict[str, Any]:
    return {"view": {"filters": [{"column": name, "kind": "filled"}]}}


ASKED: dict[str, tuple[str, Any]] = {
    "values": ("values", lambda name: {"column": name}),
    "sums": ("sums", lambda name: {"columns": {name: ["filled"]}}),
    "groups": ("groups", lambda name: {"by": [name]}),
    "rows sorted": ("rows", lambda name: {"view": {"sorts": [{"column": name}]}}),
    **{
        f"{about} filtered": (about, filtered)
        for about in ("values", "sums", "groups", "rows", "find", "found")
    },
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_hidden_column_is_asked_for_as_one_that_does_not_exist(sheet: Sheet, asked: str) -> None:
    """`owner`, by which rows are hidden, is a field of the model and no column."""
    about, query = ASKED[asked]
    said = []
    for name in ("owner", "nobody"):
        with pytest.raises(LiveSheetError) as found:
            ABOUT[about](sheet, {"column": "stock", "by": ["stock"], "text": "n", **query(name)})
        said.append((found.value.code, str(found.value.detail).replace(name, "…")))
    assert said[0] == said[1]
    assert said[0][1].startswith("There is no column")
