"""The groups of a large sheet are those that the widget makes of a small one."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from livesheet.consumers import LiveSheetConsumer
from livesheet.exceptions import LiveSheetError
from livesheet.orders import anchors, order
from livesheet.orders.order import Listed, Ordered
from livesheet.orders.view import read_view
from livesheet.questions import summaries as questions
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from tests.app.models import Product, Sample, Supplier, Tag
from tests.orders.test_agreement import (
    PRODUCTS,
    SAMPLES,
    TEXTS,
    Samples,
    agreeing,
    explained,
    undone,
)
from tests.orders.test_anchors import made
from tests.orders.widget import arranged

pytestmark = pytest.mark.django_db

ZONE = "Europe/Berlin"
# Santiago's clocks change at midnight: a day begins at one, and another's last hour comes twice.
ZONES = [ZONE, "America/Santiago", "Australia/Lord_Howe", "UTC"]
# When the clocks change in these zones; some of them are on another day there.
MOMENTS = st.one_of(
    st.datetimes(day, day + dt.timedelta(hours=32), timezones=st.just(dt.UTC))
    for day in (
        dt.datetime(2026, 3, 28, 20),
        dt.datetime(2026, 4, 4, 10),
        dt.datetime(2026, 9, 5, 20),
        dt.datetime(2026, 10, 24, 20),
    )
)
GROUPED = st.tuples(SAMPLES, st.none() | MOMENTS).map(lambda two: {**two[0], "moment": two[1]})


@st.composite
def groupings(draw: Any, sheet: Sheet, names: list[str]) -> dict[str, Any]:
    by = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    sort = {"column": draw(st.sampled_from(names)), "descending": draw(st.booleans())}
    whats = st.sampled_from(["count", "filled", "distinct"])
    total = st.fixed_dictionaries({"column": st.sampled_from(names), "what": whats})
    groups = [{"column": name, "descending": draw(st.booleans())} for name in by]
    return {
        "groups": [{**one, **draw(st.just({}) | total.map(_by))} for one in groups],
        "sorts": draw(st.sampled_from([[], [sort]])),
    }


def _by(total: dict[str, str]) -> dict[str, Any]:
    return {"by": total}


def asked_of_server(
    view: dict[str, Any], headings: Any, closed: list[list[Any]], zone: str
) -> dict[str, Any]:
    """As the widget asks: if any groups are sorted by a total, it names all of them."""
    is_by_total = any("by" in one for one in view["groups"])
    by = [
        {"column": one["column"], "descending": "by" not in one and one["descending"]}
        for one in view["groups"]
    ]
    first = [values for values, _count in headings] if is_by_total else []
    grouped = {"by": by, "closed": closed, "first": first, "zone": zone}
    return {"sorts": view["sorts"], "grouped": grouped}


def entries(listed: Listed, levels: int) -> list[Any]:
    """The rows, and before the first of each group its values, unless that is on another page."""
    starts = dict(listed.starts[1:] if listed.within == levels else listed.starts)
    rows = enumerate(listed.pks)
    return [one for at, pk in rows for one in ([starts[at], pk] if at in starts else [pk])]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block has three rows."""
    for module in (anchors, order):
        monkeypatch.setattr(module, "STRIDE", 3)


def in_blocks(sheet: Sheet, view: dict[str, Any]) -> list[Any]:
    known, ordered = made(sheet, read_view(view))
    levels = len(view["grouped"]["by"])
    blocks = [ordered.keys(known, n, n, 1_000) for n in range(len(known.anchors) + 1)]
    for former, block in pairwise(blocks):
        one, other = former.starts[-1][1], block.starts[0][1] if block.starts else []
        same = [a == b for a, b in zip(one, other, strict=False)]
        assert block.within == (same.index(False) if False in same else len(same))
    return [one for block in blocks for one in entries(block, levels)]


def agree(sheet: Sheet, data: Any) -> None:
    rows = [row for chunk in RowReader(sheet).chunks(sheet.ordered_rows(), 1_000) for row in chunk]
    names = [column.name for column in sheet.columns if can_be_grouped_by(column)]
    views = data.draw(st.lists(groupings(sheet, names), min_size=5, max_size=12))
    zone = data.draw(st.sampled_from(ZONES))
    for view, expected in zip(views, arranged(sheet, views, zone), strict=True):
        headings = [entry for entry in expected if isinstance(entry, list)]
        closed = data.draw(st.lists(st.sampled_from(headings), max_size=2)) if headings else []
        shut = [values for values, _count in closed]
        asked = asked_of_server(view, headings, shut, zone)
        held = without(expected, shut, len(view["groups"]))
        found = entries(Ordered(sheet, read_view(asked)).first(1_000), len(view["groups"]))
        assert found == held, explained(sheet, asked, rows)
        assert in_blocks(sheet, asked) == held
        heard = told(sheet, asked, len(view["groups"]))
        if asked["grouped"]["first"]:  # the widget sorts them
            assert len(heard) == len(headings) and all(one in headings for one in heard)
        else:
            assert heard == headings


