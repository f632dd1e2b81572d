from __future__ import annotations

from products import ProductFields


class Product(ProductFields):
    pass
