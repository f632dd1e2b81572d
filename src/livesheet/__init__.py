"""A spreadsheet over your data that everyone can edit at once.

    # shop/models.py
    class Product(LiveSheetMixin, models.Model): ...

    # shop/consumers.py
    class ProductSheet(LiveSheetConsumer):
        model = Product
        fields = ["name", "price", "category", "active"]

    # a template
    {% load livesheet %} {% livesheet "product" %}

Names on the package itself resolve lazily, so that ``import livesheet`` works before
``django.setup()``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.2.0.dev0"

_LAZY = {
    "acting_as": "livesheet.log.actors",
    "record": "livesheet.tracking",
    "track": "livesheet.tracking",
}

__all__ = ["__version__", "acting_as", "record", "track"]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'livesheet' has no attribute {name!r}")