def can_be_grouped_by(column: Any) -> bool:
    has_zones = connection.vendor != "mysql" or connection.features.has_zoneinfo_database
    return column.type != "related_many" and (has_zones or column.type != "datetime")


def without(expected: list[Any], closed: list[list[Any]], levels: int) -> list[Any]:
    """The innermost headings with their rows, unless they are closed."""
    found: list[Any] = []
    is_open = True
    for entry in expected:
        if isinstance(entry, list):
            values, _count = entry
            is_open = not any(values[: len(keys)] == keys for keys in closed)
            if is_open and len(values) == levels:
                found.append(values)
        elif is_open:
            found.append(entry)
    return found


def told(sheet: Sheet, view: dict[str, Any], levels: int) -> list[Any]:
    """What the server says of all groups, in the order of their headings."""
    outer, *inner = (
        [
            [heading["values"], heading["count"]]
            for heading in questions.headings(sheet, {"view": view, "level": level})["headings"]
        ]
        for level in range(1, levels + 1)
    )
    if not inner:
        return outer
    return [
        one
        for heading in outer
        for one in [heading, *(part for part in inner[0] if part[0][0] == heading[0][0])]
    ]


@agreeing
@given(samples=st.lists(GROUPED, max_size=12), data=st.data())
def test_values_of_every_kind(samples: list[dict[str, Any]], data: Any) -> None:
    with undone():
        Sample.objects.bulk_create(Sample(**values) for values in samples)
        agree(Samples(None), data)


@agreeing
@given(
    products=st.lists(PRODUCTS, max_size=12),
    names=st.lists(TEXTS.filter(bool), min_size=4, max_size=4, unique_by=str.lower),
    data=st.data(),
)
def test_relations_and_choices(products: list[dict[str, Any]], names: list[str], data: Any) -> None:
    with undone():
        every = [*names, "hidden"]
        suppliers = [Supplier.objects.create(name=name) for name in every]
        tags = [Tag.objects.create(name=name) for name in every]
        for values in products:
            held = [tags[n] for n in values["tags"]]
            supplier = None if values["supplier"] is None else suppliers[values["supplier"]]
            _created(values, supplier).tags.set(held)
        agree(Goods(None), data)


def _created(values: dict[str, Any], supplier: Any) -> Product:
    given = {name: value for name, value in values.items() if name != "tags"}
    return Product.objects.create(**{**given, "supplier": supplier})


class Goods(LiveSheetConsumer):
    abstract = True
    model = Product
    sheet_name = "grouped-goods"
    fields = ["name", "price", "stock", "unit", "supplier", "tags"]

    def get_queryset(self) -> Any:
        return super().get_queryset().exclude(owner="hidden")


# --- by hand ---------------------------------------------------------------------------------


def grouped(*names: str, **more: Any) -> dict[str, Any]:
    return {"grouped": {"by": [{"column": name} for name in names], **more}}


def test_groups_that_are_not_named_come_last_by_their_values() -> None:
    for name in ("b", "a", "c", "d", ""):
        Sample.objects.create(text=name)
    grouped = {"by": [{"column": "text"}], "first": [["d"], [None], ["gone"]]}
    listed = Ordered(Samples(None), read_view({"grouped": grouped})).first(10)
    assert [values for _at, values in listed.starts] == [["d"], [None], ["a"], ["b"], ["c"]]


