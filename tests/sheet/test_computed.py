"""The type of a computed column, from what its property or its annotation says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Optional, Union

import pytest
from django.db.models import Count, F, Value
from django.db.models.functions import Lower

from livesheet.sheet.computed import computed_type
from tests.app.models import Product


class Computed:
    @property
    def total(self) -> Decimal: ...

    @property
    def day(self) -> dt.date | None: ...

    @property
    def moment(self) -> Optional[dt.datetime]: ...  # noqa: UP045 - as others write it

    @property
    def either(self) -> Union[int, str]: ...  # noqa: UP007

    @property
    def unsaid(self): ...  # type: ignore[no-untyped-def]

    @property
    def unknown(self) -> "Missing": ...  # type: ignore[name-defined]  # noqa: F821, UP037

    @cached_property
    def kept(self) -> bool: ...

    def method(self) -> dt.timedelta: ...

    plain = 7


def typed(name: str, model: Any = Computed, rows: Any = None) -> str | None:
    sheet: Any = SimpleNamespace(get_model=lambda: model, get_queryset=lambda: rows)
    return computed_type(sheet, name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("total", "decimal"),
        ("day", "date"),
        ("moment", "datetime"),
        ("kept", "boolean"),
        ("method", "duration"),
        ("either", None),
        ("unsaid", None),
        ("unknown", None),
        ("plain", None),
    ],
)
def test_what_an_attribute_returns(name: str, kind: str | None) -> None:
    assert typed(name) == kind


def test_what_an_annotation_is() -> None:
    rows = Product.objects.annotate(
        parts=Count("tags"), half=F("price") / 2, low=Lower("name"), unknown=F("price") + F("name"),
        when=F("counted_at"), yes=Value(True),
    )  # fmt: skip
    kinds = {name: typed(name, Product, rows) for name in rows.query.annotations}
    assert kinds == {
        "parts": "integer", "half": "decimal", "low": None, "unknown": None, "when": "datetime",
        "yes": "boolean",
    }  # fmt: skip
    assert typed("missing", Product, rows) is None
