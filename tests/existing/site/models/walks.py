"""Keys that are objects, as those of ULID or hashid fields, and orders of all kinds."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from model_utils.models import TimeStampedModel
from simple_history.models import HistoricalRecords

from livesheet.models import LiveSheetMixin


class Code:
    """Stored as a number, shown as letters."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __str__(self) -> str:
        return "".join("abcdefghij"[int(digit)] for digit in str(self.number))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Code) and other.number == self.number

    def __hash__(self) -> int:
        return hash(self.number)


class CodeField(models.IntegerField):  # type: ignore[type-arg]
    def from_db_value(self, value: Any, *_args: Any) -> Any:
        return self.to_python(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Code):
            return value
        if isinstance(value, int):
            return Code(value)
        return Code(int("".join(str("abcdefghij".index(letter)) for letter in value)))

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else self.to_python(value).number


class Maker(models.Model):
    name = models.CharField(max_length=40, null=True)

    class Meta:
        ordering = [F("name").desc(nulls_last=True), Lower("name")]

    def __str__(self) -> str:
        return self.name or ""


class Part(LiveSheetMixin, TimeStampedModel):
    code = CodeField(primary_key=True)
    other = CodeField(null=True)
    name = models.CharField(max_length=40)
    maker: Any = models.ForeignKey(Maker, models.CASCADE, null=True)
    # The tables of this app are made before those of users.
    history = HistoricalRecords(user_db_constraint=False)

    def __str__(self) -> str:
        return self.name
