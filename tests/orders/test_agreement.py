"""A view shows the same rows in the same order, whether the widget or the database makes it.

Random rows, random views; where the two differ on purpose, the reason stands beside it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from livesheet.consumers import LiveSheetConsumer
from livesheet.orders.view import read_view
from livesheet.orders.viewquery import ViewQuery
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from tests.app.models import Product, Sample, Supplier, Tag
from tests.orders.widget import arranged

pytestmark = pytest.mark.django_db

# Letters, accents, numbers inside words, signs of patterns. Where a language has an order of its
# own, and for signs beyond ASCII, the order is the browser's language's there and Unicode's here.
ALPHABET = "aAbBzZ 019_%-.\\'éÉüßñøЖжλ"
if connection.vendor == "mysql":
    # MariaDB orders signs in a way of its own, and takes ø for o and ß for ss where it searches.
    ALPHABET = "aAbBzZ019éÉüñЖжλ"
TEXTS = st.text(ALPHABET, max_size=6).filter(lambda text: text == text.strip())
MOMENTS = st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))
# A browser knows no integer beyond 2**53 exactly, and sorts and filters as if it were rounded.
SAFE = st.integers(-(2**53), 2**53)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Few different ones, so that some rows have the same."""
    return st.none() | values


SAMPLES = st.fixed_dictionaries(
    {
        "char": TEXTS,
        "text": TEXTS,
        "email": TEXTS,
        "slug": TEXTS,
        "uuid": some(st.sampled_from([uuid.UUID(int=n) for n in (7, 2**127, 2**127 + 7)])),
        "ip": some(st.sampled_from(["10.0.0.9", "10.0.0.10", "192.168.1.1"])),
        "small": some(st.integers(-3, 3)),
        "integer": some(st.integers(-(2**31), 2**31 - 1) | st.integers(-3, 3)),
        "big": some(SAFE),
        "floating": some(st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda f: f + 0.0)),
        "decimal": some(st.decimals(-(10**9), 10**9, places=4)),
        "boolean": st.booleans(),
        "maybe": some(st.booleans()),
        "date": some(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))),
        "time": some(st.times()),
        "moment": some(MOMENTS),
        "duration": some(st.timedeltas(dt.timedelta(-50), dt.timedelta(50))),
        "choice": some(st.sampled_from([1, 2, 3])),
    }
)

TEXT_KINDS = ["contains", "lacks", "starts", "equals", "not"]
LIMIT_KINDS = ["lt", "lte", "gt", "gte", "equals", "not"]
TEXT_TYPES = {"text", "longtext", "email", "url", "choice", "related", "other"}
LIMITED = {"integer", "decimal", "float", "date", "time", "datetime", "duration"}


class Samples(LiveSheetConsumer):
    abstract = True
    model = Sample
    sheet_name = "agreeing-samples"
    ordering = ["-id"]
    fields = [
        "char", "text", "email", "slug", "uuid", "ip", "small", "integer", "big", "floating",
        "decimal", "boolean", "maybe", "date", "time", "moment", "duration", "choice",
    ]  # fmt: skip


