"""Each cell of the table of writes in docs/models.md is run, and the change log is looked at."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.state import ProjectState

from livesheet.consumers import LiveSheetConsumer
from livesheet.feed.comparison import Comparison
from livesheet.feed.feed import Feed
from livesheet.models import Change
from livesheet.sheet.declaration import unregister
from livesheet.testing import LiveSheetCommunicator
from livesheet.triggers import AddTriggers
from tests.app.models import (
    MixinThing,
    Supplier,
    Tag,
    TrackedThing,
    TriggeredThing,
)
from tests.test_docs import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = {
    "mixin": MixinThing,
    "tracked": TrackedThing,
    "triggers": TriggeredThing,
}
NAMES = {"mysql": "MariaDB", "postgresql": "PostgreSQL", "sqlite": "SQLite"}


def cells() -> Iterator[Any]:
    """``(write, model, what the documentation says)``."""
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    table = text.split("<!-- writes -->")[1].split("<!-- end -->")[0]
    head, _rule, *rows = [line for line in table.splitlines() if line.startswith("|")]
    names = [cell.strip() for cell in head.strip("|").split("|")[1:]]
    assert names == list(COLUMNS)
    for row in rows:
        match = re.fullmatch(r"\| `([^`]+)`([^|]*) \| (.+) \|", row)
        assert match, row
        if f"not on {NAMES[connection.vendor]}" in match[2]:
            continue
        for name, said in zip(names, match[3].split(" | "), strict=True):
            yield pytest.param(match[1], COLUMNS[name], here(said), id=f"{name}-{match[1][:60]}")


def here(said: str) -> str:
    """``"logged on PostgreSQL, compared on MariaDB"`` → what holds on this database."""
    if " on " not in said:
        return said
    parts = dict(reversed(part.split(" on ")) for part in said.split(", "))
    return str(parts[NAMES[connection.vendor]])


@pytest.fixture(scope="module", autouse=True)
def _triggers(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    state = ProjectState.from_apps(apps)

    def go(direction: str) -> None:
        with django_db_blocker.unblock(), connection.schema_editor() as editor:
            getattr(AddTriggers("triggeredthing"), direction)("app", editor, state, state)

    go("database_forwards")
    yield
    go("database_backwards")
    with django_db_blocker.unblock():
        Change.objects.all().delete()


@pytest.fixture
def names(tmp_path: Path, ann: Any) -> Callable[[Any], dict[str, Any]]:
    """What the lines speak of, of the given model."""

    def made(model: Any) -> dict[str, Any]:
        supplier, tag = Supplier.objects.create(name="Nordwood"), Tag.objects.create(name="heavy")
        product = model.objects.create(name="Oak table", supplier=supplier)
        product.tags.add(Tag.objects.create(name="old"), tag)
        light = Tag.objects.create(name="light")
        fixture = tmp_path / "products.json"
        fields = {"name": "Chair", "stock": 9}
        label = model._meta.label_lower
        fixture.write_text(json.dumps([{"model": label, "pk": 99, "fields": fields}]))
        written = model.objects.get(pk=product.pk)
        written.stock = 77
        return {
            "Product": model,
            "asyncio": asyncio,
            "call_command": call_command,
            "execute": lambda sql: execute(sql, model),
            "fixture": str(fixture),
            "light": light,
            "chair": model.objects.create(name="Stool"),
            "product": product,
            "supplier": supplier,
            "tag": tag,
            "written": written,
        }

    return made


def execute(sql: str, model: Any) -> None:
    links = model.tags.through._meta.db_table
    with connection.cursor() as cursor:
        # Django makes the foreign keys without ON DELETE.
        if sql.startswith(("DELETE FROM shop_product", "TRUNCATE")):
            cursor.execute(f"DELETE FROM {links}")
        sql = sql.replace("shop_product_tags", links)
        if sql.startswith("TRUNCATE") and connection.vendor == "postgresql":
            sql += " CASCADE"
        if sql.startswith("TRUNCATE") and connection.vendor == "mysql":
            with connection.constraint_checks_disabled():
                cursor.execute(sql.replace("shop_product", model._meta.db_table))
            return
        cursor.execute(sql.replace("shop_product", model._meta.db_table))


@pytest.mark.parametrize(("line", "model", "said"), list(cells()))
async def test_a_write(
    line: str, model: Any, said: str, names: Callable[[Any], dict[str, Any]], ann: Any
) -> None:
    declared = {"model": model, "fields": ["name", "stock", "supplier", "tags"]}
    sheet_class: Any = type("Things", (LiveSheetConsumer,), {**declared, "sheet_name": "things"})
    speaks_of = await sync_to_async(names)(model)
    try:
        async with LiveSheetCommunicator("things", ann) as sheet:
            before = dict(sheet.rows)
            label = model._meta.label_lower
            logged = await asyncio.to_thread(is_logged, line, speaks_of, label)
            assert logged == (said == "logged")
            if said == "compared":
                assert sheet.rows == before
                audiences = Feed.of_this_loop().audiences.values()
                assert sum([await Comparison(audience).compare() for audience in audiences]) > 0
            expected = sorted(await sync_to_async(rows_of)(model))
            await sheet.until(lambda: sorted(map(shown, sheet.rows.values())) == expected)
    finally:
        unregister(sheet_class)


def is_logged(line: str, speaks_of: dict[str, Any], label: str) -> bool:
    """Whether the line logs anything of this model. Nothing is logged twice."""
    try:
        newest = max(Change.objects.values_list("id", flat=True), default=0)
        eval(line.replace("product_set", f"{label.split('.')[1]}_set"), dict(speaks_of))
        logged = Change.objects.filter(model=label, id__gt=newest).values_list("kind", "pks")
        named = Counter((kind, key) for kind, pks in logged for key in json.loads(pks) or ["all"])
        assert set(named.values()) <= {1}, named
        return bool(named)
    finally:
        connections.close_all()


def shown(row: list[Any]) -> list[Any]:
    return [*row[:4], sorted(row[4])]


def rows_of(model: Any) -> list[list[Any]]:
    return [
        [
            str(row.pk),
            row.name,
            row.stock,
            row.supplier_id and str(row.supplier_id),
            sorted(str(tag.pk) for tag in row.tags.all()),
        ]
        for row in model.objects.all()
    ]
