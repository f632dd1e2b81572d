"""Page after page of other people's models: each row once, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Case, F, Value, When
from django.db.models.functions import Lower
from djmoney.money import Money
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.orders import keysets
from livesheet.sheet.declaration import unregister
from tests.existing.site.models.countries import Trip
from tests.existing.site.models.money import Invoice
from tests.existing.site.models.orders import (
    OrderedFirst,
    SafeFirst,
    TranslatedFirst,
    TreeFirst,
)
from tests.existing.site.models.phones import Contact
from tests.existing.site.models.tags import Post
from tests.existing.site.models.trees import Genre, Place
from tests.existing.site.models.versions import Deed
from tests.existing.site.models.walks import Maker, Part
from tests.walking import walked

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["b", "a", "B", "ä", "a", "", "c", "b"]


def of_trips() -> None:
    for n, name in enumerate(NAMES):
        Trip.objects.create(name=name, start=["", "DE", "FR"][n % 3], through=["DE", "AT"][: n % 3])


def of_invoices() -> None:
    for n, name in enumerate(NAMES):
        tip = Money(Decimal(n) / 8, "EUR") if n % 3 else None
        total = Money(Decimal(n % 4) / 10, ["EUR", "USD"][n % 2])
        Invoice.objects.create(name=name, total=total, tip=tip)


def of_contacts() -> None:
    for n, name in enumerate(NAMES):
        Contact.objects.create(name=name, phone=["", "+4930123456", "+4989987654"][n % 3])


def of_posts() -> None:
    for name in NAMES:
        Post.objects.create(name=name).tags.add("red", "blue")


def of_parts() -> None:
    makers = [None, *(Maker.objects.create(name=name) for name in ("a", "B", None, "b"))]
    for n, name in enumerate(NAMES):
        other = [None, 12, 7][n % 3]
        Part.objects.create(code=(n * 37) % 101, other=other, name=name, maker=makers[n % 5])


def of_genres() -> None:
    for model in (Genre, TreeFirst):
        parents: list[Any] = [None]
        for name in NAMES:
            parents.append(
                model.objects.create(name=name, parent=parents[len(name) % len(parents)])
            )


def of_places() -> None:
    root = Place.objects.add_root({"name": "world"})
    for name in NAMES:
        Place.objects.add_child(Place.objects.get(pk=root.pk), {"name": name})


def named(model: Any) -> Any:
    def make() -> None:
        for name in NAMES:
            model(name=name).save()

    return make


def of_deleted(model: Any) -> Any:
    def make() -> None:
        named(model)()
        (model.all_objects if hasattr(model, "all_objects") else model.objects).first().delete()

    return make


WALKS: list[tuple[Any, Any, Any]] = [
    *((Trip, of_trips, order) for order in ([], ["start"], ["-start", "name"], ["through"])),
    *((Invoice, of_invoices, o) for o in (["total"], ["-tip"], ["total_currency", "-total"])),
    (Invoice, of_invoices, [F("tip").asc(nulls_first=True)]),
    (Invoice, of_invoices, [F("total") + F("tip")]),
    *((Contact, of_contacts, order) for order in (["phone"], ["-phone", "name"])),
    *((Post, of_posts, order) for order in ([], [Lower("name")])),
    *((Part, of_parts, order) for order in ([], ["-code"], ["other"], ["-other", "-name"])),
    *((Part, of_parts, o) for o in (["maker"], ["-maker"], ["maker_id"], ["-maker__name"])),
    *((Part, of_parts, order) for order in (["modified"], ["maker", "-created"])),
    (Part, of_parts, [F("maker").desc(nulls_last=True)]),
    (Part, of_parts, [F("maker__name").asc(nulls_first=True), "-pk"]),
    (Part, of_parts, [Case(When(maker__name="a", then=Value(1)), default=Value(2))]),
    (Part.history.model, of_parts, []),
    (Part.history.model, of_parts, ["-code"]),
    *((Genre, of_genres, o) for o in ([], ["tree_id", "lft"], ["parent"], ["-parent__parent"])),
    *((TreeFirst, of_genres, order) for order in ([], ["-level", "parent__name"])),
    *((Place, of_places, order) for order in ([], ["-path"], ["depth", "-name"])),
    *((OrderedFirst, named(OrderedFirst), order) for order in ([], ["-order"])),
    *((TranslatedFirst, named(TranslatedFirst), order) for order in (["name"], ["-name"])),
    *((Deed, named(Deed), order) for order in ([], ["-name"])),
    *((SafeFirst, of_deleted(SafeFirst), order) for order in ([], ["name"], ["-deleted"])),
]  # fmt: skip


@contextmanager
def sheet(model: Any, ordering: Any, **more: Any) -> Iterator[Any]:
    body = {"model": model, "sheet_name": "walked", "fields": ["name"], **more}
    if ordering:
        body["ordering"] = ordering
    made: Any = type("Walked", (LiveSheetConsumer,), body)
    yield made
    unregister(made)


@pytest.mark.parametrize(
    ("model", "make", "ordering"), WALKS, ids=[f"{m.__name__}-{o}" for m, _, o in WALKS]
)
def test_each_row_once_in_the_order_of_the_list(
    ann: Any, model: Any, make: Any, ordering: Any
) -> None:
    api = APIClient()
    api.force_login(ann)
    make()
    with sheet(model, ordering) as made:
        listed = [row["pk"] for row in api.get("/sheets/walked/?page_size=1000").data["results"]]
        assert len(listed) >= len(NAMES) - 1
        assert sorted(listed) == sorted(str(row.pk) for row in made(ann).rows())
        assert walked(api, "/sheets/walked/", 1) == walked(api, "/sheets/walked/", 3) == listed
        keyset = keysets.Keyset(made(ann).ordered_rows())
        places = [keyset.place_of_key(pk) for pk in listed]
        for start, end in ((0, 3), (2, 6), (4, len(listed) - 1)):
            found = [str(row.pk) for row in keyset.between(places[start], places[end])]
            assert found == listed[start + 1 : end + 1]
