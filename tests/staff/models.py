"""Users and groups as a project may name them. An app with migrations, as its parents' is."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.db import models


class Customer(User):
    class Meta:
        proxy = True


class Employee(User):
    desk = models.CharField(max_length=20, blank=True)


class Role(Group):
    class Meta:
        proxy = True
