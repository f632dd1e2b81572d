"""Orders, as many as one asks for, of the products and cities that there are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from shop import bulk
from shop.models import City, Order, Product
from shop.progress import Progress

FIRST = (
    "Harbour", "Old Mill", "Golden", "Corner", "Station", "Blue", "Market", "Castle", "Garden",
    "Bridge", "Riverside", "Copper", "Little", "Anchor", "Lantern", "Orchard", "Velvet", "Summer",
)  # fmt: skip
SECOND = (
    "Bakery", "Kitchen", "Hotel", "Deli", "Café", "Grocer", "Canteen", "Bistro", "Inn", "Pantry",
    "Stores", "Tavern", "School", "Caterers", "Brasserie",
)  # fmt: skip
NOTES = ("", "", "", "", "", "back door", "call first", "before eight", "no substitutes", "invoice")
DISCOUNTS = (0, 0, 0, 0, 5, 10, 15, 25)
STATES = Order.State.values
DAYS = 3 * 365

COLUMNS = [
    "customer", "product_id", "price", "quantity", "discount", "state", "urgent", "ordered_on",
    "city_id", "note",
]  # fmt: skip


def insert(count: int, today: date, progress: Progress) -> None:
    """Write so many orders of the last three years, the oldest first."""
    progress.expect(count)
    bulk.insert(Order, COLUMNS, generate(count, today), progress)


def generate(count: int, today: date) -> Iterator[tuple[Any, ...]]:
    """Values in the order of ``COLUMNS``."""
    chance = random.Random("a wholesaler's orders")
    products = list(Product.objects.order_by("name").values_list("pk", "price"))
    cities = list(City.objects.order_by("-population", "pk").values_list("pk", flat=True)[:2000])
    customers = [f"{one} {other}" for one in FIRST for other in SECOND]
    days = [today - timedelta(days=DAYS - n) for n in range(DAYS + 1)]
    # One number has chance enough for all of an order.
    for n in range(count):
        dice = chance.getrandbits(64)
        yield (
            customers[dice % len(customers)],
            *products[(dice >> 12) % len(products)],
            1 + (dice >> 24) % 48,
            DISCOUNTS[(dice >> 32) % len(DISCOUNTS)],
            STATES[(dice >> 36) % len(STATES)],
            (dice >> 42) % 25 == 0,
            days[n * DAYS // count],
            cities[(dice >> 48) % len(cities)],
            NOTES[(dice >> 60) % len(NOTES)],
        )
