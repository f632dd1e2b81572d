"""The row with one key is asked for by a statement that is built once, and is the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections, models, transaction
from django.db.models import F

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet import kept_rows
from livesheet.sheet.cells import BROKEN_CELL
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.rows import RowReader
from tests.app.models import Chest, Note, Product, Tag

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was built of statements since; the connection keeps none at first."""
    vars(connections["default"]).pop(kept_rows.KEPT, None)
    found: list[Any] = []
    real = kept_rows._Kept

    def counted(*about: Any) -> Any:
        found.append(about)
        return real(*about)

    monkeypatch.setattr(kept_rows, "_Kept", counted)
    return found


@pytest.fixture
def declared() -> Iterator[Any]:
    """Declares sheets that the test forgets again: `declared(Product, fields=[…], …)`."""
    made: list[type[Sheet]] = []

    def declare(model: type[models.Model], **body: Any) -> Sheet:
        body = {"model": model, "sheet_name": f"t{len(made)}", **body}
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1](None)

    yield declare
    for sheet in made:
        unregister(sheet)


def test_it_is_built_once_and_finds_what_is_there_now(declared: Any, built: list[Any]) -> None:
    sheet = declared(Product, fields=["name", "price", "tags"])
    one, two = (Product.objects.create(name=name, price="1.50") for name in "ab")
    two.tags.add(Tag.objects.create(name="t"))
    reader, pks = RowReader(sheet), [str(one.pk), str(two.pk)]
    both = reader.read(pks)
    assert built == []
    assert [reader.read([pk])[pk] for pk in pks] == [both[pk] for pk in pks]
    Product.objects.filter(pk=one.pk).update(name="c")
    assert RowReader(sheet).read(pks[:1])[pks[0]][1] == "c"
    one.delete()
    assert RowReader(sheet).read(pks[:1]) == {}
    assert len(built) == 1


def test_other_columns_and_models_have_their_own(declared: Any, built: list[Any]) -> None:
    product = Product.objects.create(name="a", stock=4)
    Note.objects.create(key="é", text="n")
    for fields in (["name", "stock"], ["stock"], ["stock", "name"]):
        (row,) = RowReader(declared(Product, fields=fields)).read([str(product.pk)]).values()
        assert row[1:] == [getattr(product, name) for name in fields]
    assert RowReader(declared(Note, fields=["text"])).read(["é"]) == {"é": ["é", "n"]}
    assert len(built) == 4


NARROWED: dict[str, Any] = {
    "filter": lambda self: Product.objects.filter(stock__gte=self.params.get("least", 0)),
    "annotation": lambda self: Product.objects.annotate(double=F("stock") * 2),
    "distinct": lambda self: Product.objects.distinct(),
    "deferred": lambda self: Product.objects.defer("name"),
    "class": lambda self: type("Own", (models.QuerySet,), {})(Product),
}


@pytest.mark.parametrize("how", NARROWED)
def test_only_all_rows_by_django_s_own_means(declared: Any, built: list[Any], how: str) -> None:
    sheet = declared(Product, fields=["name"], get_queryset=NARROWED[how])
    product = Product.objects.create(name="a")
    assert RowReader(sheet).read([str(product.pk)]) == {str(product.pk): [str(product.pk), "a"]}
    assert built == []


def test_a_row_that_goes_out_of_sight_between_two_readings(declared: Any) -> None:
    limit = [0]
    sheet = declared(
        Product,
        fields=["name"],
        get_queryset=lambda self: (
            Product.objects.filter(stock__gte=limit[0]) if limit[0] else Product.objects.all()
        ),
    )
    product = Product.objects.create(name="a")
    assert RowReader(sheet).read([str(product.pk)]) != {}
    limit[0] = 5
    assert RowReader(sheet).read([str(product.pk)]) == {}


def test_a_value_that_cannot_be_read(declared: Any, built: list[Any]) -> None:
    sheet = declared(Chest, fields=["name", "data"])
    chest = Chest.objects.create(name="a", data=1)
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET check_constraint_checks = 0")
        deep = "[" * 900 + "]" * 900
        cursor.execute("UPDATE app_chest SET data = %s WHERE id = %s", [deep, chest.pk])
        if connection.vendor == "mysql":
            cursor.execute("SET check_constraint_checks = 1")
    (row,) = RowReader(sheet).read([str(chest.pk)]).values()
    assert row[1:] == ["a", BROKEN_CELL]


def test_a_value_at_which_the_driver_gives_up(
    declared: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it is found out which one it is, by other means."""

    def fails(self: Any, key: Any) -> Any:
        self._rows._iterable_class = broken
        return real(self, key)

    def broken(rows: Any) -> Any:
        raise ValueError("year is out of range")

    real = kept_rows._Kept.rows
    monkeypatch.setattr(kept_rows._Kept, "rows", fails)
    sheet = declared(Product, fields=["name"])
    product = Product.objects.create(name="a")
    assert RowReader(sheet).read([str(product.pk)]) == {str(product.pk): [str(product.pk), "a"]}


def test_not_more_are_kept_than_so_many(
    declared: Any, built: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_rows, "MOST", 2)
    product = Product.objects.create(name="a")
    for fields in (["name"], ["stock"], ["price"], ["name"]):
        RowReader(declared(Product, fields=fields)).read([str(product.pk)])
    assert len(vars(connections["default"])[kept_rows.KEPT]) == 2
    assert len(built) == 4


def test_a_lock_is_a_lock_each_time(built: list[Any]) -> None:
    """Outside of a transaction it is none, which Django says when it builds the statement."""
    note = Note.objects.create(key=str(uuid.UUID(int=7)), text="a")

    def build(keys: list[Any]) -> Any:
        return Note.objects.select_for_update().filter(pk__in=keys)

    for text in ("a", "b"):
        Note.objects.update(text=text)
        with transaction.atomic():
            (found,) = kept_rows.found("default", Note, "lock", note.pk, build)
        assert found.text == text
    assert len(built) == 1
