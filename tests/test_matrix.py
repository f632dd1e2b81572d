"""Every user by every door: over random activity, no text of another tenant in any byte.

``pytest -s tests/test_matrix.py --frames 1000000`` runs until so many frames were read.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from livesheet import connection
from livesheet.exceptions import LiveSheetError
from livesheet.models import NamedView
from livesheet.questions import history, named_views
from livesheet.questions.questions import ABOUT, WRITING
from livesheet.sheet import cells
from livesheet.sheet.declaration import Sheet, find_sheet
from tests.app.models import Article, Supplier
from tests.matrix import doors
from tests.matrix.activity import Matrix
from tests.matrix.world import CANARIES, NOBODYS, World, declared

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(0)]

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def sheets(settings: Any, monkeypatch: Patch) -> Iterator[None]:
    # A test is not as punctual as a browser.
    monkeypatch.setattr(connection, "SILENT_SECONDS", 600)
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_FRAMES_PER_SECOND": 10_000}
    with declared():
        yield


class Log(logging.Handler):
    """Keeps what of the log would give somebody away, tracebacks and facts included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{self.format(record)} {vars(record)}"
        if CANARIES.search(text) or NOBODYS.search(text):
            self.leaks.append(text)


@pytest.fixture
def log() -> Iterator[Log]:
    handler, logger = Log(), logging.getLogger("livesheet")
    logger.addHandler(handler)
    before, logger.level = logger.level, logging.DEBUG
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


async def run(least: int, seed: int) -> Matrix:
    matrix, is_long = Matrix(await sync_to_async(World)(), seed), least > 100_000
    try:
        await matrix.open(crowd=60 if is_long else 2)
        await matrix.go_round([people[0] for people in matrix.world.people.values()])
        steps = 0
        while matrix.frames < least or matrix.missing() or not matrix.moved:
            await matrix.step()
            steps += 1
            if steps % 10 == 0:
                await matrix.settle()
            if steps % 1_000 == 0:
                print(f"{matrix.frames} frames", flush=True)
        await matrix.settle()
    finally:
        await matrix.close()
    assert not matrix.leaks, matrix.leaks[0]
    return matrix


def test_of_each_door_it_is_said_how_it_is_gone_through() -> None:
    said = "say in tests/matrix/doors.py how somebody comes by these"
    assert not doors.no_way_through(), said
    assert doors.frames_sent() == doors.frames_described(), "tests/frames/ describes others"


def test_each_question_that_stores_something_says_so(monkeypatch: Patch) -> None:
    """One that does not say so is given up with the page that asked it."""
    world, draw, stored = World(), random.Random(1).choice, set[str]()
    sheet: Any = find_sheet("one_audience")
    mine = sheet(world.people["oak"][0])
    layout = {"hidden": ["oak-layout-canary"]}
    for about, answer in ABOUT.items():

        def noting(execute: Any, sql: str, *words: Any, about: str = about) -> Any:
            if sql.startswith(("INSERT", "UPDATE", "DELETE")):
                stored.add(about)
            return execute(sql, *words)

        view = named_views.save_view(mine, {"name": about, "layout": layout})["view"]
        monkeypatch.setattr(doors, "VIEWS", [view["id"]])
        for _ in range(10):
            with connections["default"].execute_wrapper(noting), suppress(LiveSheetError):
                answer(mine, doors.QUERIES[about](draw, "1", "oak"))
    assert stored == {about for about, answer in ABOUT.items() if answer in WRITING}


async def test_no_door_tells_one_tenant_of_another(
    request: pytest.FixtureRequest, log: Log
) -> None:
    least = request.config.getoption("frames")
    seed, began = random.randrange(10**6), time.monotonic()
    print(f"seed {seed}")
    matrix = await run(least, seed)
    took, cells = time.monotonic() - began, len(matrix.seen)
    print(f"{matrix.frames} frames, {cells} cells, {matrix.moved} moves, {took:.0f} s")
    assert not log.leaks, log.leaks[0]


# --- the same run with a bound off -----------------------------------------------------------


def no_rows(patch: Patch) -> None:
    sheet: Any = find_sheet("one_audience")
    patch.setattr(sheet, "get_queryset", lambda self: Article.objects.all())


def no_labels(patch: Patch) -> None:
    sheet: Any = find_sheet("each_alone")
    patch.setattr(sheet, "get_related_queryset", lambda self, field: Supplier.objects.all())


def no_members(patch: Patch) -> None:
    sheet: Any = find_sheet("shared")
    patch.setattr(sheet, "get_related_queryset", Sheet.get_related_queryset)


def one_room(patch: Patch) -> None:
    patch.setattr(find_sheet("each_alone"), "get_room", lambda self: "all")


def one_audience(patch: Patch) -> None:
    patch.setattr(find_sheet("choosing"), "get_audience", lambda self: "all")


def no_masks(patch: Patch) -> None:
    patch.setattr(cells.Cells, "row", lambda self, row, columns: [self.of(c, row) for c in columns])


def former_lives(patch: Patch) -> None:
    patch.setattr(history, "_of_this_life", lambda records: records)


def all_views(patch: Patch) -> None:
    patch.setattr(named_views, "_visible", lambda sheet: NamedView.objects.all())


def views_of_one_room(patch: Patch) -> None:
    patch.setattr(named_views, "room_of", lambda sheet: "everybody's")


BOUNDS = (
    no_rows, no_labels, no_members, one_room, one_audience, no_masks, former_lives, all_views,
    views_of_one_room,
)  # fmt: skip


@pytest.mark.parametrize("off", BOUNDS)
async def test_with_the_bound_off_it_fails(
    off: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    off(monkeypatch)
    with pytest.raises(AssertionError, match="was told of"):
        await run(20_000, 1)
