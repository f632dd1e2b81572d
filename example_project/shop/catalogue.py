"""The wholesaler's goods, the same on every machine: read from ``catalogue.txt`` beside it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from shop.models import Product, Supplier

TEXT = Path(__file__).with_suffix(".txt")
SIZE_AND_PRICE = re.compile(r"(?P<size>.+?) (?P<price>\d+\.\d\d)(?:, |$)")
STOCK_BY_UNIT = {"piece": 240, "kg": 90, "pack": 160, "case": 60, "sack": 45, "tray": 36}


def suppliers() -> list[Supplier]:
    """Unsaved suppliers, in the order of the file."""
    return [supplier for supplier, _ in entries()]


def products(by_name: dict[str, Supplier], today: date) -> list[Product]:
    """Unsaved products of saved suppliers, counted in the four months before ``today``."""
    chance = random.Random("a wholesaler's desk")
    return [
        stocked(
            Product(name=name, supplier=by_name[supplier.name], unit=unit, price=price),
            chance,
            today,
        )
        for supplier, lines in entries()
        for name, unit, price in (each for line in lines for each in sizes(line))
    ]


def entries() -> Iterator[tuple[Supplier, list[str]]]:
    for block in TEXT.read_text(encoding="utf-8").split("\n\n")[1:]:
        head, *lines = block.strip().splitlines()
        name, contact, email, lead_days, minimum_order = head.split(" | ")
        yield (
            Supplier(
                name=name,
                contact=contact,
                email=email,
                lead_days=int(lead_days),
                minimum_order=Decimal(minimum_order),
            ),
            lines,
        )


def sizes(line: str) -> Iterator[tuple[str, str, Decimal]]:
    """``- Ghee | piece | 500 g 5.20, 2 kg 18.40`` → (Ghee, 500 g; piece; 5.20), …"""
    name, unit, offers = line.removeprefix("- ").split(" | ")
    for offer in SIZE_AND_PRICE.finditer(offers):
        yield f"{name}, {offer['size']}", unit, Decimal(offer["price"])


def stocked(product: Product, chance: random.Random, today: date) -> Product:
    usual = STOCK_BY_UNIT[product.unit]
    product.stock = 0 if chance.random() < 0.04 else round(chance.triangular(1, usual, usual / 3))
    product.active = chance.random() > 0.06
    if chance.random() > 0.1:
        product.counted_on = today - timedelta(days=round(chance.triangular(1, 120, 12)))
    return product
