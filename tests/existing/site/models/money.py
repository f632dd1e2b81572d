"""Amounts of django-money."""

from __future__ import annotations

from django.db import models
from djmoney.models.fields import MoneyField

from livesheet.models import LiveSheetMixin


class Invoice(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    total = MoneyField(max_digits=10, decimal_places=2, default_currency="EUR")
    tip = MoneyField(max_digits=10, decimal_places=2, null=True, blank=True)

    def __str__(self) -> str:
        return self.name
