"""Many rows of one request, written together where nobody waits for a ``save()`` of each."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext, isolate_apps
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import plain, together
from livesheet.edits.receipts import submit
from livesheet.models import Change, LiveSheetMixin
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.rows import RowReader
from livesheet.wire.protocol import Add, Edit
from tests.app.models import Article, Parcel, Product, Sign, Supplier

pytestmark = pytest.mark.django_db(transaction=True)

CLIENT = "c" * 32
MANY = 100

# The record, the lock, the rows, the change, the reply; BEGIN, COMMIT, a savepoint and its like.
MOST = 12


@pytest.fixture
def declared() -> Iterator[Any]:
    """Declares sheets that the test forgets again."""
    made: list[type[Sheet]] = []

    def declare(user: Any, model: type[models.Model], *fields: str, **body: Any) -> Sheet:
        body = {"model": model, "sheet_name": f"t{len(made)}", "fields": fields, **body}
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1](user)

    yield declare
    for sheet in made:
        unregister(sheet)


@pytest.fixture
def parcels(declared: Any, ann: Any) -> Sheet:
    sheet: Sheet = declared(ann, Parcel, "label", "weight", "supplier")
    return sheet


def edit(sheet: Sheet, *cells: Any, ref: str = "", atomic: bool = False) -> dict[str, Any]:
    request = Edit(ref or uuid.uuid4().hex, [(str(pk), *rest) for pk, *rest in cells], atomic)
    return submit(sheet, request, CLIENT, None)


def add(sheet: Sheet, *rows: dict[str, Any], ref: str = "") -> dict[str, Any]:
    return submit(sheet, Add(ref or uuid.uuid4().hex, list(rows), False), CLIENT, None)


def said(reply: dict[str, Any]) -> list[Any]:
    errors = reply["errors"]
    return [r if isinstance(r, str) else errors[r["error"]]["code"] for r in reply["results"]]


def packed(count: int) -> list[Parcel]:
    return [Parcel.objects.create(label=f"P{n}", weight=n % 50) for n in range(count)]


def heavier(rows: list[Parcel]) -> list[Any]:
    return [(row.pk, "weight", row.weight + 1, row.weight) for row in rows]


# --- how much it asks ------------------------------------------------------------------------


def test_a_paste_takes_as_many_statements_as_a_cell(parcels: Sheet) -> None:
    rows = packed(MANY)
    with CaptureQueriesContext(connection) as statements:
        reply = edit(parcels, *heavier(rows))
    assert reply["results"] == ["saved"] * MANY
    assert len(statements) <= MOST, [one["sql"][:80] for one in statements]
    assert [row.weight for row in Parcel.objects.order_by("pk")] == [r.weight + 1 for r in rows]


def test_new_rows_take_as_many_statements_as_one(declared: Any, ann: Any) -> None:
    sheet = declared(ann, Product, "name", "price")
    with CaptureQueriesContext(connection) as statements:
        reply = add(sheet, *({"name": f"N{n}", "price": f"{n}.5"} for n in range(MANY)))
    keys = [str(pk) for pk in Product.objects.order_by("pk").values_list("pk", flat=True)]
    assert [result["pk"] for result in reply["results"]] == keys
    assert len(statements) <= MOST, [one["sql"][:80] for one in statements]


def test_related_rows_are_looked_up_together(parcels: Sheet) -> None:
    rows = packed(MANY)
    keys = [str(Supplier.objects.create(name=f"S{n}").pk) for n in range(3)]
    cells = [(row.pk, "supplier", keys[n % 3], None) for n, row in enumerate(rows)]
    with CaptureQueriesContext(connection) as statements:
        reply = edit(parcels, *cells[1:], (rows[0].pk, "supplier", "0", None))
    assert said(reply) == ["saved"] * (MANY - 1) + ["invalid"]
    assert len(statements) <= 2 * MOST
    assert Parcel.objects.filter(supplier=keys[0]).count() == 33


# --- and does what a save() does -------------------------------------------------------------


def test_the_clock_of_each_row_is_set(parcels: Sheet) -> None:
    rows = packed(2)
    edit(parcels, *heavier(rows))
    add(parcels, {"label": "new"}, {"label": "newer"})
    for before, after in zip(rows, Parcel.objects.order_by("pk"), strict=False):
        assert after.changed_at > before.changed_at
        assert after.packed_at == before.packed_at
    assert not Parcel.objects.filter(changed_at=None).exists()


def test_the_log_names_each_row_with_its_edit(parcels: Sheet) -> None:
    rows = packed(3)
    before = Change.objects.count()
    edit(parcels, *heavier(rows), ref="e1")
    add(parcels, {"label": "new"}, {"label": "newer"}, ref="a1")
    changes = list(Change.objects.order_by("id")[before:])
    made = [[str(row.pk)] for row in Parcel.objects.order_by("pk")[3:]]
    assert [(c.ref, c.kind, json.loads(c.pks), c.ref_index) for c in changes] == [
        ("e1", "save", [str(row.pk) for row in rows], None),
        ("a1", "add", made[0], 0),
        ("a1", "add", made[1], 1),
    ]
    assert {(c.actor, c.client) for c in changes} == {(str(parcels.user.pk), CLIENT)}


def test_a_repeat_changes_nothing(parcels: Sheet) -> None:
    rows = packed(3)
    first = edit(parcels, *heavier(rows), ref="e1")
    before = Change.objects.count()
    assert edit(parcels, *heavier(rows), ref="e1")["results"] == first["results"]
    assert Change.objects.count() == before


# --- no cell hurts another -------------------------------------------------------------------


def test_each_cell_is_refused_for_itself(parcels: Sheet) -> None:
    a, b, c, d, e = packed(5)
    reply = edit(
        parcels,
        (a.pk, "weight", 7, a.weight),
        (b.pk, "weight", "heavy", b.weight),
        (b.pk, "label", "B", b.label),
        (c.pk, "weight", 9, 44),
        (0, "weight", 9, 0),
        (d.pk, "weight", 100, d.weight),  # what only the database knows
        (e.pk, "weight", 11, e.weight),
    )
    found = ["saved", "invalid", "saved", "conflict", "not_found", "invalid", "saved"]
    assert said(reply) == found
    weights = [row.weight for row in Parcel.objects.order_by("pk")]
    assert weights == [7, b.weight, c.weight, d.weight, 11]


def test_of_two_that_want_one_name_the_first_gets_it(parcels: Sheet) -> None:
    a, b, c = packed(3)
    cells = [(row.pk, "label", "same", row.label) for row in (a, b)]
    reply = edit(parcels, *cells, (c.pk, "label", "other", c.label))
    assert said(reply) == ["saved", "invalid", "saved"]
    reply = add(parcels, {"label": "new"}, {"label": "new"}, {"label": "newer"})
    assert ["pk" in result for result in reply["results"]] == [True, False, True]


def test_a_name_is_free_once_the_row_before_has_given_it_up(parcels: Sheet) -> None:
    a, b, c = packed(3)
    names = ["new", a.label, b.label]
    cells = [(r.pk, "label", n, r.label) for r, n in zip((a, b, c), names, strict=True)]
    assert edit(parcels, *cells)["results"] == ["saved"] * 3


def test_a_row_that_would_leave_is_refused_alone(declared: Any, ann: Any) -> None:
    light = lambda self: Parcel.objects.filter(weight__lt=50)  # noqa: E731
    sheet = declared(ann, Parcel, "label", "weight", get_queryset=light)
    a, b = packed(2)
    reply = edit(sheet, (a.pk, "weight", 60, a.weight), (b.pk, "weight", 20, b.weight))
    assert said(reply) == ["outside", "saved"]
    reply = add(sheet, {"label": "heavy", "weight": 60}, {"label": "light"})
    assert reply["errors"][0]["code"] == "outside"
    assert Parcel.objects.filter(label__in=["heavy", "light"]).count() == 1


def test_all_or_nothing_is_nothing(parcels: Sheet) -> None:
    a, b = packed(2)
    reply = edit(
        parcels, (a.pk, "weight", 7, a.weight), (b.pk, "weight", 100, b.weight), atomic=True
    )
    assert said(reply) == ["aborted", "invalid"]
    assert Parcel.objects.get(pk=a.pk).weight == a.weight


@pytest.mark.parametrize("seed", range(15))
def test_it_is_the_same_as_one_by_one(
    parcels: Sheet, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is pasted: what is answered, and what stands there in the end."""
    dice = random.Random(seed)
    suppliers = [Supplier.objects.create(name=f"S{n}") for n in range(2)]
    some = {
        "label": ["A", "B", "P3", "P5", "", "x" * 21, 4, None],
        "weight": [1, 2, 99, 100, "5", "x", None, 2**40],
        "supplier": [*(str(s.pk) for s in suppliers), "0", None, True, {"$text": "S1"}],
    }
    held = {"label": lambda r: r.label, "weight": lambda r: r.weight, "supplier": lambda r: None}
    rows = packed(8)
    pasted = [
        (row.pk, name, dice.choice(some[name]), dice.choice([held[name](row)] * 4 + ["?"]))
        for row in rows
        for name in dice.sample(sorted(some), dice.randint(1, 3))
    ]
    added = [
        {name: dice.choice(some[name]) for name in dice.sample(sorted(some), dice.randint(1, 3))}
        for _ in range(6)
    ]
    found = []
    for is_plain in (False, True):
        Parcel.objects.all().delete()
        Parcel.objects.bulk_create(rows)
        monkeypatch.setattr(together, "are_plain", lambda _sheet, adds, it=is_plain: it)
        replies = edit(parcels, *pasted), add(parcels, *added)
        made = [r["pk"] for r in replies[1]["results"] if "pk" in r]
        left = {str(n): row for n, row in enumerate(made)}
        stands = RowReader(parcels).read([str(row.pk) for row in rows])
        new = [RowReader(parcels).read([pk])[pk][1:] for pk in made]
        facts = [_facts(reply, left) for reply in replies]
        found.append((facts, stands, new))
    assert found[0] == found[1]


