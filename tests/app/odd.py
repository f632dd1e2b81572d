"""Models that Django allows and few projects have."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now, Upper

from livesheet.models import LiveSheetMixin


class Odd(LiveSheetMixin, models.Model):
    """Names and columns that mean something elsewhere, and values that the database makes."""

    code = models.BigIntegerField(primary_key=True)
    id = models.CharField(max_length=40, blank=True)
    type = models.CharField(max_length=40, blank=True)
    order = models.IntegerField(default=0, db_column="order by")
    rows = models.IntegerField(default=0)
    größe = models.IntegerField(default=0)
    made = models.DateTimeField(db_default=Now())
    number = models.FloatField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    moment = models.DateTimeField(null=True, blank=True)
    span = models.DurationField(null=True, blank=True)
    loud = models.GeneratedField(
        expression=Upper("type"), output_field=models.CharField(max_length=40), db_persist=True
    )

    def __str__(self) -> str:
        return self.type

    @property
    def failing(self) -> str:
        return str(Odd.objects.extra(where=["nowhere = 1"]).first())


class OddView(LiveSheetMixin, models.Model):
    """A view of the database, made by the test."""

    name = models.CharField(max_length=40)

    class Meta:
        managed = False
        db_table = "app_oddview"

    def __str__(self) -> str:
        return self.name
