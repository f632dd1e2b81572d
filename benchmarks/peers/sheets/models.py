from __future__ import annotations

from products import ProductFields

from livesheet.models import LiveSheetMixin


class Product(LiveSheetMixin, ProductFields):
    pass