def _facts(reply: dict[str, Any], made: dict[str, str]) -> Any:
    """Without what differs from one time to the next: refs, new keys, the order of errors."""
    places = {pk: n for n, pk in made.items()}
    errors = reply["errors"]

    def fact(result: Any) -> Any:
        if isinstance(result, str):
            return result
        if "pk" in result:
            return "new", places[result["pk"]]
        return [errors[n] for n in result.get("errors", [result.get("error")])]

    return [fact(result) for result in reply["results"]], reply["left"]


# --- who waits for a save() gets it ----------------------------------------------------------


def test_a_save_of_its_own_is_called_for_each_row(declared: Any, ann: Any) -> None:
    sheet = declared(ann, Sign, "label")
    rows = [Sign.objects.create(label=name) for name in "abc"]
    edit(sheet, *((row.pk, "label", f"{row.label}x", row.label) for row in rows))
    add(sheet, {"label": "d"}, {"label": "e"})
    assert sorted(Sign.objects.values_list("label", flat=True)) == ["AX", "BX", "CX", "D", "E"]


def test_a_receiver_hears_of_each_row(parcels: Sheet) -> None:
    rows, heard = packed(3), list[Any]()

    def hear(instance: Any, **_facts: Any) -> None:
        heard.append(instance.pk)

    post_save.connect(hear, sender=Parcel)
    try:
        edit(parcels, *heavier(rows))
        add(parcels, {"label": "new"}, {"label": "newer"})
    finally:
        post_save.disconnect(hear, sender=Parcel)
    assert heard == list(Parcel.objects.order_by("pk").values_list("pk", flat=True))
    heard.clear()
    edit(parcels, *heavier(list(Parcel.objects.all())))
    assert heard == []