def test_a_closed_group_is_told_with_its_sums_and_the_labels_of_a_relation() -> None:
    north, south = (Supplier.objects.create(name=name) for name in ("north", "South"))
    for supplier, stock in ((south, 1), (north, 2), (None, 4), (north, 8)):
        Product.objects.create(name="a", supplier=supplier, stock=stock, price=1)
    view = grouped("supplier", closed=[[str(north.pk)], [None]])
    ordered = Ordered(Goods(None), read_view(view))
    listed = ordered.first(10)
    assert listed.starts == [(0, [str(south.pk)])]
    assert ordered.labels(listed.starts) == {"supplier": {str(south.pk): "South"}}
    answer = questions.headings(
        Goods(None), {"view": view, "level": 1, "columns": {"stock": ["sum"]}}
    )
    assert answer == {
        "headings": [
            {"values": [str(north.pk)], "count": 2, "columns": {"stock": {"sum": "10"}}},
            {"values": [str(south.pk)], "count": 1, "columns": {"stock": {"sum": "1"}}},
            {"values": [None], "count": 1, "columns": {"stock": {"sum": "4"}}},
        ],
        "more": False,
        "labels": {"supplier": {str(north.pk): "north", str(south.pk): "South"}},
    }


def test_what_the_database_cannot_sum_up_is_left_out_of_the_headings() -> None:
    Product.objects.create(name="a", stock=2, active=False)
    columns = {"stock": ["sum"], "name": ["sum"], "tags": ["distinct"]}
    answer = questions.headings(Goods(None), {"view": grouped("name"), "columns": columns})
    assert [heading["columns"] for heading in answer["headings"]] == [{"stock": {"sum": "2"}}]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", ZONE, "UTC"])
def test_days_that_no_calendar_has_are_the_first_and_the_last(zone: str) -> None:
    """East or west of Greenwich, the last or the first hours lie in the year 10000 or 0."""
    if connection.vendor == "mysql" and not connection.features.has_zoneinfo_database:
        zone = connection.timezone_name
    ends = dt.datetime.min, dt.datetime.max.replace(microsecond=0)
    noon = dt.datetime(2026, 3, 29, 12)
    for moment in (*ends, noon, None):
        Sample.objects.create(moment=moment and moment.replace(tzinfo=dt.UTC))
    view = grouped("moment", zone=zone)
    day = noon.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone)).date()
    days = ["0001-01-01", day.isoformat(), "9999-12-31", None]
    listed = Ordered(Samples(None), read_view(view)).first(10)
    assert [values for _at, values in listed.starts] == [[day] for day in days]
    answer = questions.headings(Samples(None), {"view": view})
    assert [heading["values"] for heading in answer["headings"]] == [[day] for day in days]
    for closed in days:
        shut = grouped("moment", zone=zone, closed=[[closed]])
        assert len(Ordered(Samples(None), read_view(shut)).first(10).pks) == 3


@pytest.mark.skipif(connection.vendor != "mysql", reason="others know the time zones")
def test_a_database_without_time_zones_says_so() -> None:
    if connection.features.has_zoneinfo_database:
        pytest.skip("they have been loaded")
    with pytest.raises(LiveSheetError, match="mysql_tzinfo_to_sql"):
        Ordered(Samples(None), read_view(grouped("moment", zone=ZONE)))


def test_rows_that_the_user_may_not_see_make_no_group() -> None:
    Product.objects.create(name="seen")
    Product.objects.create(name="unseen", owner="hidden")
    view = grouped("name")
    assert Ordered(Goods(None), read_view(view)).first(10).starts == [(0, ["seen"])]
    answer = questions.headings(Goods(None), {"view": view})
    assert [heading["values"] for heading in answer["headings"]] == [["seen"]]


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (grouped(), "Expected 1 to 2 different columns"),
        (grouped("name", "name"), "Expected 1 to 2 different columns"),
        (grouped("name", "stock", "unit"), "Expected 1 to 2 different columns"),
        (grouped("colour"), "There is no column 'colour'"),
        (grouped("tags"), "cannot be grouped by"),
        (grouped("name", zone="Nowhere"), "Expected the name of a time zone"),
        (grouped("name", closed=["a"]), "Expected the values of a group"),
        (grouped("name", closed=[["a", "b"]]), "Expected the values of a group"),
        (grouped("name", closed=[["a"]] * 501), "at most 500 groups"),
        ({"grouped": ["name"]}, "Expected an object"),
    ],
)
def test_what_cannot_be_grouped_says_why(view: dict[str, Any], why: str) -> None:
    with pytest.raises(LiveSheetError, match=why):
        Ordered(Goods(None), read_view(view))


@pytest.mark.parametrize("query", [{}, {"view": grouped("name"), "level": 3}])
def test_headings_need_groups(query: dict[str, Any]) -> None:
    with pytest.raises(LiveSheetError, match="level"):
        questions.headings(Goods(None), query)
