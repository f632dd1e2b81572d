"""A set of primary keys in little memory: a Python set per user would cost gigabytes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

MERGE_AT = 1_024


class PkSet:
    """Primary keys as texts. Integers are kept in a sorted array of 8 bytes each."""

    def __init__(self, pks: Iterable[str] = ()) -> None:
        self._sorted = array("q")
        self._fresh: set[int] = set()
        self._texts: set[str] = set()
        self.update(pks)

    def update(self, pks: Iterable[str]) -> None:
        for pk in pks:
            number = _integer(pk)
            if number is None:
                self._texts.add(pk)
            elif not self._find(number):
                self._fresh.add(number)
        # Merging seldom and in proportion keeps the total work small.
        if len(self._fresh) > max(MERGE_AT, len(self._sorted) // 8):
            self._sorted = array("q", sorted([*self._sorted, *self._fresh]))
            self._fresh.clear()

    def discard(self, pk: str) -> None:
        number = _integer(pk)
        if number is None:
            self._texts.discard(pk)
        elif number in self._fresh:
            self._fresh.discard(number)
        elif self._find(number):
            del self._sorted[bisect_left(self._sorted, number)]

    def __contains__(self, pk: str) -> bool:
        number = _integer(pk)
        if number is None:
            return pk in self._texts
        return number in self._fresh or self._find(number)

    def __len__(self) -> int:
        return len(self._sorted) + len(self._fresh) + len(self._texts)

    def _find(self, number: int) -> bool:
        at = bisect_left(self._sorted, number)
        return at < len(self._sorted) and self._sorted[at] == number


def _integer(pk: str) -> int | None:
    """The number that is written exactly so, if it fits eight bytes."""
    if len(pk) > 19 or not pk.isascii() or not pk.lstrip("-").isdigit():
        return None
    number = int(pk)
    return number if str(number) == pk and -(2**63) <= number < 2**63 else None
