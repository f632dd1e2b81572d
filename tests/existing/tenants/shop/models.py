from __future__ import annotations

from django.db import models

from livesheet.models import LiveSheetMixin


class Crate(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
