"""Who works at the demo's desk. Never created but for the demo: their password is public."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User

PASSWORD = "wholesale"
MODELS = ["supplier", "product", "city", "country", "order"]


@dataclass(frozen=True)
class Person:
    username: str
    first_name: str
    last_name: str
    group: str = "Desk"
    superuser: bool = False

    @property
    def initials(self) -> str:
        return self.first_name[:1] + self.last_name[:1]


PEOPLE = [
    Person("ann", "Ann", "Lee"),
    Person("bea", "Bea", "Okafor"),
    Person("cleo", "Cleo", "Marsh", group="Viewers"),
    Person("admin", "Ada", "Quist", superuser=True),
]


def group(name: str, *actions: str) -> Group:
    """The group that may do these things with everything the desk keeps."""
    found, _ = Group.objects.get_or_create(name=name)
    codenames = [f"{action}_{model}" for action in actions for model in MODELS]
    found.permissions.set(
        Permission.objects.filter(content_type__app_label="shop", codename__in=codenames)
    )
    return found


def employ() -> None:
    """Create the people who are not there yet; who is there stays as they are."""
    groups = {
        "Desk": group("Desk", "view", "add", "change", "delete"),
        "Viewers": group("Viewers", "view"),
    }
    hashed = cache(lambda: make_password(PASSWORD))  # takes a second, by design
    for person in PEOPLE:
        user, new = User.objects.get_or_create(
            username=person.username,
            defaults={
                "first_name": person.first_name,
                "last_name": person.last_name,
                "is_staff": person.superuser,
                "is_superuser": person.superuser,
            },
        )
        if new:
            user.password = hashed()
            user.save()
            user.groups.add(groups[person.group])
