from __future__ import annotations

from huey.contrib.djhuey import db_task
from shop.models import Product


@db_task()
def import_price(pk: int, price: str) -> None:
    product = Product.objects.get(pk=pk)
    product.price = price
    product.save()


@db_task()
def take_in_delivery(name: str) -> None:
    Product.objects.create(name=name, supplier=Product.objects.earliest("pk").supplier, price=3)
