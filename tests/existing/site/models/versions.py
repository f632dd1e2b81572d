"""Kept in versions by django-reversion, and written about by django-auditlog."""

from __future__ import annotations

import reversion
from auditlog.registry import auditlog
from django.db import models

from livesheet.models import LiveSheetMixin


class Deed(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    price = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


reversion.register(Deed)
auditlog.register(Deed)
