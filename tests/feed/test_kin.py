"""Many who see rows of their own are read for together, and each is told what is theirs."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakSet

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed import kin, sight
from livesheet.feed.kin import Kinships
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.rows import RowReader
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Letter, Note, Product, Supplier

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6


@pytest.fixture
def declared() -> Iterator[Any]:
    made: list[type[Sheet]] = []

    def declare(rows: Any, **body: Any) -> type[Sheet]:
        body = {"model": Product, "fields": ["name", "price", "stock", "owner"], **body}
        body |= {"sheet_name": "own", "get_queryset": rows}
        made.append(type("Own", (LiveSheetConsumer,), body))
        return made[-1]

    yield declare
    for sheet in made:
        unregister(sheet)


@pytest.fixture
def people(django_user_model: Any) -> list[Any]:
    create = django_user_model.objects.create_superuser
    return [create(f"user{n}", first_name=f"User {n}") for n in range(PEOPLE)]


def own_products(self: Sheet) -> Any:
    return Product.objects.filter(owner=self.user.username)


WAYS: dict[str, Any] = {
    "their own": own_products,
    "of a few": lambda self: Product.objects.filter(stock__in=[self.user.pk % 7, self.user.pk % 5]),
    "by a part of the name": lambda self: Product.objects.filter(
        name__icontains=str(self.user.pk % 3)
    ),
    "or shared": lambda self: Product.objects.filter(
        Q(owner=self.user.username) | Q(active=False), stock__gte=0
    ),
    "behind a relation": lambda self: Product.objects.filter(
        supplier__name__gte=f"S{self.user.pk % 4}"
    ),
    "by what there is beside": lambda self: Product.objects.filter(
        Exists(Supplier.objects.filter(pk=OuterRef("supplier"), name=f"S{self.user.pk % 4}"))
    ),
    "nothing for some": lambda self: (
        Product.objects.none() if self.user.pk % 2 else Product.objects.all()
    ),
    "by a number beside": lambda self: Product.objects.exclude(
        supplier__product__stock=self.user.pk % 7
    ),
    "with a sign of the driver's": lambda self: Product.objects.extra(
        where=["name <> '100%%'"]
    ).filter(stock=self.user.pk % 3),
}


def test_no_statement_has_more_parameters_than_a_database_takes(
    declared: Any, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sheet has one here, and the keys are asked for in each statement."""
    sheet_class = declared(own_products)
    products = [
        Product.objects.create(name=f"P{n}", price="1.00", owner=people[n % PEOPLE].username)
        for n in range(4)
    ]
    sheets, keys = [sheet_class(user) for user in people], [product.pk for product in products]
    at_once = sight.seen(sheets, keys)
    monkeypatch.setattr(sight, "MOST_PARAMETERS", len(keys) + 3)
    asked: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sight.ASKED in sql:
            asked.append(len(params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        assert sight.seen(sheets, keys) == at_once
    assert any(at_once)
    assert asked == [len(keys) + 3] * (PEOPLE // 3)


@pytest.mark.parametrize("way", WAYS)
def test_each_sees_what_it_would_be_told_alone(declared: Any, people: list[Any], way: str) -> None:
    sheet_class = declared(WAYS[way])
    suppliers = [Supplier.objects.create(name=f"S{n}") for n in range(4)]
    for n in range(24):
        Product.objects.create(
            name=f"P{n % 5}", price="1.00", stock=n % 7, active=n % 3 > 0,
            owner=people[n % PEOPLE].username, supplier=suppliers[n % 4] if n % 6 else None,
        )  # fmt: skip
    keys = [*Product.objects.values_list("pk", flat=True), 10**9]
    sheets = [sheet_class(user) for user in people]
    alone = [set(RowReader(sheet).visible(map(str, keys))) for sheet in sheets]
    try:
        together = [{str(key) for key in found} for found in sight.seen(sheets, keys)]
    except sight.Refused:
        assert way == "with a sign of the driver's"
        return
    assert together == alone
    assert any(alone), "nobody sees anything: this shows nothing"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(owners=st.lists(st.text("ab'\"%_\\ é", max_size=3), min_size=1, max_size=8))
def test_whatever_the_parameters_are(owners: list[str]) -> None:
    Note.objects.all().delete()
    for n, owner in enumerate(owners):
        Note.objects.create(key=f"k{n}", text=owner)

    class Own(LiveSheetConsumer):
        abstract = True
        model = Note
        fields = ["key", "text"]

        def get_queryset(self) -> Any:
            return Note.objects.filter(text=self.user)

    sheets, keys = [Own(owner) for owner in owners], [f"k{n}" for n in range(len(owners))]
    alone = [set(RowReader(sheet).visible(keys)) for sheet in sheets]
    assert sight.seen(sheets, keys) == alone


def test_ten_times_as_many_cost_no_more_statements(declared: Any, people: list[Any]) -> None:
    sheet_class = declared(own_products)
    product = Product.objects.create(name="Table", price="1.00", owner=people[0].username)

    def asked(times: int) -> int:
        sheets = [sheet_class(user) for user in people * times]
        nobody: Any = None
        questions = [kin.Question(one, [str(product.pk)], {}, nobody) for one in sheets]
        with CaptureQueriesContext(connection) as queries:
            answers = kin._read(questions, "en")
        assert answers is not None
        assert sum(bool(found.rows) for found in answers) == times
        return len(queries)

    assert asked(10) == asked(1) <= 5


@pytest.mark.parametrize("body", [
    {"get_fields": lambda self: ["name"]},
    {"get_related_queryset": lambda self, field: Supplier.objects.none()},
    {"get_serializer_class": lambda self: Sheet.get_serializer_class(self)},
    {"__init__": lambda self, *args: Sheet.__init__(self, *args)},
    {"fields": ["name", "tags"]},
    {"fields": ["name", "label"], "model": Product},
])  # fmt: skip
def test_whose_values_may_differ_is_read_alone(ann: Any, declared: Any, body: Any) -> None:
    assert Kinships().of(declared(own_products)(ann), "en") is not None
    if "label" in body.get("fields", ()):
        body = {**body, "fields": ["name", "pk_and_name"]}
        body["model"] = type(
            "Labelled", (Product,), {
                "__module__": Product.__module__, "Meta": type("Meta", (), {"proxy": True}),
                "pk_and_name": property(lambda self: f"{self.pk} {self.name}"),
            },
        )  # fmt: skip
    assert Kinships().of(declared(own_products, **body)(ann), "en") is None


async def test_everybody_is_told_what_is_theirs_and_nothing_else(
    declared: Any, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    declared(own_products)
    reads: list[int] = []
    real = kin._read
    monkeypatch.setattr(kin, "_read", lambda asked, of: reads.append(len(asked)) or real(asked, of))
    product = await Product.objects.acreate(name="Table", price="1.00", owner="user0")
    pk = str(product.pk)
    sockets = [LiveSheetCommunicator("own", user) for user in people]
    for socket in sockets:
        await socket.__aenter__()
    try:
        assert [pk in socket.rows for socket in sockets] == [True] + [False] * (PEOPLE - 1)
        for n in (1, 2, 0, PEOPLE - 1):
            product.owner, product.name = f"user{n}", f"Table of {n}"
            await product.asave()
            await sockets[n].until(lambda n=n: sockets[n].rows.get(pk) is not None)
            assert sockets[n].value(pk, "name") == f"Table of {n}"
            for other in sockets[:n] + sockets[n + 1 :]:
                await other.until(lambda other=other: pk not in other.rows)
        assert max(reads) > 1
        texts = [json.dumps(socket.frames) for socket in sockets]
        assert ["Table of 1" in text for text in texts] == [n == 1 for n in range(PEOPLE)]
    finally:
        for socket in sockets:
            await socket.__aexit__(None, None, None)


async def test_where_the_database_takes_no_such_statement_each_is_asked_alone(
    declared: Any, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    declared(own_products)

    def refuse(*_args: Any) -> Any:
        raise DatabaseError("operator does not exist: inet = text")

    monkeypatch.setattr(sight, "_found", refuse)
    async with (
        LiveSheetCommunicator("own", people[0]) as first,
        LiveSheetCommunicator("own", people[1]) as second,
    ):
        product = await Product.objects.acreate(name="Table", price="1.00", owner="user1")
        await second.until(lambda: str(product.pk) in second.rows)
        assert first.rows == {}


async def test_a_hook_that_fails_for_one_fails_for_nobody_else(
    declared: Any, people: list[Any]
) -> None:
    broken: list[str] = []

    def rows(self: Sheet) -> Any:
        if self.user.username in broken:
            raise LookupError("this user has no profile")
        return own_products(self)

    declared(rows)
    async with (
        LiveSheetCommunicator("own", people[0]),
        LiveSheetCommunicator("own", people[1]) as second,
        LiveSheetCommunicator("own", people[2]) as third,
    ):
        broken.append("user0")
        product = await Product.objects.acreate(name="Table", price="1.00", owner="user1")
        await second.until(lambda: str(product.pk) in second.rows)
        told = [frame for frame in second.frames if frame["type"] == "change"]
        assert any(row[0] == str(product.pk) for frame in told for row in frame["rows"])
        for one in (second, third):
            assert sum(frame.get("done", False) for frame in one.frames) == 1, "it began anew"


async def test_one_alone_reads_by_itself(
    declared: Any, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    declared(own_products)
    monkeypatch.setattr(kin.Kin, "read", None)
    async with (
        LiveSheetCommunicator("own", people[0]) as first,
        LiveSheetCommunicator("own", people[0]) as again,
    ):
        product = await Product.objects.acreate(name="Table", price="1.00", owner="user0")
        await first.until(lambda: str(product.pk) in first.rows)
        await again.until(lambda: str(product.pk) in again.rows)


async def test_one_who_goes_takes_nobody_s_answer(declared: Any, people: list[Any]) -> None:
    sheet_class = declared(own_products)
    sheets = [await sync_to_async(sheet_class(user).prepare)() for user in people]
    together = Kinships().of(sheets[0], "en")
    assert together is not None
    product = await Product.objects.acreate(name="Table", price="1.00", owner="user1")
    asked = [asyncio.create_task(together.read(one, [str(product.pk)], {})) for one in sheets]
    await asyncio.sleep(0)
    asked[0].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert [bool(found.rows) for found in answers[1:]] == [True] + [False] * (PEOPLE - 2)


@dataclass(eq=False)
class Asking:
    """Of a reader that asks once."""

    answer: Any

    def question(self) -> kin.Question:
        return kin.Question(cast(Any, None), [], {}, self)

    def answered(self, _question: kin.Question, answer: kin.Answer) -> None:
        self.answer(answer)


async def test_all_are_read_for_at_once_and_go_on_some_after_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hundreds who go on in one turn of the loop make everybody else wait."""
    reads, turn, went_on = list[int](), 0, Counter[int]()

    def read(asked: Any, _language: str) -> list[kin.Found]:
        reads.append(len(asked))
        return [kin.Found({}, [], {}) for _question in asked]

    def answer(_answer: Any) -> None:
        went_on[turn] += 1
        ends = time.perf_counter() + kin.ANSWER_SECONDS / 4  # what an audience has to do
        while time.perf_counter() < ends:
            pass

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def worked() -> None:
        ends = time.perf_counter() + 5.0
        while askers and time.perf_counter() < ends:  # the thread that has read lets go of them
            time.sleep(0.001)
        left.append(len(askers))

    askers, left = WeakSet[Asking](), list[int]()
    monkeypatch.setattr(kin.sparing, "worked", worked)
    monkeypatch.setattr(kin, "_read", read)
    nobody: Any = None
    together, counting = kin.Kin("en", nobody), asyncio.create_task(count())
    for _ in range(10):  # the feed tells them in several turns, too
        for _ in range(4):
            askers.add(asking := Asking(answer))
            together.ask(asking)
        del asking
        await asyncio.sleep(0)
    while not left:
        await asyncio.sleep(0)
    counting.cancel()
    assert reads == [40]
    assert went_on.total() == 40
    assert max(went_on.values()) <= 8
    assert left == [0]  # the collector finds none of what they needed


def test_what_it_depends_on_makes_the_statement_anew(declared: Any, ann: Any) -> None:
    allowed = ["a"]
    sheet = declared(
        lambda self: Letter.objects.filter(key__in=list(allowed)), model=Letter, fields=["key"]
    )(ann)
    for key in "ab":
        Letter.objects.create(key=key)
    assert sight.seen([sheet], ["a", "b"]) == [{"a"}]
    allowed.append("b")
    sight.forget(sheet)
    assert sight.seen([sheet], ["a", "b"]) == [{"a", "b"}]
