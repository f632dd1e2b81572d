"""An order is built for as long as somebody waits for it, and whoever waits hears of the end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from livesheet import threads
from livesheet.feed.building import Building, Orders
from livesheet.feed.reading import Reading
from livesheet.log.changelog import Position
from livesheet.orders.order import Order
from livesheet.orders.view import View
from livesheet.sheet.declaration import find_sheet

SECONDS = 10


def order() -> Order:
    return Order(View(), Position("epoch", 0, "tag"))


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Each statement takes for ever."""

    async def endless(*_work: Any) -> Any:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(threads, "run_order", endless)
    sheet_class = find_sheet("note")
    assert sheet_class is not None
    return Reading(sheet_class(None), "en", [])


@pytest.mark.parametrize("has_begun", [False, True])
async def test_who_waits_for_a_place_hears_that_the_building_was_given_up(
    reading: Reading, has_begun: bool
) -> None:
    building = Building(order(), reading)
    waiting = asyncio.ensure_future(building.reaches(1_000))
    if has_begun:
        await asyncio.sleep(0)
    building.cancel()
    assert await asyncio.wait_for(waiting, SECONDS) is False


async def test_who_asks_for_one_order_twice_is_told_once_and_can_give_it_up(
    reading: Reading,
) -> None:
    orders, told = Orders(reading), list[Order]()
    one = order()
    for _time in range(2):
        orders.build(one, told.append)
    building = orders.building(one)
    orders.leave(one, told.append)
    assert building is not None
    assert orders.building(one) is None
    await asyncio.wait([building._task], timeout=SECONDS)
    assert building.is_over
    assert told == []
