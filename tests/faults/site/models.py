"""What the oracle's writers write: rows of three tenants, with keys of two kinds."""

from __future__ import annotations

import os
import uuid
from typing import Any

from django.db import models

from livesheet.models import LiveSheetManager, LiveSheetMixin
from tests.faults.site.personas import SECRET

BROKEN_SEAL = "broken"


class Named(models.Model):
    tenant = models.SmallIntegerField(default=0)
    name = models.CharField(max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        if self.name.startswith("!"):
            raise ValueError("a name that cannot be said")
        return self.name


class Seal(models.CharField):
    """The servers cannot read a broken one; the oracle's writers are of a newer release."""

    def from_db_value(self, value: str, *_args: Any) -> str:
        if value == BROKEN_SEAL and not os.environ.get("ORACLE_WRITER"):
            raise ValueError("a seal that cannot be read")
        return value


class Maker(LiveSheetMixin, Named):
    pass


class Mark(LiveSheetMixin, Named):
    pass


class Ware(LiveSheetMixin, Named):
    stock = models.IntegerField(default=50)
    price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    ratio = models.FloatField(null=True, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(null=True, blank=True)
    seal = Seal(max_length=10, default="whole")
    # A sheet shows the one as stars, and never shows the other.
    secret = models.CharField(max_length=20, default=SECRET)
    pin = models.CharField(max_length=20, default=SECRET)
    maker = models.ForeignKey(Maker, models.SET_NULL, null=True, blank=True)
    marks = models.ManyToManyField(Mark, blank=True)

    objects = LiveSheetManager()

    @property
    def verdict(self) -> str:
        if self.stock < 0:
            raise ValueError("no verdict on less than nothing")
        return "plenty" if self.stock >= 50 else "few"


class Gadget(LiveSheetMixin, Named):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    note = models.TextField(blank=True)
    ware = models.ForeignKey(Ware, models.CASCADE, null=True, blank=True)

    objects = LiveSheetManager()


class Trace(models.Model):
    """Written by the database itself, whoever writes: each note that a row got, each tenant."""

    model = models.CharField(max_length=10)
    row = models.CharField(max_length=40)
    tenant = models.SmallIntegerField()
    # None where only the tenant is another one.
    note = models.TextField(null=True)
    is_new = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.model} {self.row}"


class Pallet(LiveSheetMixin, models.Model):
    """Pasted into, many at once."""

    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    stock = models.IntegerField(default=0)
    weight = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.name


class SavedPallet(Pallet):
    """Has a `save()` of its own, which wants to be called for each."""

    class Meta:
        proxy = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
