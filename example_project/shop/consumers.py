"""The sheets. Found by django-livesheet as ``admin.py`` is found by the admin."""

from __future__ import annotations

from livesheet.consumers import LiveSheetConsumer
from shop.models import City, Order, Product, Supplier


class ProductSheet(LiveSheetConsumer):
    model = Product
    fields = ["name", "supplier", "price", "stock", "unit", "active", "counted_on"]
    # So narrow that two sheets fit side by side; a wider window stretches them.
    column_options = {
        "name": {"width": 164},
        "supplier": {"width": 122},
        "price": {"width": 76},
        "stock": {"width": 70},
        "unit": {"width": 68},
        "active": {"width": 78},
        "counted_on": {"width": 94},
    }


class SupplierSheet(LiveSheetConsumer):
    model = Supplier
    fields = ["name", "contact", "email", "lead_days", "minimum_order"]


class CitySheet(LiveSheetConsumer):
    model = City
    fields = ["name", "country", "population", "latitude", "longitude", "time_zone"]


class OrderSheet(LiveSheetConsumer):
    """Any number of rows: above ``window_above``, a browser is sent only those it looks at."""

    model = Order
    fields = [
        "id", "customer", "product", "quantity", "price", "discount", "state", "urgent",
        "ordered_on", "city", "note",
    ]  # fmt: skip
    column_options = {"id": {"width": 84}, "urgent": {"width": 86}, "discount": {"width": 104}}
