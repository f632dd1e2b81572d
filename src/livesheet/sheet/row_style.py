"""The colour of a sheet's rows: an annotation or a field that contains the name of a colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models.expressions import BaseExpression

from livesheet.sheet.columns import Column
from livesheet.sheet.serializers import model_field

# As in static/livesheet/values/colours.js, where each is readable in light and in dark.
COLOURS = (
    "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink", "brown", "grey",
)  # fmt: skip

# No Python identifier, so that it can be the name of no column.
NAME = "$style"


def column_of(model: type[models.Model], source: str) -> Column:
    """What is read with the columns of a row, behind them; it is none that anybody is shown."""
    plain = model_field(model, source)
    return Column(
        name=NAME, title="", type="text", readonly=True, required=False, null=True, blank=True,
        help="", to_wire=_known, source=source, attname=plain.attname if plain else source,
    )  # fmt: skip


def _known(value: Any) -> str | None:
    return value if value in COLOURS else None


def strangers(expression: BaseExpression | None) -> Iterator[str]:
    """The texts that ``expression`` can result in, as far as they are written there, and that are
    not colours.
    """
    if isinstance(expression, models.Case):
        for case in expression.cases:
            yield from strangers(case.result)
        yield from strangers(expression.default)
    elif isinstance(expression, models.Value) and expression.value not in (*COLOURS, "", None):
        yield str(expression.value)
