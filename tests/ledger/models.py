"""An app with migrations, which put triggers on its table and take them off again."""

from __future__ import annotations

import uuid

from django.db import models

from livesheet.models import LiveSheetMixin


class Booking(LiveSheetMixin, models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.text
