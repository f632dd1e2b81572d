"""Ours, as the quickstart has it; once more with rows that depend on the user."""

from __future__ import annotations

from django.db.models import QuerySet
from products import COLUMNS
from sheets.models import Product

from livesheet.consumers import LiveSheetConsumer


class ProductSheet(LiveSheetConsumer):
    model = Product
    fields = COLUMNS


class OwnProductSheet(LiveSheetConsumer):
    """Each user is an audience, though all of them may see everything."""

    model = Product
    fields = COLUMNS
    sheet_name = "own-product"

    def get_queryset(self) -> QuerySet[Product]:
        return Product.objects.filter(stock__gte=-self.user.pk)
