"""The orders of a process, within one limit of memory."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from livesheet.orders import shelf as module
from livesheet.orders.shelf import FRESH_SECONDS, Shelf


class Order:
    def __init__(self, size: int, made_at: float = 0.0) -> None:
        self.bytes, self.made_at, self.is_dropped = size, made_at, False

    def drop(self) -> None:
        self.is_dropped = True


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module.time, "monotonic", lambda: 0.0)
    with override_settings(LIVESHEET={"MAX_ORDER_BYTES": 100}):
        yield Shelf()


def test_the_newest_order_of_a_key_is_shared_while_it_is_fresh(shelf: Any) -> None:
    fresh, old = Order(1, -FRESH_SECONDS), Order(1, -FRESH_SECONDS - 1)
    shelf.put("fresh", fresh)
    shelf.put("old", old)
    assert shelf.fresh("fresh") is fresh
    assert shelf.fresh("old") is None
    assert shelf.fresh("missing") is None


def test_the_order_that_was_used_longest_ago_is_dropped_first(shelf: Any) -> None:
    first, second, third = Order(40), Order(40), Order(40)
    shelf.put("a", first)
    shelf.put("b", second)
    shelf.used(first)
    shelf.put("c", third)
    assert [one.is_dropped for one in (first, second, third)] == [False, True, False]
    assert shelf.bytes == 80
    assert shelf.fresh("b") is None


def test_no_more_are_dropped_than_the_limit_demands(shelf: Any) -> None:
    orders = [Order(30) for _ in range(4)]
    for n, order in enumerate(orders):
        shelf.put(n, order)
    assert [order.is_dropped for order in orders] == [True, False, False, False]


def test_the_last_one_stays_however_large_it_is(shelf: Any) -> None:
    huge = Order(1_000)
    shelf.put("a", huge)
    assert not huge.is_dropped
    shelf.put("b", Order(1))
    assert huge.is_dropped


def test_an_order_that_has_grown_makes_room_when_it_says_so(shelf: Any) -> None:
    small, growing = Order(40), Order(40)
    shelf.put("a", small)
    shelf.put("b", growing)
    growing.bytes = 90
    shelf.trim()
    assert (small.is_dropped, growing.is_dropped) == (True, False)


def test_a_removed_order_does_not_take_its_successor_with_it(shelf: Any) -> None:
    former, newest = Order(1), Order(1)
    shelf.put("a", former)
    shelf.put("a", newest)
    shelf.remove(former)
    assert former.is_dropped
    assert shelf.fresh("a") is newest
    shelf.used(former)  # somebody still looks at it
    assert shelf.bytes == 1
