"""Tags of django-taggit."""

from __future__ import annotations

from django.db import models
from taggit.managers import TaggableManager

from livesheet.models import LiveSheetMixin


class Post(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    tags = TaggableManager(blank=True)

    def __str__(self) -> str:
        return self.name
