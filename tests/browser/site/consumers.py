"""A sheet whose rows a user may lose sight of."""

from __future__ import annotations

from typing import Any

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Product, Sample


class MineSheet(LiveSheetConsumer):
    model = Product
    sheet_name = "mine"
    title = "My products"
    fields = ["name", "price", "stock", "supplier"]

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(owner=self.user.get_username())


class WholeSheet(LiveSheetConsumer):
    """Of a paste all is saved or nothing."""

    model = Product
    sheet_name = "whole"
    fields = ["name", "price", "stock"]
    atomic_pastes = True


class CalcSheet(LiveSheetConsumer):
    """The columns of the block in tests/browser/clipboard/."""

    model = Sample
    sheet_name = "calc"
    fields = [
        "char", "text", "decimal", "integer", "date", "time", "moment", "boolean", "floating",
    ]  # fmt: skip
