"""Deleting is what it is without us, and is seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.deletion import Collector, ProtectedError
from django.test.utils import CaptureQueriesContext

from livesheet.models import Change
from tests.app.models import (
    Box,
    Call,
    Ferry,
    Note,
    Part,
    Plant,
    Port,
    Product,
    Shelf,
    Supplier,
    Tree,
)

pytestmark = pytest.mark.django_db(transaction=True)


def logged() -> list[tuple[str, str, list[str]]]:
    rows = Change.objects.order_by("id").values_list("model", "kind", "pks")
    return [(model, kind, json.loads(pks)) for model, kind, pks in rows]


def test_a_protected_row_that_a_view_catches_leaves_its_transaction() -> None:
    shelf = Shelf.objects.create(name="a")
    Box.objects.create(shelf=shelf)
    with transaction.atomic():
        Note.objects.create(key="before")
        with pytest.raises(ProtectedError):
            shelf.delete()
        with pytest.raises(ProtectedError):
            Shelf.objects.all().delete()
        Note.objects.create(key="after")
    assert Note.objects.count() == 2


def test_a_fast_deletion_stays_fast() -> None:
    notes = Note.objects.bulk_create(Note(key=key) for key in "abc")
    with CaptureQueriesContext(connection) as queries:
        Note.objects.all().delete()
    deletions = [q["sql"] for q in queries if q["sql"].startswith("DELETE")]
    assert len(deletions) == 1
    assert "'a'" not in deletions[0]
    assert logged()[-1] == ("app.note", "delete", [note.key for note in notes])


def test_rows_whose_reference_is_set_to_nothing_are_written() -> None:
    supplier = Supplier.objects.create(name="a")
    product = Product.objects.create(name="a", supplier=supplier)
    Change.objects.all().delete()
    key = str(supplier.pk)
    supplier.delete()
    assert sorted(logged()) == [
        ("app.product", "save", [str(product.pk)]),
        ("app.supplier", "delete", [key]),
    ]


def set_nothing(collector: Any, field: Any, rows: Any, _using: str) -> None:
    """As a project may write it. Django loads the rows first, which it does not for SET_NULL."""
    collector.add_field_update(field, None, rows)


@pytest.mark.parametrize("turned", [False, True])
def test_only_rows_of_live_models_whose_reference_is_set_are_named(
    monkeypatch: pytest.MonkeyPatch, turned: bool
) -> None:
    """A call refers to its port as a ferry does, but no sheet can show calls."""
    for model, name in ((Ferry, "home"), (Call, "after")):
        monkeypatch.setattr(model._meta.get_field(name).remote_field, "on_delete", set_nothing)
    port, other = Port.objects.create(code="a"), Port.objects.create(code="b")
    ferry = Ferry.objects.create(number="1", home=port)
    Call.objects.create(ferry=ferry, port=other, after=port, berth=1)
    Change.objects.all().delete()
    expected = [
        ("app.ferry", "save", [str(ferry.pk)]),
        ("app.port", "delete", [str(port.pk)]),
    ]
    collector = Collector("default")
    collector.collect([port])
    assert {field.model for field, _value in collector.field_updates} == {Ferry, Call}
    if turned:  # whichever Django looks at first
        updates: Any = dict(reversed(collector.field_updates.items()))
        collector.field_updates = updates
    collector.delete()
    assert set(Call.objects.values_list("after", flat=True)) == {None}
    assert sorted(logged()) == expected
    assert Change.objects.get(model="app.ferry").fields == '["home"]'


def test_a_cascade_of_the_collector_is_one_change() -> None:
    top = Part.objects.create(name="top")
    low = Part.objects.create(name="low", parent=top)
    Change.objects.all().delete()
    keys = {str(top.pk), str(low.pk)}
    Part.objects.filter(name="top").delete()
    ((model, kind, gone),) = logged()
    assert (model, kind, set(gone)) == ("app.part", "delete", keys)


def test_a_parent_may_stay() -> None:
    tree = Tree.objects.create(name="oak")
    tree.delete(keep_parents=True)
    assert Plant.objects.count() == 1
    assert logged()[-1][:2] == ("app.plant", "delete")


def test_more_rows_than_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from livesheet.log import querysets

    monkeypatch.setattr(querysets, "PKS_BEFORE_RESYNC", 2)
    Note.objects.bulk_create(Note(key=key) for key in "abc")
    rows: Any = Note.objects.all()
    rows._raw_delete(rows.db)
    assert logged()[-1] == ("app.note", "resync", [])
    assert not Note.objects.exists()
