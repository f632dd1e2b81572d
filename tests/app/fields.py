"""Fields as other people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField


class SealedField(CharField):
    """As an encrypted field: what was sealed with a key that is gone cannot be read any more."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        if value == "sealed":
            raise ValueError(f"{value!r}: the key was rotated.")
        return value


class Loud(str):
    """What the attribute gives, where the column has it in small letters."""


class LoudDescriptor:
    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, _owner: Any = None) -> Any:
        return self if instance is None else Loud(vars(instance)[self.name].upper())

    def __set__(self, instance: Any, value: str) -> None:
        vars(instance)[self.name] = value


class LoudField(CharField):
    """As an amount of money: the attribute differs from what the database column holds."""

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, LoudDescriptor(name))


class GradeField(CharField):
    """Knows three letters, and can read nothing else."""

    GRADES = "abc"

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return self.to_python(value)

    def to_python(self, value: Any) -> Any:
        if value is not None and value not in self.GRADES:
            raise ValueError(f"{value!r} is no grade.")
        return value

    def get_prep_value(self, value: Any) -> Any:
        return value


class WordsField(CharField):
    """A list of words, stored as one text."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return self.to_python(value)

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else (value or "").split(",")

    def get_prep_value(self, value: Any) -> Any:
        return ",".join(value) if isinstance(value, list) else value
