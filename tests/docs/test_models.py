"""Each line of the tables of docs/models.md is run, and the change log is looked at."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from livesheet.models import Change
from tests.app.models import Part, Product, Supplier, Tag
from tests.test_docs import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


def lines(name: str) -> list[str]:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    table = text.split(f"<!-- {name} -->")[1].split("<!-- end -->")[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.M)


@pytest.fixture
def names(tmp_path: Path) -> dict[str, Any]:
    """What the lines speak of."""
    supplier = Supplier.objects.create(name="Nordwood")
    product = Product.objects.create(name="Oak table", supplier=supplier)
    fixture = tmp_path / "products.json"
    fields = {"name": "Chair", "price": "89.00"}
    fixture.write_text(json.dumps([{"model": "app.product", "pk": 99, "fields": fields}]))
    return {
        "Product": Product,
        "asyncio": asyncio,
        "call_command": call_command,
        "connection": connection,
        "fixture": str(fixture),
        "chair": Product.objects.create(name="Stool"),
        "product": product,
        "supplier": supplier,
        "tag": Tag.objects.create(name="heavy"),
    }


@pytest.mark.parametrize("line", lines("seen"))
def test_is_seen(line: str, names: dict[str, Any]) -> None:
    assert logged_by(line, names)


@pytest.mark.parametrize("line", lines("bulk"))
def test_is_seen_with_the_manager(line: str, names: dict[str, Any]) -> None:
    part = Part.objects.create(name="Oak table")
    assert logged_by(line, {**names, "Product": Part, "product": part}, "app.part")


@pytest.mark.parametrize("line", lines("unseen"))
def test_is_not_seen_yet(line: str, names: dict[str, Any]) -> None:
    assert not logged_by(line, names)


def logged_by(line: str, names: dict[str, Any], model: str = "app.product") -> bool:
    Change.objects.all().delete()
    eval(line, names)
    return Change.objects.filter(model=model).exists()
