"""Sheets that one test declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from livesheet.consumers import LiveSheetConsumer
from livesheet.sheet.declaration import Sheet, unregister

Declare = Callable[..., Sheet]


@pytest.fixture
def declared() -> Iterator[Declare]:
    """Declares sheets that are forgotten after the test: `declared(Product, ann, fields=[…], …)`.

    The body is that of a consumer's class. Returns the sheet as the user sees it.
    """
    made: list[type[Sheet]] = []

    def declare(model: Any, user: Any = None, **body: Any) -> Sheet:
        of = {} if model is None else {"model": model}
        body = {"sheet_name": f"declared{len(made)}", **of, **body}
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1](user)

    yield declare
    for sheet in made:
        unregister(sheet)
