"""The mixin first or last: the package works as ever, and what it writes is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import isolate_apps
from django.utils.translation import override
from model_utils.models import SoftDeletableModel
from modeltranslation.manager import MultilingualQuerySet
from mptt.models import MPTTModel
from ordered_model.models import OrderedModel
from polymorphic.models import PolymorphicModel
from safedelete.config import HARD_DELETE
from safedelete.models import SafeDeleteModel

from livesheet.models import Change, LiveSheetMixin
from tests.existing.site.models import orders

pytestmark = pytest.mark.django_db(transaction=True)


class Log:
    """What was logged of a model since the last look, as ``(kind, {keys})``."""

    def __init__(self, *of: Any) -> None:
        self.labels = [model._meta.label_lower for model in of]
        self.last = 0
        self.read()

    def read(self) -> list[tuple[str, set[str]]]:
        rows = Change.objects.filter(id__gt=self.last).order_by("id")
        found = list(rows.values_list("id", "model", "kind", "pks"))
        self.last = max((pk for pk, *_ in found), default=self.last)
        mine = [(kind, set(json.loads(pks))) for _, m, kind, pks in found if m in self.labels]
        return mine

    def named(self) -> set[str]:
        return {key for _kind, keys in self.read() for key in keys}


@pytest.mark.parametrize("model", [orders.SafeFirst, orders.SafeLast])
def test_safedelete(model: Any) -> None:
    row = model.objects.create(name="a")
    key, log = str(row.pk), Log(model)
    row.delete()
    assert (model.objects.count(), model.all_objects.count()) == (0, 1)
    assert log.named() == {key}
    row.undelete()
    assert log.named() == {key}
    model.objects.all().delete()
    assert log.named() == {key}
    assert model.deleted_objects.update(name="b") == 1
    assert log.read() == [("save", {key})]
    row.delete(force_policy=HARD_DELETE)
    assert ("delete", {key}) in log.read()
    assert model.all_objects.count() == 0


@pytest.mark.parametrize("model", [orders.SoftFirst, orders.SoftLast])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_model_utils(model: Any) -> None:
    row = model.all_objects.create(name="a")
    key, log = str(row.pk), Log(model)
    row.delete()
    assert model.available_objects.count() == 0
    assert log.read() == [("save", {key})]
    row.delete(soft=False)
    assert log.read() == [("delete", {key})]


@pytest.mark.parametrize("model", [orders.OrderedFirst, orders.OrderedLast])
def test_ordered_model(model: Any) -> None:
    first, second, third = (model.objects.create(name=name) for name in "abc")
    assert model._meta.ordering == ("order",)
    log = Log(model)
    third.top()
    assert [row.name for row in model.objects.all()] == ["c", "a", "b"]
    assert log.named() == {str(row.pk) for row in (first, second, third)}
    key = str(third.pk)
    third.delete(extra_update={"name": "moved"})
    assert log.named() == {key, str(first.pk), str(second.pk)}
    assert set(model.objects.values_list("name", flat=True)) == {"moved"}


@pytest.fixture
def _polymorphic_tables(transactional_db: None) -> Iterator[None]:
    for model in orders.POLYMORPHIC:
        with connection.schema_editor() as editor:
            editor.create_model(model)
    yield
    for model in reversed(orders.POLYMORPHIC):
        with connection.schema_editor() as editor:
            editor.delete_model(model)


@pytest.mark.usefixtures("_polymorphic_tables")
@pytest.mark.parametrize(
    ("parent", "child"),
    [(orders.PolyFirst, orders.PolyFirstChild), (orders.PolyLast, orders.PolyLastChild)],
)
def test_polymorphic(parent: Any, child: Any) -> None:
    log = Log(parent)
    row = child.objects.create(name="a")
    key = str(row.pk)
    assert log.read() == [("add", {key})]
    assert parent.objects.get() == row
    parent.objects.update(name="b")
    assert log.read() == [("save", {key})]
    child.objects.update(size=2)
    assert log.read() == [("save", {key})]
    parent.objects.all().delete()
    assert log.read() == [("delete", {key})]
    assert not child.objects.exists()


@pytest.mark.parametrize("model", [orders.TreeFirst, orders.TreeLast])
def test_mptt(model: Any) -> None:
    root = model.objects.create(name="root")
    leaf = model.objects.create(name="leaf", parent=root)
    log = Log(model)
    model.objects.get(name="leaf").move_to(None)
    assert str(leaf.pk) in log.named()
    assert model.objects.root_nodes().count() == 2
    model.objects.get(name="root").delete()
    assert ("delete", {str(root.pk)}) in log.read()


@pytest.mark.parametrize("model", [orders.TranslatedFirst, orders.TranslatedLast])
def test_modeltranslation(model: Any) -> None:
    row = model.objects.create(name="chair")
    log = Log(model)
    with override("de"):
        assert model.objects.update(name="Stuhl") == 1
    assert log.read() == [("save", {str(row.pk)})]
    row.refresh_from_db()
    assert (row.name_en, row.name_de) == ("chair", "Stuhl")
    assert isinstance(model.objects.all(), MultilingualQuerySet)


@pytest.mark.parametrize(
    "base", [SafeDeleteModel, SoftDeletableModel, OrderedModel, PolymorphicModel, MPTTModel]
)
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_no_migration_is_made(base: Any, first: bool) -> None:
    def made(*bases: type) -> Any:
        body: dict[str, Any] = {"__module__": "tests.existing.site.models"}
        if base is MPTTModel:
            body["parent"] = models.ForeignKey("self", models.CASCADE, null=True)
        with isolate_apps("tests.existing.site"):
            return type("Made", bases, body)

    with_it = made(*((LiveSheetMixin, base) if first else (base, LiveSheetMixin)))
    states = []
    for model in (made(base), with_it):
        states.append(ProjectState.from_apps(apps))
        states[-1].add_model(ModelState.from_model(model))
    assert MigrationAutodetector(*states)._detect_changes() == {}
