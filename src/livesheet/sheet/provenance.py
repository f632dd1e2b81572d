"""Whether a value is the same, however it is read.

``values_list()`` is ten times faster than model instances and a serializer. It may be used only if
nothing on the way could change the value: the field is one of Django's own and stored where Django
stores it, the model is instantiated as usual, and the serializer's field is one of DRF's own.
Everything else is read by the serializer, for snapshots, changes and bases alike.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from django.db import models
from rest_framework import serializers

DJANGO = ("django.db.models.", "django.contrib.postgres.")
REST = "rest_framework."

# What decides of a field which value an instance has, given what the database has.
READING = ("from_db_value", "get_db_converters", "select_format", "contribute_to_class",
           "descriptor_class", "to_python", "cached_col", "get_attname")  # fmt: skip
# What decides of a model which values its instances have.
MAKING = ("__init__", "from_db", "__getattribute__", "__getattr__", "refresh_from_db")


def reads_straight(model: type[models.Model], plain: models.Field[Any, Any], f: Any) -> bool:
    """Whether the database column of ``plain`` may be read past instances and serializer."""
    return (
        stored_as(model, plain) is not None
        and _is_made_by_django(model)
        and is_read_by_django(plain)
        and _is_of_rest_framework(f)
    )


def stored_as(model: type[models.Model], plain: models.Field[Any, Any]) -> str | None:
    """The name under which instances hold it, unless another descriptor stands in between."""
    attname: str | None = getattr(plain, "attname", None)
    if attname is None or not plain.concrete or plain.many_to_many:
        return None
    descriptor = inspect.getattr_static(model, attname, None)
    return attname if type(descriptor).__module__.startswith(DJANGO) else None


def _is_of_rest_framework(f: Any) -> bool:
    return all(
        type(field).__module__.startswith(REST) and "to_representation" not in vars(field)
        for field in (f, getattr(f, "child", f))
    )


def is_read_by_django(plain: models.Field[Any, Any]) -> bool:
    foreign = [cls for cls in type(plain).__mro__ if not _is_djangos(cls)]
    return not any(name in vars(cls) for cls in foreign for name in READING)


def is_taken_by_django(plain: models.Field[Any, Any]) -> bool:
    """Whether it is Django that makes a value of this field from one that was entered."""
    foreign = [cls for cls in type(plain).__mro__ if not _is_djangos(cls)]
    return not any("to_python" in vars(cls) for cls in foreign)


def says_everything(f: Any, instance: models.Model) -> bool:
    """Whether what the serializer's field shows of a row's value stands for all of it.

    A field that REST framework made for the class of Django's that a model field inherits from may
    show a list as its text, and an amount of cents as whole numbers.
    """
    if not _is_of_rest_framework(f):
        return True
    try:
        value = f.get_attribute(instance)
        if value is None or isinstance(value, str):
            return True
        return bool(f.to_internal_value(f.to_representation(value)) == value)
    except Exception:  # the value is not valid any more, and may be replaced
        return True


@cache
def _is_made_by_django(model: type[models.Model]) -> bool:
    foreign = [cls for cls in model.__mro__ if not _is_djangos(cls)]
    return not any(name in vars(cls) for cls in foreign for name in MAKING)


def _is_djangos(cls: type) -> bool:
    return cls is object or f"{cls.__module__}.".startswith(DJANGO)


def masks(serializer: Any) -> bool:
    """Whether a whole row passes through a ``to_representation`` of the project's."""
    return not str(serializer.to_representation.__func__.__module__).startswith(REST)


def is_relation(plain: models.Field[Any, Any]) -> bool:
    """Whether it is a foreign key, or many-to-many keys in a table of two foreign keys."""
    return isinstance(plain, models.ForeignKey | models.ManyToManyField)


def is_many(plain: models.Field[Any, Any] | None) -> bool:
    """Whether it is many-to-many as Django has it; tags of django-taggit are of their own kind."""
    return isinstance(plain, models.ManyToManyField)


def is_by_key(f: Any, plain: models.Field[Any, Any]) -> bool:
    """Whether a declared field is the relation by primary key that would be there without it."""
    relation = getattr(f, "child_relation", f)
    if type(relation) is not serializers.PrimaryKeyRelatedField or relation.pk_field is not None:
        return False
    return is_relation(plain) and (
        plain.many_to_many or bool(plain.target_field.primary_key)  # type: ignore[attr-defined]
    )


def is_protected(plain: models.Field[Any, Any] | None) -> bool:
    """Whether the field refuses to be set at all, as a state of django-fsm may."""
    return getattr(plain, "protected", False) is True
