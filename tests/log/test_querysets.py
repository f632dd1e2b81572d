"""Bulk writes reach the log in the transaction of the write, and name their rows."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import NotSupportedError, models, transaction
from django.db.models import Count, F, Value
from django.db.models.functions import Concat

from livesheet.consumers import LiveSheetConsumer
from livesheet.log import querysets
from livesheet.sheet import declaration
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Box, Note, Page, Part, QuietLetter, Shelf, Weed

pytestmark = pytest.mark.django_db(transaction=True)


def logged() -> list[tuple[str, str, list[str]]]:
    """What stands in the log: model, kind and keys."""
    from livesheet.models import Change

    rows = Change.objects.order_by("id").values_list("model", "kind", "pks")
    return [(model, kind, json.loads(pks)) for model, kind, pks in rows]


@pytest.fixture
def parts() -> list[Part]:
    return Part.objects.bulk_create(Part(name=f"part {n}", stock=n) for n in range(5))


@pytest.fixture
def part_sheet() -> Iterator[None]:
    class PartSheet(LiveSheetConsumer):
        model = Part
        fields = ["name", "stock", "parent"]

    yield
    declaration.unregister(PartSheet)


def keys(rows: list[Part]) -> list[str]:
    return [str(row.pk) for row in rows]


def test_bulk_create_leaves_one_change(parts: list[Part]) -> None:
    assert logged() == [("app.part", "add", keys(parts))]


def test_update_names_rows_that_its_filter_finds_no_more(parts: list[Part]) -> None:
    assert Part.objects.filter(stock__gte=3).update(stock=F("stock") - 10) == 2
    assert logged()[1:] == [("app.part", "save", keys(parts[3:]))]
    assert sorted(Part.objects.values_list("stock", flat=True)) == [-7, -6, 0, 1, 2]


def test_update_of_nothing_leaves_nothing(parts: list[Part]) -> None:
    assert Part.objects.filter(stock=99).update(stock=1) == 0
    assert len(logged()) == 1


def test_bulk_update_leaves_one_change_however_many_batches(parts: list[Part]) -> None:
    for part in parts:
        part.stock += 100
    assert Part.objects.bulk_update(parts, ["stock"], batch_size=2) == 5
    assert logged()[1:] == [("app.part", "save", keys(parts))]


def test_delete_leaves_one_change_and_its_cascades_another(parts: list[Part]) -> None:
    Part.objects.filter(pk=parts[0].pk).update(parent=parts[1])
    before = len(logged())
    Part.objects.filter(pk=parts[1].pk).delete()
    ((model, kind, gone),) = logged()[before:]
    assert (model, kind, set(gone)) == ("app.part", "delete", set(keys(parts[:2])))


def test_raw_delete_is_seen(parts: list[Part]) -> None:
    rows = Part.objects.filter(stock=4)
    rows._raw_delete(rows.db)
    assert logged()[1:] == [("app.part", "delete", keys(parts[4:]))]


def test_ignored_conflicts_name_no_rows_and_reset_the_sheets(parts: list[Part]) -> None:
    made = [Part(name="new"), Part(pk=parts[0].pk, name="there already")]
    Part.objects.bulk_create(made[:1], ignore_conflicts=True)
    assert logged()[1:] == [("app.part", "resync", [])]


def test_rolled_back_bulk_writes_leave_nothing(parts: list[Part]) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Part.objects.update(stock=1)
        Part.objects.bulk_create([Part(name="x")])
        raise ZeroDivisionError
    assert len(logged()) == 1


def test_more_rows_than_can_be_named_reset_the_sheets(
    parts: list[Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querysets, "PKS_BEFORE_RESYNC", 3)
    assert Part.objects.update(stock=1) == 5
    assert logged()[1:] == [("app.part", "resync", [])]


async def test_async_twins_are_seen(ann: Any) -> None:
    (part,) = await Part.objects.abulk_create([Part(name="async")])
    await Part.objects.filter(pk=part.pk).aupdate(stock=3)
    part.stock = 4
    await Part.objects.abulk_update([part], ["stock"])
    found, made = await Part.objects.aupdate_or_create(name="async", defaults={"stock": 5})
    assert not made
    from asgiref.sync import sync_to_async

    entries = await sync_to_async(logged)()
    assert [kind for model, kind, _ in entries if model == "app.part"] == ["add", *["save"] * 3]
    assert found.pk == part.pk


async def test_a_related_managers_bulk_writes_are_seen(ann: Any) -> None:
    top = await Part.objects.acreate(name="top")
    low = await Part.objects.acreate(name="low")
    await top.parts.aadd(low)
    from asgiref.sync import sync_to_async

    entries = await sync_to_async(logged)()
    assert ("app.part", "save", [str(low.pk)]) in entries


@pytest.mark.usefixtures("part_sheet")
async def test_open_sheets_follow_bulk_writes(ann: Any) -> None:
    first = await Part.objects.acreate(name="a", stock=1)
    async with LiveSheetCommunicator("part", ann) as sheet:
        made = await Part.objects.abulk_create(Part(name=f"n{n}", stock=n) for n in range(1200))
        await sheet.until(lambda: len(sheet.rows) == 1201)
        await Part.objects.aupdate(stock=F("stock") + 7)
        # More rows than one frame takes: which come first is open.
        expected = {str(row.pk): row.stock + 7 for row in [first, *made]}
        await sheet.until(lambda: {pk: sheet.value(pk, "stock") for pk in sheet.rows} == expected)
        await Part.objects.filter(stock__gt=8).adelete()
        await sheet.until(lambda: len(sheet.rows) == 3)


@pytest.mark.usefixtures("part_sheet")
async def test_a_reset_reaches_open_sheets(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querysets, "PKS_BEFORE_RESYNC", 1)
    rows = await Part.objects.abulk_create([Part(name="a"), Part(name="b")])
    async with LiveSheetCommunicator("part", ann) as sheet:
        await Part.objects.aupdate(stock=9)
        await sheet.until(lambda: {row[2] for row in sheet.rows.values()} == {9})
        assert len(sheet.rows) == len(rows)


class Shouting(models.QuerySet[Any]):
    """Of another package: what it does must happen, with us and without."""

    def update(self, **values: Any) -> int:
        values = {name: value.upper() for name, value in values.items()}
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]


@pytest.mark.parametrize("base", [object, querysets.LiveSheetQuerySet])
def test_another_querysets_own_update_is_kept_and_logged_once(base: Any) -> None:
    Note.objects.create(key="a")
    bases = (Shouting,) if base is object else (base, Shouting)
    both: Any = type("Both", bases, {})
    assert both(Note).update(text="quiet") == 1
    assert Note.objects.get().text == "QUIET"
    assert logged()[1:] == [("app.note", "save", ["a"])]


def test_writes_are_seen_through_querysets_made_by_hand(parts: list[Part]) -> None:
    models.QuerySet(Part).filter(stock=1).update(stock=9)
    Part._base_manager.filter(stock=2).update(stock=9)
    assert logged()[1:] == [("app.part", "save", [key]) for key in keys(parts[1:3])]
    assert type(Part.objects.all()) is models.QuerySet
    assert type(Part._base_manager) is models.Manager


def test_a_queryset_is_pickled_as_before(parts: list[Part]) -> None:
    again = pickle.loads(pickle.dumps(Part.objects.filter(stock=3)))
    assert list(again) == parts[3:4]
    assert again.update(stock=9) == 1
    assert logged()[1:] == [("app.part", "save", keys(parts[3:4]))]


@pytest.mark.parametrize("update", ["annotated", "joined", "grouped", "distinct", "ordered"])
def test_an_update_of_whatever_a_query_finds(parts: list[Part], update: str) -> None:
    Part.objects.filter(pk=parts[0].pk).update(parent=parts[1])
    before = len(logged())
    rows = Part.objects.all()
    found: Any = {
        "annotated": rows.annotate(twice=F("stock") * 2).filter(twice=8),
        "joined": rows.filter(parent__stock=1),
        "grouped": rows.annotate(n=Count("parts")).filter(n=1),
        "distinct": rows.filter(stock=2).distinct(),
        "ordered": rows.filter(stock=2)
        .order_by("-name")
        .select_related("parent")
        .only("name", "parent"),
    }[update]
    named = keys(list(found))
    assert len(named) == 1
    assert found.update(stock=50) == 1
    assert logged()[before:] == [("app.part", "save", named)]
    assert Part.objects.filter(stock=50).count() == 1


def test_a_manager_that_hides_rows_does_not_hide_them_from_an_update() -> None:
    page = Page.objects.create(text="a", deleted=True)
    assert Page.objects.filter(deleted=True).update(deleted=False) == 1
    assert logged()[-1] == ("app.page", "save", [str(page.pk)])
    assert Page.kept.get() == page


def test_a_row_that_is_given_another_key_is_told_under_both() -> None:
    Note.objects.create(key="a")
    assert Note.objects.filter(key="a").update(key="b") == 1
    assert {(kind, *names) for _model, kind, names in logged()[1:]} == {("save", "a"), ("add", "b")}
    Note.objects.update(key=Concat("key", Value("c")))
    assert logged()[-1] == ("app.note", "resync", [])


@pytest.mark.parametrize("wrong", ["slice", "field", "composed"])
def test_what_django_refuses_is_refused_alike(parts: list[Part], wrong: str) -> None:
    rows = Part.objects.all()
    with transaction.atomic():
        with pytest.raises((TypeError, FieldDoesNotExist, NotSupportedError)):
            if wrong == "slice":
                rows[:2].update(stock=1)
            elif wrong == "field":
                rows.update(weight=1)
            else:
                rows.union(rows).update(stock=1)
        with pytest.raises(ValueError, match="must have a primary key"):
            Part.objects.bulk_update([Part()], ["stock"])
        with pytest.raises(ValueError, match="positive"):
            Part.objects.bulk_create([Part()], batch_size=-1)
        Part.objects.create(name="goes on")
    assert Part.objects.count() == 6
    assert len(logged()) == 2


def test_models_that_are_not_live_cost_no_statement(django_assert_num_queries: Any) -> None:
    shelf = Shelf.objects.create(name="a")
    with transaction.atomic(), django_assert_num_queries(3):
        Box.objects.bulk_create([Box(shelf=shelf)])
        Box.objects.update(shelf=shelf)
        models.QuerySet(Box)._raw_delete("default")


@pytest.mark.parametrize(
    ("proxy", "label"), [(QuietLetter, "app.letter"), (Weed, "app.plant")], ids=["mixin", "track"]
)
def test_bulk_writes_through_a_proxy_are_those_of_its_model(proxy: Any, label: str) -> None:
    def noted(since: int) -> list[tuple[str, list[str]]]:
        """Of this model; its children with tables of their own may have changed with it."""
        return [(kind, sorted(pks)) for model, kind, pks in logged()[since:] if model == label]

    name = "key" if proxy is QuietLetter else "name"
    rows = proxy.objects.bulk_create([proxy(**{name: "a"}), proxy(**{name: "b"})])
    pks = sorted(str(row.pk) for row in rows)
    assert noted(0) == [("add", pks)]
    if proxy is Weed:
        count = len(logged())
        proxy.objects.bulk_update([Weed(pk=row.pk, name="c") for row in rows], ["name"])
        proxy.objects.filter(name="c").update(name="d")
        assert noted(count) == [("save", pks)] * 2
    count = len(logged())
    proxy.objects.all().delete()
    assert noted(count) == [("delete", pks)]
