"""Countries of django-countries, one and several."""

from __future__ import annotations

from django.db import models
from django_countries.fields import CountryField

from livesheet.models import LiveSheetMixin


class Trip(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    start = CountryField(blank=True)
    through = CountryField(multiple=True, blank=True)

    def __str__(self) -> str:
        return self.name
