"""The store for all orders of a process, within one limit of memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable

from livesheet import conf
from livesheet.orders.order import Order

# Users who come later than this do not share the order; a new one is made.
FRESH_SECONDS = 30.0


class Shelf:
    """Drops the least recently used order first, even if somebody is looking at it."""

    def __init__(self) -> None:
        self._orders: OrderedDict[Order, Hashable] = OrderedDict()
        self._newest: dict[Hashable, Order] = {}

    def fresh(self, key: Hashable) -> Order | None:
        """The newest order for this key, if it is recent enough to be shared."""
        order = self._newest.get(key)
        is_old = order is not None and time.monotonic() - order.made_at > FRESH_SECONDS
        return None if is_old else order

    def put(self, key: Hashable, order: Order) -> None:
        self._orders[order] = key
        self._newest[key] = order
        self.trim()

    def used(self, order: Order) -> None:
        if order in self._orders:
            self._orders.move_to_end(order)

    def remove(self, order: Order) -> None:
        key = self._orders.pop(order, None)
        if key is not None and self._newest.get(key) is order:
            del self._newest[key]
        order.drop()

    def trim(self) -> None:
        """Drop orders until they are within the limit. Also called after an order has grown."""
        left = self.bytes - conf.get("MAX_ORDER_BYTES")
        while left > 0 and len(self._orders) > 1:
            oldest = next(iter(self._orders))
            left -= oldest.bytes
            self.remove(oldest)

    @property
    def bytes(self) -> int:
        return sum(order.bytes for order in self._orders)


shelf = Shelf()