def test_a_history_has_each_row(declared: Any, ann: Any) -> None:
    sheet = declared(ann, Article, "name")
    rows = [Article.objects.create(name=name) for name in "abc"]
    edit(sheet, *((row.pk, "name", f"{row.name}x", row.name) for row in rows))
    assert [row.history.count() for row in rows] == [2, 2, 2]


def test_the_hooks_of_a_sheet_are_called_for_each_row(declared: Any, ann: Any) -> None:
    heard: list[Any] = []

    def perform_edit(self: Any, serializer: Any) -> None:
        heard.append(serializer)
        serializer.save()

    sheet = declared(ann, Parcel, "label", "weight", perform_edit=perform_edit)
    rows = packed(3)
    edit(sheet, *heavier(rows))
    assert [serializer.instance.pk for serializer in heard] == [row.pk for row in rows]


# --- when it is not certain ------------------------------------------------------------------


def test_a_plain_sheet_has_no_reasons(declared: Any, ann: Any, parcels: Sheet) -> None:
    assert plain.reasons(type(parcels)) == []
    assert plain.reasons(type(declared(ann, Product, "name", "price", "tags"))) == []


class OwnSerializer(serializers.ModelSerializer[Parcel]):
    class Meta:
        model = Parcel
        fields = ("label",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"perform_edit": lambda self, serializer: None}, "perform_edit"),
        ({"edit_context": lambda self: None}, "edit_context"),
        ({"serializer_class": OwnSerializer}, "serializer_class"),
        ({"has_change_permission": lambda self, obj=None: True}, "has_change_permission"),
    ],
)
def test_what_a_sheet_does_of_its_own_is_a_reason(
    declared: Any, ann: Any, body: dict[str, Any], reason: str
) -> None:
    sheet = declared(ann, Parcel, "label", **body)
    assert plain.reasons(type(sheet)) == [f"Declared.{reason}"]


