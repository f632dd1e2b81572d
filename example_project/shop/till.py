"""Sales made elsewhere, to watch arriving: plain ``save()`` calls, as any program makes them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count, islice

from django.db import transaction

from livesheet import acting_as
from shop.models import Product


def sell(sales: int | None = None, among: int | None = None) -> Iterator[Product]:
    """Sell one product after another, one per step; endless without a number of ``sales``.

    ``among``: only the first so many of the list, where somebody is looking.
    """
    keys = list(
        Product.objects.filter(active=True, stock__gt=0).values_list("pk", flat=True)[:among]
    )
    for _ in islice(count(), sales):
        if not keys:
            return
        with acting_as(origin="till"), transaction.atomic():
            product = Product.objects.select_for_update().get(pk=random.choice(keys))
            product.stock = max(0, product.stock - random.randint(1, 3))
            product.save(update_fields=["stock"])
        yield product
