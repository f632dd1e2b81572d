"""A sheet whose rows a user may lose sight of."""

from __future__ import annotations

from typing import Any

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Product


class MineSheet(LiveSheetConsumer):
    model = Product
    sheet_name = "mine"
    title = "My products"
    fields = ["name", "price", "stock", "supplier"]

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(owner=self.user.get_username())
