"""The mixin is a mark: it takes nothing away from the other bases, in either order."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import isolate_apps

from livesheet.models import LiveSheetMixin
from tests.app.models import Note, Plant


class Ordered(models.Model):
    """An abstract base of another package."""

    rank = models.IntegerField()

    class Meta:
        abstract = True
        ordering = ["rank"]
        permissions = [("rank", "Can rank")]
        constraints = [models.UniqueConstraint(fields=["rank"], name="%(class)s_rank")]


def made(*bases: type, **meta: Any) -> Any:
    options = type("Meta", tuple(b.Meta for b in bases if hasattr(b, "Meta")), {**meta})  # type: ignore[attr-defined]
    inner = {"Meta": type("Meta", (options,), {"app_label": "app"})} if meta else {}
    return type("Made", bases, {**inner, "__module__": "tests.app.models"})


@pytest.mark.parametrize(
    "bases", [(LiveSheetMixin, Ordered), (Ordered, LiveSheetMixin)], ids=["first", "last"]
)
def test_another_bases_meta_holds_and_no_migration_is_made(bases: tuple[type, ...]) -> None:
    with isolate_apps("tests.app"):
        without = made(Ordered)
    with isolate_apps("tests.app"):
        with_it = made(*bases)
    assert issubclass(with_it, LiveSheetMixin)
    meta = with_it._meta
    assert (meta.ordering, meta.permissions) == (["rank"], [("rank", "Can rank")])
    assert [constraint.name for constraint in meta.constraints] == ["made_rank"]
    assert migrations(without, with_it) == migrations(with_it, without) == {}


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_parent_with_a_table_hands_down_its_ordering(first: bool) -> None:
    with isolate_apps("tests.app"):
        parent: Any = made(Ordered)
        bases = (LiveSheetMixin, parent) if first else (parent, LiveSheetMixin)
        child: Any = type("Child", bases, {"__module__": "tests.app.models"})
        assert child._meta.ordering == ["rank"]
        own = type("Meta", (), {"ordering": ["-rank"], "app_label": "app"})
        other: Any = type("Other", bases, {"__module__": "tests.app.models", "Meta": own})
        assert other._meta.ordering == ["-rank"]


def migrations(before: Any, after: Any) -> dict[str, Any]:
    states = []
    for model in (before, after):
        state = ProjectState.from_apps(apps)
        state.add_model(ModelState.from_model(model))
        states.append(state)
    return MigrationAutodetector(*states)._detect_changes()


def test_a_live_row_and_its_queryset_are_pickled_as_before() -> None:
    note = pickle.loads(pickle.dumps(Note(key="a", text="b")))
    assert (note.key, note.text) == ("a", "b")
    assert b"livesheet" not in pickle.dumps(Plant(name="a"))
    assert b"livesheet" not in pickle.dumps(Plant.objects.filter(pk=1).query)
