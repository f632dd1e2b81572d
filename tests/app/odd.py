"""Models that Django allows and few projects have."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models.functions import Now, Upper

from livesheet.models import LiveSheetMixin
from tests.app.fields import GradeField, WordsField


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


class Grade(LiveSheetMixin, models.Model):
    """Its key is of a kind of its own, which cannot read everything."""

    letter = GradeField(max_length=5, primary_key=True)
    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Lesson(LiveSheetMixin, models.Model):
    """What REST framework's fields know little of."""

    DAY = dt.timedelta(days=1)
    START = dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC)

    name = models.CharField(max_length=40, blank=True, unique_for_date="held")
    held = models.DateField(null=True, blank=True)
    grade = models.ForeignKey(Grade, models.CASCADE, null=True, blank=True)
    mark = GradeField(max_length=5, default="a")
    words = WordsField(max_length=40, default="x", blank=True)
    length = models.DurationField(null=True, blank=True, choices=[(DAY, "A day"), (2 * DAY, "Two")])
    start = models.DateTimeField(
        null=True, blank=True, choices=[(START, "Early"), (START + DAY, "Late")]
    )
    mail = models.EmailField(blank=True, choices=[("a@example.com", "Ann"), ("b@b.example", "Bea")])
    weight = models.FloatField(null=True, blank=True)
    lasts = models.DurationField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Moment(LiveSheetMixin, models.Model):
    at = models.DateTimeField(primary_key=True)
    text = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.text
