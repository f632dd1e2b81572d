"""An order: the sequence of the rows that a view shows, and how many of their places are known."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from livesheet import conf
from livesheet.log.changelog import Position
from livesheet.orders.anchors import STRIDE, Anchors, read_anchors
from livesheet.orders.indexes import estimated
from livesheet.orders.keysets import Keyset, Place
from livesheet.orders.view import View
from livesheet.orders.viewquery import ViewQuery
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import Labels, as_keys

# How many places the first statement reads, and how many any other reads at most. Progress is shown
# after each statement, and the work can stop there.
FIRST_PLACES, MOST_PLACES = 10_000, 2_000_000
# Without an index, each statement reads and sorts all rows that are left. If one took longer than
# this, the next one reads all places, unless it would probably take too long: sorting all rows
# takes some ten times as long as finding the first ones.
SLOW_SECONDS, ALL_PLACES, SORTING = 1.0, 100_000_000, 10
GROWTH, SHRINKAGE = 16, 4
GROUP = "livesheet_group_"


class Order:
    """An order is shared by all users who see the same rows in the same view. It holds no rows.

    ``position`` is the position of the log before the order was read. ``count`` is the number of
    rows once all places are known; until then, there are at least so many.
    """

    def __init__(self, view: View, position: Position) -> None:
        self.view = view
        self.position = position
        self.made_at = time.monotonic()
        self.anchors = Anchors()
        self.count = 0
        self.is_exact = False
        self.about: int | None = None  # by the database's statistics; 0: it has none
        self.is_dropped = False

    @property
    def bytes(self) -> int:
        return self.anchors.bytes + 2_000

    @property
    def known(self) -> int:
        """The number of places to which a user can go."""
        return self.count if self.is_exact else len(self.anchors) * STRIDE

    def take(self, places: Sequence[Place], count: int, wanted: int) -> None:
        """Add what ``read_anchors`` found after the known places."""
        if self.is_dropped:
            return
        self.anchors.extend(places)
        self.count = max(self.count, (len(self.anchors) - len(places)) * STRIDE + count)
        self.is_exact = count < wanted

    def saw(self, count: int, *, is_all: bool) -> None:
        """Count the first rows, which are read separately."""
        if not self.is_exact:
            self.count, self.is_exact = max(self.count, count), is_all

    def drop(self) -> None:
        """Forget the places. Whoever still uses this order needs a new one.

        The count stays: whoever is told that nobody counts on must not be told that there are none.
        """
        self.is_dropped, self.is_exact = True, False
        self.anchors = Anchors()

    def before(self, block: int) -> Place | None:
        """The place after which a block of a thousand rows begins; None for the first block."""
        return None if block == 0 else self.anchors[block - 1]

    def through(self, block: int) -> Place | None:
        """The place at which a block ends; None for the last one, which has no end."""
        return self.anchors[block] if block < len(self.anchors) else None


@dataclass(frozen=True, slots=True)
class Listed:
    """The keys of consecutive rows, and at which of them each group begins, with its values.

    ``within``: how many of the first row's values, from the outer one, the row before has as well.
    """

    pks: list[str]
    starts: Sequence[tuple[int, list[Any]]] = ()
    within: int = 0


class Ordered:
    """The rows of one view that one user may see now. Synchronous: for a database thread.

    Raises ``LiveSheetError`` if the rows cannot be filtered or sorted in this way.
    """

    def __init__(self, sheet: Sheet, view: View) -> None:
        self._model = sheet.get_model()
        query = ViewQuery(sheet)
        self._rows = query.narrowed(view)
        self._groups = query.grouping(view)
        self.keyset = Keyset(query.rows(view))

    def estimate(self) -> int | None:
        """For ``Order.about``."""
        return estimated(self._rows)

    def first(self, most: int) -> Listed:
        """The keys of the first rows."""
        return self._listed(self.keyset.rows, most, None)

    def more(self, order: Order, most: int) -> tuple[Sequence[Place], int]:
        """Anchors among the next ``most`` rows after the known ones, and the number of these rows.

        ``Order.take`` adds them to the order.
        """
        return read_anchors(self.keyset, order.before(len(order.anchors)), most)

    def keys(self, order: Order, first: int, last: int, most: int) -> Listed:
        """The keys of the rows that are in these blocks now."""
        rows = self.keyset.between(order.before(first), order.through(last))
        return self._listed(rows, most, order.before(first))

    def _listed(self, rows: Any, most: int, before: Place | None) -> Listed:
        if not self._groups.groups:
            return Listed(list(self._keys(rows, most)))
        names = [f"{GROUP}{n}" for n in range(len(self._groups.groups))]
        keyed = dict(zip(names, (group.key for group in self._groups.groups), strict=True))
        read = self.keyset.read(rows.annotate(**keyed), "pk", *names)[:most]
        pks, starts, former = [], [], None
        for at, (pk, *more) in enumerate(read):
            pks.append(str(pk))
            if (keys := more[: len(names)]) != former:
                starts.append((at, self._wire(keys)))
            former = keys
        return Listed(pks, starts, self._within(pks, before))

    def _wire(self, keys: Sequence[Any]) -> list[Any]:
        return [group.wire(key) for group, key in zip(self._groups.groups, keys, strict=True)]

    def _within(self, pks: Sequence[str], before: Place | None) -> int:
        place = self.keyset.place_of_key(pks[0]) if pks and before is not None else None
        if place is None or before is None:
            return 0
        width = found = 0
        for group in self._groups.groups:
            width += len(group.ordering)
            is_same = width <= len(place) and list(place[:width]) == list(before[:width])
            found += is_same  # otherwise, so are the inner ones
        return found

    def labels(self, starts: Sequence[tuple[int, list[Any]]]) -> Labels:
        """The labels of the groups of a page's rows, if they are grouped by a relation."""
        found: Labels = {}
        for n, group in enumerate(self._groups.groups):
            keys = dict.fromkeys(values[n] for _at, values in starts if values[n] is not None)
            found[group.term.column.name] = group.labels(list(keys))
        return {column: texts for column, texts in found.items() if texts}

    def place_of(self, order: Order, pk: str) -> int | None:
        """The number of the row; None if it is not in the view, or far beyond the known places."""
        keyset = self.keyset
        if (place := keyset.place_of_key(pk)) is None:
            return None
        (key,) = as_keys(self._model._meta.pk, [pk])
        block = self._block_of(order, key)
        before = keyset.read(keyset.between(order.before(block), place), "pk")[: FIRST_PLACES + 1]
        return block * STRIDE + len(before) - 1 if len(before) <= FIRST_PLACES else None

    def _block_of(self, order: Order, key: Any) -> int:
        """A binary search, since only the database can tell which of two places comes first."""
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
    """How many places each statement reads.

    The number grows most if a statement was slow: without an index, each statement reads all rows,
    whether it returns few places or many. If the database cancelled a statement for taking too
    long, the next one reads fewer places, which need less sorting.
    """

    def __init__(self) -> None:
        self.places, self._most = FIRST_PLACES, ALL_PLACES

    def went_well(self, seconds: float) -> None:
        is_possible = seconds * SORTING < (conf.get("STATEMENT_SECONDS") or math.inf)
        is_better = seconds > SLOW_SECONDS and is_possible
        more = ALL_PLACES if is_better else min(self.places * GROWTH, MOST_PLACES)
        self.places = min(more, self._most)

    def took_too_long(self) -> bool:
        """Return whether another try with fewer places makes sense."""
        fewer = min(self.places // SHRINKAGE // STRIDE * STRIDE, MOST_PLACES)
        self._most = max(FIRST_PLACES, fewer)
        is_less = self._most < self.places
        self.places = self._most
        return is_less
