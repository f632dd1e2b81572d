"""An order: the rows that a view shows, one after the other, and how far their places are known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from livesheet.log.changelog import Position
from livesheet.orders.anchors import STRIDE, Anchors, read_anchors
from livesheet.orders.keysets import Keyset, Place
from livesheet.orders.view import View
from livesheet.orders.viewquery import ViewQuery
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import as_keys

# How many places the first statement reads, and any other at most: each shows progress, and after
# each the work can end. Few are better where there is no index, since each sorts what is left.
FIRST_PLACES, MOST_PLACES = 10_000, 2_000_000
GROWTH, SHRINKAGE = 16, 4


class Order:
    """Shared by all who look at the same rows in the same way. It holds no rows, and no sheet.

    ``position`` is where the log stood before it was read. ``count`` is exact once all places are
    known, and what there is at least until then.
    """

    def __init__(self, view: View, position: Position) -> None:
        self.view = view
        self.position = position
        self.made_at = time.monotonic()
        self.anchors = Anchors()
        self.count = 0
        self.is_exact = False
        self.is_dropped = False

    @property
    def bytes(self) -> int:
        return self.anchors.bytes + 2_000

    @property
    def known(self) -> int:
        """Places that can be entered."""
        return self.count if self.is_exact else len(self.anchors) * STRIDE

    def take(self, places: Sequence[Place], count: int, wanted: int) -> None:
        """What ``read_anchors`` found behind those that are known."""
        if self.is_dropped:
            return
        self.anchors.extend(places)
        self.count = max(self.count, (len(self.anchors) - len(places)) * STRIDE + count)
        self.is_exact = count < wanted

    def saw(self, count: int, *, is_all: bool) -> None:
        """The first rows, read by themselves."""
        if not self.is_exact:
            self.count, self.is_exact = max(self.count, count), is_all

    def drop(self) -> None:
        """It has to be made anew for whoever still has it."""
        self.is_dropped, self.is_exact = True, False
        self.anchors, self.count = Anchors(), 0

    def before(self, block: int) -> Place | None:
        """After which place a thousand begins; None for the first."""
        return None if block == 0 else self.anchors[block - 1]

    def through(self, block: int) -> Place | None:
        """With which place a thousand ends; None for the last, which takes in whatever follows."""
        return self.anchors[block] if block < len(self.anchors) else None


class Ordered:
    """The rows of one view, as one user may see them now. Synchronous: for a database thread.

    Raises ``LiveSheetError`` where rows cannot be filtered or sorted so.
    """

    def __init__(self, sheet: Sheet, view: View) -> None:
        self._model = sheet.get_model()
        self.keyset = Keyset(ViewQuery(sheet).rows(view))

    def first(self, most: int) -> list[str]:
        """The keys of the first rows."""
        return list(self._keys(self.keyset.rows, most))

    def more(self, order: Order, most: int) -> tuple[Sequence[Place], int]:
        """At most so many places more than are known: one in a thousand, and how many there are.

        For ``Order.take``.
        """
        return read_anchors(self.keyset, order.before(len(order.anchors)), most)

    def keys(self, order: Order, first: int, last: int, most: int) -> list[str]:
        """Of the rows in these thousands, as they are now."""
        rows = self.keyset.between(order.before(first), order.through(last))
        return list(self._keys(rows, most))

    def place_of(self, order: Order, pk: str) -> int | None:
        """Where the row stands; None if it is not there, or far behind what is known."""
        keyset = self.keyset
        if (place := keyset.place_of_key(pk)) is None:
            return None
        (key,) = as_keys(self._model._meta.pk, [pk])
        block = self._block_of(order, key)
        before = keyset.read(keyset.between(order.before(block), place), "pk")[: FIRST_PLACES + 1]
        return block * STRIDE + len(before) - 1 if len(before) <= FIRST_PLACES else None

    def _block_of(self, order: Order, key: Any) -> int:
        """By halves, since only the database can tell which of two places comes first."""
        low, high = 0, len(order.anchors)
        while low < high:
            middle = (low + high + 1) // 2
            later = self.keyset.between(order.before(middle), None).filter(pk=key)
            if list(self.keyset.read(later, "pk")):
                low = middle
            else:
                high = middle - 1
        return low

    def _keys(self, rows: Any, most: int) -> Iterator[str]:
        return (str(found[0]) for found in self.keyset.read(rows, "pk")[:most])


class Steps:
    """How many places are read by one statement after the other.

    They grow, however long one takes: without an index each reads all rows, for few as for many.
    Where the database ended a statement, fewer places are less to sort.
    """

    def __init__(self) -> None:
        self.places, self._most = FIRST_PLACES, MOST_PLACES

    def went_well(self) -> None:
        self.places = min(self.places * GROWTH, self._most)

    def took_too_long(self) -> bool:
        """Returns whether it is worth another try."""
        self._most = max(FIRST_PLACES, self.places // SHRINKAGE // STRIDE * STRIDE)
        is_less = self._most < self.places
        self.places = self._most
        return is_less
