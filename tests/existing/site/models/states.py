"""States of django-fsm."""

from __future__ import annotations

from django.db import models
from django_fsm import FSMField, transition

from livesheet.models import LiveSheetMixin


class Order(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=40)
    state = FSMField(default="new", protected=True)
    mood = FSMField(default="calm")

    def __str__(self) -> str:
        return self.name

    @transition(field=state, source="open", target="paid")
    def pay(self) -> None: ...
