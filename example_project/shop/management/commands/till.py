"""``manage.py till``: another process that sells things, while you watch the sheet."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from shop.till import sell


class Command(BaseCommand):
    help = "Sell products until Ctrl+C, or a number of times."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("sales", nargs="?", type=int, default=None)
        parser.add_argument("--every", type=float, default=0.5, help="Seconds between two sales.")

    def handle(self, **options: Any) -> None:
        try:
            for product in sell(options["sales"]):
                self.stdout.write(f"sold  {product.name}: {product.stock} left")
                time.sleep(options["every"])
        except KeyboardInterrupt:
            self.stdout.write("")
