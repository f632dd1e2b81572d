"""A set of primary keys in little memory: a Python set per user would cost gigabytes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from operator import lt

MERGE_AT = 1_024

# The mark of a key whose row is not known, and of one whose row is not the same for all who have
# it.
UNKNOWN = 0
DIFFERING = 1


class PkSet:
    """Primary keys as texts, each with a mark: a 64-bit number that stands for what its row held.

    Integers are kept in two sorted arrays, 16 bytes a key.
    """

    def __init__(self, pks: Iterable[str] = ()) -> None:
        self._numbers = array("q")
        self._marks = array("q")
        self._fresh: dict[int, int] = {}
        self._texts: dict[str, int] = {}
        self.update(pks)

    def update(self, pks: Iterable[str]) -> None:
        """Add keys; those that are there keep their mark."""
        for pk in pks:
            if pk not in self:
                self.mark(pk, UNKNOWN)

    def mark(self, pk: str, mark: int) -> None:
        """Add a key, or give it another mark."""
        number = _integer(pk)
        if number is None:
            self._texts[pk] = mark
            return
        at = self._place(number)
        if at is not None:
            self._marks[at] = mark
        else:
            self._fresh[number] = mark
            self._merge_when_due()

    def blend(self, pk: str, mark: int) -> None:
        """Add a key, or note that one more member has it with this mark."""
        known = self.mark_of(pk)
        if known == mark and known is not None:
            return
        if not known:
            self.mark(pk, mark)
        elif mark != UNKNOWN:
            self.mark(pk, DIFFERING)

    def blend_all(self, marks: Sequence[tuple[str, int]]) -> None:
        """``blend`` many keys; quick if they are new and in order, or known with the same marks."""
        numbers = integers([pk for pk, _mark in marks])
        if numbers and self._have_joined(numbers, array("q", [mark for _pk, mark in marks])):
            return
        for pk, mark in marks:
            self.blend(pk, mark)

    def _have_joined(self, numbers: array[int], marks: array[int]) -> bool:
        """Whether all could be appended at once, or were there already with the same marks."""
        first = bisect_left(self._numbers, numbers[0])
        if first < len(self._numbers):
            there = slice(first, first + len(numbers))
            return self._numbers[there] == numbers and self._marks[there] == marks
        if self._fresh or not all(map(lt, numbers, numbers[1:])):
            return False
        self._numbers.extend(numbers)
        self._marks.extend(marks)
        return True

    def mark_of(self, pk: str) -> int | None:
        """The mark of a key; None where the key is not there."""
        number = _integer(pk)
        if number is None:
            return self._texts.get(pk)
        at = self._place(number)
        return self._fresh.get(number) if at is None else self._marks[at]

    def discard(self, pk: str) -> None:
        number = _integer(pk)
        if number is None:
            self._texts.pop(pk, None)
        elif (at := self._place(number)) is not None:
            del self._numbers[at], self._marks[at]
        else:
            self._fresh.pop(number, None)

    def __contains__(self, pk: str) -> bool:
        return self.mark_of(pk) is not None

    def __iter__(self) -> Iterator[str]:
        yield from map(str, self._numbers)
        yield from map(str, self._fresh)
        yield from self._texts

    def __len__(self) -> int:
        return len(self._numbers) + len(self._fresh) + len(self._texts)

    def _place(self, number: int) -> int | None:
        at = bisect_left(self._numbers, number)
        return at if at < len(self._numbers) and self._numbers[at] == number else None

    def _merge_when_due(self) -> None:
        # Merging seldom and in proportion keeps the total work small.
        if len(self._fresh) <= max(MERGE_AT, len(self._numbers) // 4):
            return
        marks = dict(zip(self._numbers, self._marks, strict=True)) | self._fresh
        numbers = sorted(marks)
        self._numbers = array("q", numbers)
        self._marks = array("q", map(marks.__getitem__, numbers))
        self._fresh.clear()


def _integer(pk: str) -> int | None:
    """The number that is written exactly like this, if it fits into eight bytes."""
    if pk.isdecimal() and pk.isascii() and pk[0] != "0" and len(pk) < 19:
        return int(pk)  # nearly all of them
    if len(pk) > 19 or not pk.isascii() or not pk.lstrip("-").isdigit():
        return None
    number = int(pk)
    return number if str(number) == pk and -(2**63) <= number < 2**63 else None


def integers(pks: list[str]) -> array[int] | None:
    """``_integer`` of each, much faster; None unless all are integers."""
    try:
        numbers = array("q", map(int, pks))
    except (ValueError, OverflowError):
        return None
    return numbers if list(map(str, numbers)) == pks else None