def test_what_is_done_with_new_rows_is_no_reason_for_others(declared: Any, ann: Any) -> None:
    sheet = declared(ann, Parcel, "label", perform_add=lambda self, serializer: serializer.save())
    assert plain.reasons(type(sheet)) == []
    assert plain.reasons(type(sheet), adds=True) == ["Declared.perform_add"]


def test_what_a_model_does_of_its_own_is_a_reason(declared: Any, ann: Any) -> None:
    class Own(models.TextField):  # type: ignore[type-arg]
        pass

    def odd(value: str) -> None:
        raise ValidationError("odd")

    class Rows(models.QuerySet[Any]):
        def create(self, **kwargs: Any) -> Any:
            return super().create(**kwargs)

    with isolate_apps("tests.app"):

        class Parent(LiveSheetMixin, models.Model):
            name = models.CharField(max_length=9, validators=[odd])
            file = models.FileField()
            own = Own()
            day = models.DateField()
            of_day = models.CharField(max_length=9, unique_for_date="day")
            objects = Rows.as_manager()

            class Meta:
                app_label = "app"

        class Child(Parent):
            class Meta:
                app_label = "app"

            def save_base(self, *args: Any, **kwargs: Any) -> None:
                super().save_base(*args, **kwargs)

        reasons = {*plain._methods(Child), *plain._of_model(Child)}
    assert reasons == {
        "test_what_a_model_does_of_its_own_is_a_reason.<locals>.Child.save_base()",
        "test_what_a_model_does_of_its_own_is_a_reason.<locals>.Rows.create() in place of Django's",
        "a table of its parent",
        "a validator of Child.name",
        "Child.file, which is prepared when it is saved",
        "Child.own, a Own",
        "Child.of_day, which is unique for a date",
    }


def test_somebody_elses_save_in_place_of_djangos_is_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = models.Model.save
    monkeypatch.setattr(models.Model, "save", lambda self, *args, **kw: before(self, *args, **kw))
    assert any("in place of Django's" in reason for reason in plain._methods(Parcel))