class Products(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "agreeing-products"
    fields = ["name", "unit", "supplier", "tags", "worth", "tagged"]

    def get_queryset(self) -> Any:
        # Doubled, which is exact for SQLite as well: it computes decimals in floating point.
        return Product.objects.annotate(worth=F("price") * 2, tagged=Count("tags"))

    def get_related_queryset(self, field: str) -> Any:
        return super().get_related_queryset(field).exclude(name="hidden")


@st.composite
def conditions(draw: Any, sheet: Sheet, rows: list[list[Any]]) -> dict[str, Any]:
    place = draw(st.integers(0, len(sheet.columns) - 1))
    column = sheet.columns[place]
    held = [row[place + 1] for row in rows if row[place + 1] not in (None, "", [])]
    flat = [one for value in held for one in (value if isinstance(value, list) else [value])]
    kinds = ["empty", "filled"]
    values = st.sampled_from([wire_text(one) for one in flat] or ["1"])
    if column.type not in ("datetime", "date", "time", "duration"):
        kinds += ["in", "out"]
    if column.type in TEXT_TYPES:
        kinds += TEXT_KINDS
        values |= TEXTS.filter(bool)
    if column.type in LIMITED and flat:
        kinds += [*LIMIT_KINDS, "range"]
    if column.type != "related_many" and column.attname:
        kinds += ["repeated"]
    kind = draw(st.sampled_from(kinds))
    asked: dict[str, Any] = {"column": column.name, "kind": kind}
    if kind in ("in", "out"):
        asked["values"] = draw(st.lists(values | st.just(""), min_size=1, max_size=3))
    elif kind == "range":
        asked |= {"from": draw(values | st.just("")), "to": draw(values | st.just(""))}
    elif kind in (*TEXT_KINDS, *LIMIT_KINDS):
        asked["text"] = draw(values)
    return asked


def wire_text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


@st.composite
def views(draw: Any, sheet: Sheet, rows: list[list[Any]]) -> dict[str, Any]:
    condition = conditions(sheet, rows)
    entry = condition | st.builds(
        lambda parts: {"any": parts}, st.lists(condition, min_size=2, max_size=3)
    )
    names = [column.name for column in sheet.columns if column.type != "related_many"]
    sort = st.builds(
        lambda name, down: {"column": name, "descending": down},
        st.sampled_from(names),
        st.booleans(),
    )
    return {
        "sorts": draw(st.lists(sort, max_size=3)),
        "filters": draw(st.lists(entry, max_size=2)),
    }


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def agree(sheet: Sheet, data: Any) -> None:
    rows = [row for chunk in RowReader(sheet).chunks(sheet.ordered_rows(), 1_000) for row in chunk]
    asked = data.draw(st.lists(views(sheet, rows), min_size=10, max_size=30))
    expected = arranged(sheet, asked)
    for view, keys in zip(asked, expected, strict=True):
        found = ViewQuery(sheet).rows(read_view(view)).values_list("pk", flat=True)
        assert [str(pk) for pk in found] == keys, explained(sheet, view, rows)


def explained(sheet: Sheet, view: dict[str, Any], rows: list[list[Any]]) -> str:
    """The view, and what its columns hold."""
    names = [column.name for column in sheet.columns]
    shown = [name for name in names if f"'{name}'" in str(view)]
    held = [[row[0], *(row[names.index(name) + 1] for name in shown)] for row in rows]
    return f"{view}\n{shown}\n" + "\n".join(map(str, held))


agreeing = settings(
    deadline=None,
    max_examples=10,
    phases=[Phase.reuse, Phase.generate],  # to make a failure smaller takes minutes
    suppress_health_check=list(HealthCheck),
)


@agreeing
@given(samples=st.lists(SAMPLES, max_size=12), data=st.data())
def test_values_of_every_kind(samples: list[dict[str, Any]], data: Any) -> None:
    with undone():
        Sample.objects.bulk_create(Sample(**values) for values in samples)
        agree(Samples(None), data)


PRODUCTS = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "unit": st.sampled_from(["piece", "kg", "", "crate"]),
        "price": st.decimals(0, 99, places=2),
        "stock": st.integers(-3, 3),
        "supplier": st.none() | st.integers(0, 4),
        "tags": st.sets(st.integers(0, 4), max_size=3),
    }
)


@agreeing
@given(
    products=st.lists(PRODUCTS, max_size=12),
    names=st.lists(TEXTS.filter(bool), min_size=4, max_size=4, unique_by=str.lower),
    data=st.data(),
)
def test_relations_choices_and_annotations(
    products: list[dict[str, Any]], names: list[str], data: Any
) -> None:
    with undone():
        every = [*names, "hidden"]
        suppliers = [Supplier.objects.create(name=name) for name in every]
        tags = [Tag.objects.create(name=name) for name in every]
        for values in products:
            given = {**values, "supplier": None}
            held = [tags[n] for n in given.pop("tags")]
            if values["supplier"] is not None:
                given["supplier"] = suppliers[values["supplier"]]
            Product.objects.create(**given).tags.set(held)
        agree(Products(None), data)
