"""The orders of an audience, made as long as somebody waits for them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Sequence

from django.db import OperationalError

from livesheet import threads
from livesheet.feed.reading import Reading
from livesheet.log.changelog import Position
from livesheet.orders.keysets import Place
from livesheet.orders.order import Order, Ordered, Steps
from livesheet.orders.shelf import shelf
from livesheet.orders.view import View

logger = logging.getLogger("livesheet")

# Called when more of an order is known, or nothing more will be.
Listener = Callable[[Order], None]


class Building:
    """One order that is being made."""

    def __init__(self, order: Order, reading: Reading) -> None:
        self.listeners: list[Listener] = []
        self._order = order
        self._reading = reading
        self._moved = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._work())

    @property
    def is_over(self) -> bool:
        return self._task.done()

    def cancel(self) -> None:
        """What is known by then stays."""
        self._task.cancel()

    async def reaches(self, place: int) -> bool:
        """Wait until the place is known. Returns whether it is; it may be that there is none."""
        while self._order.known <= place and not self._task.done():
            await self._moved.wait()
        return self._order.known > place

    async def _work(self) -> None:
        try:
            steps = Steps()
            while not (self._order.is_exact or self._order.is_dropped):
                await self._step(steps)
                shelf.trim()
                if not self._order.is_exact:
                    await self._estimate()
                    self._tell()
        except Exception:
            facts = self._reading.facts("order.broke")
            logger.exception("An order could not be made to its end.", extra=facts)
        finally:
            asyncio.get_running_loop().call_soon(self._tell)  # once it is over

    async def _step(self, steps: Steps) -> None:
        most = steps.places
        try:
            found, seconds = await threads.run_order(self._read, most)
        except OperationalError:  # it took too long, mostly
            if not steps.took_too_long():
                raise
            return
        self._order.take(*found, most)  # here, for who gave up may have begun anew
        steps.went_well(seconds)

    async def _estimate(self) -> None:
        """Once, where there are many."""
        if self._order.about is None:
            self._order.about = await threads.run_order(self._estimated) or 0

    def _estimated(self) -> int | None:
        with self._reading.in_language():
            return Ordered(self._reading.sheet, self._order.view).estimate()

    def _read(self, most: int) -> tuple[tuple[Sequence[Place], int], float]:
        """What the statement found, and how long it took."""
        began = time.monotonic()
        with self._reading.in_language():
            found = Ordered(self._reading.sheet, self._order.view).more(self._order, most)
        return found, time.monotonic() - began

    def _tell(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        for listener in tuple(self.listeners):
            listener(self._order)


class Orders:
    """Those who come soon after each other and ask for the same share one."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._generation = object()
        self._buildings: dict[Order, Building] = {}

    def forget(self) -> None:
        """Rights have changed: whoever comes now gets another one."""
        self._generation = object()

    def stop(self) -> None:
        for building in self._buildings.values():
            building.cancel()
        self._buildings.clear()

    def of(self, view: View, position: Position) -> Order:
        key = self._generation, hashlib.sha256(repr(view).encode()).digest()
        if (order := shelf.fresh(key)) is None:
            order = Order(view, position)
            shelf.put(key, order)
        shelf.used(order)
        return order

    def build(self, order: Order, listener: Listener) -> None:
        """Have it made to its end, and the listener told, unless it is."""
        if order.is_exact or order.is_dropped:
            return
        building = self.building(order)
        if building is None:
            building = self._buildings[order] = Building(order, self._reading)
        building.listeners.append(listener)

    def building(self, order: Order) -> Building | None:
        """What is at work on it."""
        building = self._buildings.get(order)
        return None if building is None or building.is_over else building

    def leave(self, order: Order, listener: Listener) -> None:
        """Nobody may be left who waits for it."""
        if (building := self._buildings.get(order)) is None:
            return
        if listener in building.listeners:
            building.listeners.remove(listener)
        if not building.listeners:
            building.cancel()
            del self._buildings[order]
