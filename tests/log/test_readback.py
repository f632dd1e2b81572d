"""A bulk_create names the rows that it wrote, also those that it did not make."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import CheckConstraint, Q, UniqueConstraint, Value
from django.db.models.functions import Lower

from livesheet.log import readback
from livesheet.models import Change
from tests.app.models import Note, Part, Supplier, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


def newest() -> tuple[str, str, set[str]]:
    model, kind, pks = Change.objects.order_by("-id").values_list("model", "kind", "pks")[0]
    return model, kind, set(json.loads(pks))


def by(*names: str) -> dict[str, Any]:
    """MySQL and MariaDB have no way to say by which fields."""
    return {} if connection.vendor == "mysql" else {"unique_fields": names}


def test_the_row_that_was_updated_in_place_of_a_new_one_is_named() -> None:
    old = Ticket.objects.create(number=1, text="old")
    made = [Ticket(number=1, text="new"), Ticket(number=2)]
    Ticket.objects.bulk_create(made, update_conflicts=True, update_fields=["text"], **by("number"))
    old.refresh_from_db()
    assert old.text == "new"
    second = Ticket.objects.get(number=2)
    assert newest() == ("app.ticket", "save", {str(old.pk), str(second.pk)})


def test_a_row_updated_by_its_key_is_named() -> None:
    old = Ticket.objects.create(number=1, text="old")
    Ticket.objects.bulk_create(
        [Ticket(pk=old.pk, number=1, text="new")],
        update_conflicts=True,
        update_fields=["text"],
        **by("pk"),
    )
    assert newest() == ("app.ticket", "save", {str(old.pk)})


def test_rows_whose_conflicts_are_ignored_are_found_by_what_is_unique() -> None:
    there = Supplier.objects.create(name="there")
    Supplier.objects.bulk_create(
        [Supplier(name="there"), Supplier(name="new")], ignore_conflicts=True
    )
    new = Supplier.objects.get(name="new")
    assert newest() == ("app.supplier", "add", {str(there.pk), str(new.pk)})


def test_many_are_found_a_few_at_a_time_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readback, "AT_ONCE", 2)
    Supplier.objects.create(name="another")
    made = [Supplier(name=f"new {n}") for n in range(5)]
    Supplier.objects.bulk_create(made, ignore_conflicts=True)
    found = Supplier.objects.filter(name__startswith="new").values_list("pk", flat=True)
    assert newest() == ("app.supplier", "add", set(map(str, found)))


def test_where_nothing_is_unique_no_row_is_named() -> None:
    Part.objects.bulk_create([Part(name="new")], ignore_conflicts=True)
    assert newest() == ("app.part", "resync", set())


def test_a_value_that_the_database_makes_finds_no_row() -> None:
    Supplier.objects.bulk_create([Supplier(name=Lower(Value("A")))], ignore_conflicts=True)
    assert newest() == ("app.supplier", "resync", set())
    Note.objects.bulk_create([Note(key="a")], ignore_conflicts=True)
    assert newest() == ("app.note", "add", {"a"})


@pytest.mark.parametrize("has", [True, False])
def test_where_it_is_not_said_what_conflicts_it_may_be_an_expression(
    monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    there = Ticket.objects.create(number=1)
    monkeypatch.setattr(readback, "_has_expressions", lambda model: has)

    def keys(unique: list[str] | None) -> list[Any] | None:
        new = [Ticket(number=1)]
        return readback.keys(Ticket, new, "default", updated=True, unique=unique)

    assert keys(["number"]) == [there.pk]
    assert keys(None) == (None if has else [there.pk])


@pytest.mark.parametrize(
    ("constraint", "has"),
    [
        (UniqueConstraint(Lower("name"), name="a"), True),
        (UniqueConstraint(fields=["name"], condition=Q(stock=0), name="b"), True),
        (UniqueConstraint(fields=["name", "stock"], name="c"), False),
        (CheckConstraint(condition=Q(stock=0), name="d"), False),
    ],
)
def test_what_conflicts_by_more_than_values_of_fields(constraint: Any, has: bool) -> None:
    model: Any = SimpleNamespace(_meta=SimpleNamespace(constraints=[constraint]))
    assert readback._has_expressions(model) is has
