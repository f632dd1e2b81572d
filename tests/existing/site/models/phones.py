"""Numbers of django-phonenumber-field."""

from __future__ import annotations

from django.db import models
from phonenumber_field.modelfields import PhoneNumberField

from livesheet.models import LiveSheetMixin


class Contact(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    phone = PhoneNumberField(blank=True, region="DE")

    def __str__(self) -> str:
        return self.name
