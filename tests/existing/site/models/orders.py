"""The mixin before the base of a package, and after it."""

from __future__ import annotations

from typing import Any

from django.db import models
from model_utils.models import SoftDeletableModel
from modeltranslation.manager import MultilingualManager
from mptt.models import MPTTModel, TreeForeignKey
from ordered_model.models import OrderedModel
from polymorphic.models import PolymorphicModel
from safedelete.models import SOFT_DELETE, SafeDeleteModel

from livesheet.models import LiveSheetMixin


class Named(models.Model):
    name = models.CharField(max_length=40)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class SafeFirst(LiveSheetMixin, SafeDeleteModel, Named):
    _safedelete_policy = SOFT_DELETE


class SafeLast(SafeDeleteModel, Named, LiveSheetMixin):
    _safedelete_policy = SOFT_DELETE


class SoftFirst(LiveSheetMixin, SoftDeletableModel, Named):
    pass


class SoftLast(SoftDeletableModel, Named, LiveSheetMixin):
    pass


class OrderedFirst(LiveSheetMixin, OrderedModel, Named):
    pass


class OrderedLast(OrderedModel, Named, LiveSheetMixin):
    pass


class PolyFirst(LiveSheetMixin, PolymorphicModel, Named):
    pass


class PolyFirstChild(PolyFirst):
    size = models.IntegerField(default=1)


class PolyLast(PolymorphicModel, Named, LiveSheetMixin):
    pass


class PolyLastChild(PolyLast):
    size = models.IntegerField(default=1)


POLYMORPHIC = (PolyFirst, PolyFirstChild, PolyLast, PolyLastChild)
for model in POLYMORPHIC:
    # Made by their tests: this app's tables come before content types', to which they refer.
    model._meta.managed = False


class TreeFirst(LiveSheetMixin, MPTTModel, Named):
    parent: Any = TreeForeignKey("self", models.CASCADE, null=True, related_name="children")


class TreeLast(MPTTModel, Named, LiveSheetMixin):
    parent: Any = TreeForeignKey("self", models.CASCADE, null=True, related_name="children")


class TranslatedFirst(LiveSheetMixin, Named):
    objects = MultilingualManager()


class TranslatedLast(Named, LiveSheetMixin):
    objects = MultilingualManager()
