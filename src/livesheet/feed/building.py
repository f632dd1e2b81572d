"""Builds the orders of an audience, for as long as somebody waits for them."""

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
    """One order that is being built."""

    def __init__(self, order: Order, reading: Reading) -> None:
        self.listeners: list[Listener] = []
        self._order = order
        self._reading = reading
        self._moved = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._work())
        self._task.add_done_callback(lambda _task: self._tell())

    @property
    def is_over(self) -> bool:
        return self._task.done()

    def cancel(self) -> None:
        """Stop reading. The places known by then remain."""
        self._task.cancel()

    async def reaches(self, place: int) -> bool:
        """Wait until the place is known. Returns whether it is: the order may be shorter."""
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

    async def _step(self, steps: Steps) -> None:
        most = steps.places
        try:
            found, seconds = await threads.run_order(self._read, most)
        except OperationalError:  # usually because it took too long
            if not steps.took_too_long():
                raise
            return
        self._order.take(*found, most)  # not on the thread: whoever gave up may have begun anew
        steps.went_well(seconds)

    async def _estimate(self) -> None:
        """Ask about how many rows there are: once, and only if the first read did not find all."""
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
    """Users who request the same view shortly after each other share one order."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._generation = object()
        self._buildings: dict[Order, Building] = {}

    def forget(self) -> None:
        """Rights have changed: whoever asks from now on gets a new order."""
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
        """Build the order to its end, unless it is complete; tell the listener of each step."""
        if order.is_exact or order.is_dropped:
            return
        building = self.building(order)
        if building is None:
            building = self._buildings[order] = Building(order, self._reading)
        if listener not in building.listeners:
            building.listeners.append(listener)

    def building(self, order: Order) -> Building | None:
        """The building of this order that is under way; None if there is none."""
        building = self._buildings.get(order)
        return None if building is None or building.is_over else building

    def tells(self, order: Order, listener: Listener) -> bool:
        """Whether the listener will be told more about this order.

        Others may go on waiting for an order that the listener has given up.
        """
        building = self.building(order)
        return building is not None and listener in building.listeners

    def leave(self, order: Order, listener: Listener) -> None:
        """Stop building the order if nobody else is waiting for it."""
        if (building := self._buildings.get(order)) is None:
            return
        if listener in building.listeners:
            building.listeners.remove(listener)
        if not building.listeners:
            building.cancel()
            del self._buildings[order]
