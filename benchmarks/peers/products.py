"""What all that save have in common: a product of ten columns."""

from __future__ import annotations

from django.db import models


class ProductFields(models.Model):
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    cost = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    stock = models.IntegerField(default=0)
    weight = models.FloatField(default=0)
    active = models.BooleanField(default=True)
    listed = models.DateField(null=True, blank=True)
    counted = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


COLUMNS = [field.name for field in ProductFields._meta.local_fields]
