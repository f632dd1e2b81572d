"""What a small wholesaler keeps: products, who supplies them, who ordered them, and the cities.

The messages are written for the person at the sheet: they appear on the refused cell as they are.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from livesheet.models import LiveSheetMixin, Natural


class AtLeast(BaseValidator):
    """Django's MinValueValidator, in our words: REST framework puts its own in place of that's."""

    code = "min_value"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a < b)


class AtMost(BaseValidator):
    code = "max_value"

    def compare(self, a: Any, b: Any) -> bool:
        return bool(a > b)


def not_in_the_future(day: date) -> None:
    if day > timezone.localdate():
        raise ValidationError("A count cannot lie in the future.")


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_time_zone(name: str) -> None:
    if name not in known_zones():
        raise ValidationError(f"“{name}” is not a time zone. Write it like Europe/Lisbon.")


class Supplier(LiveSheetMixin, models.Model):
    name = models.CharField(
        max_length=80,
        unique=True,
        error_messages={"unique": "There is already a supplier of this name."},
    )
    contact = models.CharField("contact person", max_length=80, blank=True)
    email = models.EmailField("e-mail", blank=True)
    lead_days = models.PositiveSmallIntegerField(
        "lead time (days)",
        default=3,
        validators=[AtMost(120, "No supplier takes more than 120 days.")],
    )
    minimum_order = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        default=0,
        validators=[AtLeast(0, "A minimum order cannot be negative.")],
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Product(LiveSheetMixin, models.Model):
    class Unit(models.TextChoices):
        PIECE = "piece", "piece"
        KILO = "kg", "kg"
        LITRE = "litre", "litre"
        PACK = "pack", "pack"
        CASE = "case", "case"
        SACK = "sack", "sack"
        TRAY = "tray", "tray"

    name = models.CharField(
        max_length=120,
        unique=True,
        error_messages={"unique": "There is already a product of this name."},
    )
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="products")
    price = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        validators=[AtLeast(0, "A price cannot be negative.")],
    )
    stock = models.IntegerField(default=0, validators=[AtLeast(0, "Stock cannot be below zero.")])
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.PIECE)
    active = models.BooleanField(default=True)
    counted_on = models.DateField("counted", null=True, blank=True, validators=[not_in_the_future])

    # Optional: cells and rows of the sheet then have a history, and old values can be restored.
    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Country(LiveSheetMixin, models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class City(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=120)
    country = models.ForeignKey(Country, models.PROTECT, related_name="cities")
    population = models.IntegerField(validators=[AtLeast(0, "A population cannot be negative.")])
    latitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        validators=[
            AtLeast(-90, "Latitudes end at −90, the South Pole."),
            AtMost(90, "Latitudes end at 90, the North Pole."),
        ],
    )
    longitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        validators=[
            AtLeast(-180, "Longitudes run from −180 to 180."),
            AtMost(180, "Longitudes run from −180 to 180."),
        ],
    )
    time_zone = models.CharField(max_length=40, validators=[known_time_zone])

    class Meta:
        ordering = ["-population"]
        indexes = [models.Index(fields=["-population", "id"], name="city_by_population")]
        verbose_name_plural = "cities"

    def __str__(self) -> str:
        return self.name


class Order(LiveSheetMixin, models.Model):
    """What a customer ordered. ``make demo ROWS=1000000`` makes a million."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        PACKED = "packed", "packed"
        SENT = "sent", "sent"
        PAID = "paid", "paid"
        RETURNED = "returned", "returned"

    customer = models.CharField(max_length=80)
    product = models.ForeignKey(Product, models.PROTECT, related_name="orders")
    quantity = models.PositiveIntegerField(validators=[AtLeast(1, "Nobody orders less than one.")])
    price = models.DecimalField(
        "unit price",
        max_digits=9,
        decimal_places=2,
        validators=[AtLeast(0, "A price cannot be negative.")],
    )
    discount = models.PositiveSmallIntegerField(
        "discount (%)", default=0, validators=[AtMost(90, "Nobody gets more than 90 %.")]
    )
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    urgent = models.BooleanField(default=False)
    ordered_on = models.DateField()
    city = models.ForeignKey(City, models.PROTECT, related_name="orders")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        # What a sheet of a million rows is sorted and narrowed by, at once.
        indexes = [
            models.Index(Natural("customer"), "id", name="order_by_customer"),
            models.Index(fields=["ordered_on", "id"], name="order_by_day"),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"
