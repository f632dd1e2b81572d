"""Trees of django-mptt and django-treebeard."""

from __future__ import annotations

from django.db import models
from mptt.models import MPTTModel, TreeForeignKey
from treebeard.mp_tree import MP_Node


class Genre(MPTTModel):
    name = models.CharField(max_length=40)
    parent = TreeForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")

    def __str__(self) -> str:
        return self.name


class Place(MP_Node):
    name = models.CharField(max_length=40)
    node_order_by = ["name"]

    def __str__(self) -> str:
        return self.name
