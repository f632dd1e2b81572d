"""A field of every kind that a model may have, and relations too large to be sent whole."""

from __future__ import annotations

from django.contrib.postgres.fields import (
    ArrayField,
    DateRangeField,
    DecimalRangeField,
    IntegerRangeField,
)
from django.db import models

from livesheet.models import LiveSheetMixin
from tests.app.models import Supplier, Tag


class Money:
    def __init__(self, amount: str) -> None:
        self.amount = amount

    def __str__(self) -> str:
        return f"{self.amount} EUR"


class MoneyField(models.Field):  # type: ignore[type-arg]
    """Nobody but its author knows what it holds."""

    def get_internal_type(self) -> str:
        return "CharField"

    def db_type(self, connection: object) -> str:
        return "varchar(40)"

    def from_db_value(self, value: str | None, *args: object) -> Money | None:
        return None if value is None else Money(value)

    def get_prep_value(self, value: object) -> object:
        return value.amount if isinstance(value, Money) else value


class Customer(LiveSheetMixin, models.Model):
    """Three thousand of them."""

    name = models.CharField(max_length=60)
    hidden = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Badge(LiveSheetMixin, models.Model):
    number = models.IntegerField(unique=True)

    def __str__(self) -> str:
        return f"Badge {self.number}"


class Specimen(LiveSheetMixin, models.Model):
    class Grade(models.TextChoices):
        FINE = "f", "Fine"
        GOOD = "g", "Good, mostly"
        POOR = "p", "Poor"

    char = models.CharField(max_length=200, blank=True, help_text="What is asked for.")
    text = models.TextField(blank=True)
    slug = models.SlugField(blank=True)
    email = models.EmailField(blank=True)
    url = models.URLField(blank=True)
    small = models.SmallIntegerField(null=True, blank=True)
    positive = models.PositiveIntegerField(null=True, blank=True)
    integer = models.IntegerField(null=True, blank=True)
    big = models.BigIntegerField(null=True, blank=True)
    twenty = models.DecimalField(max_digits=20, decimal_places=0, null=True, blank=True)
    decimal = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    floating = models.FloatField(null=True, blank=True)
    boolean = models.BooleanField(default=False)
    maybe = models.BooleanField(null=True, blank=True)
    date = models.DateField(null=True, blank=True)
    time = models.TimeField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)
    duration = models.DurationField(null=True, blank=True)
    uuid = models.UUIDField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    choice = models.IntegerField(choices=[(1, "One"), (2, "Two")], null=True, blank=True)
    grade = models.CharField(max_length=1, choices=Grade, blank=True)
    maker = models.ForeignKey(Supplier, models.SET_NULL, null=True, blank=True)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True)
    badge = models.OneToOneField(Badge, models.SET_NULL, null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True)
    customers = models.ManyToManyField(Customer, blank=True, related_name="+")
    data = models.JSONField(null=True, blank=True)
    upload = models.FileField(blank=True)
    picture = models.ImageField(blank=True)
    blob = models.BinaryField(null=True, blank=True, editable=True)
    money = MoneyField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Specimen {self.pk}"

    @property
    def shout(self) -> str:
        return self.char.upper()

    def length(self) -> int:
        return len(self.text)


class Series(LiveSheetMixin, models.Model):
    """What only PostgreSQL has."""

    numbers = ArrayField(models.IntegerField(), null=True, blank=True)
    words = ArrayField(models.CharField(max_length=200, blank=True), default=list, blank=True)
    prices = ArrayField(models.DecimalField(max_digits=20, decimal_places=2), null=True, blank=True)
    nested = ArrayField(ArrayField(models.IntegerField()), null=True, blank=True)
    span = IntegerRangeField(null=True, blank=True)
    amount = DecimalRangeField(null=True, blank=True)
    period = DateRangeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        required_db_vendor = "postgresql"

    def __str__(self) -> str:
        return f"Series {self.pk}"
