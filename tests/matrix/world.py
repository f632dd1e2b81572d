"""Three tenants, the sheets that they share, and a canary in all that could give one away."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from livesheet.log.actors import acting_as
from livesheet.sheet.declaration import unregister
from tests.app.models import Article, Product, Supplier, Tag

TENANTS = ("oak", "elm", "ash")
# Used again and again, by one tenant and then by another.
KEYS = range(1, 13)
SHARED = range(1, 4)
# What somebody of the tenant may be told, and what nobody may.
CANARIES = re.compile(rf"\b({'|'.join(TENANTS)})-(row|label|member|choice|name|layout|view)-canary")
NOBODYS = re.compile(rf"\b(?:{'|'.join(TENANTS)})-(?:writeonly|masked)-canary")


class Masking(serializers.ModelSerializer[Article]):
    class Meta:
        model = Article
        fields = ["name", "price", "supplier", "secret", "owner"]
        extra_kwargs = {"secret": {"write_only": True}}

    def to_representation(self, instance: Any) -> Any:
        return {**super().to_representation(instance), "owner": "***"}


def choosing(tenant: str) -> type[serializers.ModelSerializer[Article]]:
    class Choosing(serializers.ModelSerializer[Article]):
        state = serializers.ChoiceField(choices=[("new", f"{tenant}-choice-canary")])

        class Meta:
            model = Article
            fields = ["name", "state", "supplier"]

    return Choosing


class OwnRows(LiveSheetConsumer):
    """The articles of the user's tenant, and its suppliers."""

    abstract = True
    model = Article
    fields = ["name", "price", "supplier"]
    window = True
    actions = ["touch"]
    row_style = "owner"

    def touch(self, article: Any) -> None:
        article.name = f"{self.user.last_name}-row-canary-touched"
        article.save()

    def get_queryset(self) -> Any:
        return Article.objects.filter(owner=f"{self.user.last_name}-masked-canary")

    def get_related_queryset(self, field: str) -> Any:
        return Supplier.objects.filter(name__startswith=f"{self.user.last_name}-")

    def perform_add(self, serializer: Any) -> None:
        serializer.save(owner=f"{self.user.last_name}-masked-canary")


class ByParam(OwnRows):
    """The address names the tenant; anybody may write another into it."""

    abstract = True
    params = {"tenant": str}

    def get_queryset(self) -> Any:
        mine = super().get_queryset()
        return mine if self.params["tenant"] == self.user.last_name else mine.none()


class Shared(LiveSheetConsumer):
    """Rows that everybody sees; what they refer to is each tenant's own."""

    abstract = True
    model = Product
    fields = ["name", "supplier", "tags"]
    window = True

    def get_related_queryset(self, field: str) -> Any:
        model = Tag if field == "tags" else Supplier
        return model._default_manager.filter(name__startswith=f"{self.user.last_name}-")

    def has_add_permission(self) -> bool:
        return False

    def has_change_permission(self, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, obj: Any = None) -> bool:
        return False


SHEETS: dict[str, tuple[type[LiveSheetConsumer], dict[str, Any]]] = {
    "each_alone": (OwnRows, {}),
    "one_audience": (OwnRows, {"get_audience": lambda self: self.user.last_name}),
    "masking": (OwnRows, {"serializer_class": Masking, "fields": Masking.Meta.fields}),
    "choosing": (
        OwnRows,
        {
            "fields": ["name", "state", "supplier"],
            "get_serializer_class": lambda self: choosing(self.user.last_name),
        },
    ),
    "by_param": (ByParam, {"get_room": lambda self: self.user.last_name}),
    "shared": (Shared, {}),
}


@contextmanager
def declared() -> Iterator[None]:
    made = [
        type(name, (base,), {"sheet_name": name, **body}) for name, (base, body) in SHEETS.items()
    ]
    try:
        yield
    finally:
        for sheet in made:
            unregister(sheet)


class World:
    """Of each tenant two who stay and one who moves, and some who only look on."""

    def __init__(self) -> None:
        self.people: dict[str, list[User]] = {}
        self.onlookers: dict[str, list[User]] = {}
        for tenant in TENANTS:
            Supplier.objects.create(name=f"{tenant}-label-canary")
            Tag.objects.create(name=f"{tenant}-member-canary")
            self.people[tenant] = [self._user(tenant, n) for n in range(3)]
            self.onlookers[tenant] = [self._user(tenant, n) for n in range(3, 6)]
        for key in KEYS:
            self.write_row(key, TENANTS[key % 3])
        for key in SHARED:
            Product(pk=key, name=f"everybody's {key}").save()
            self.write_shared(key, TENANTS[key % 3])

    def _user(self, tenant: str, n: int) -> User:
        first = "Mover" if n == 2 else f"{tenant}-name-canary"
        return User.objects.create_superuser(f"{tenant}-{n}", last_name=tenant, first_name=first)

    @property
    def users(self) -> list[User]:
        return [user for people in self.people.values() for user in people]

    @property
    def movers(self) -> list[User]:
        return [people[2] for people in self.people.values()]

    def write_row(self, key: int, tenant: str) -> None:
        """As one of the tenant. Where another's row had that key, it is deleted before."""
        owner = f"{tenant}-masked-canary"
        former = Article.objects.filter(pk=key).first()
        if former is not None and former.owner != owner:
            with acting_as(self.people[former.owner.partition("-")[0]][0]):
                former.delete()
        with acting_as(self.people[tenant][0]):
            Article(
                pk=key,
                name=f"{tenant}-row-canary-{random.random():.4f}",
                secret=f"{tenant}-writeonly-canary",
                owner=owner,
                supplier=Supplier.objects.get(name__startswith=f"{tenant}-"),
            ).save()

    def write_shared(self, key: int, tenant: str) -> None:
        product = Product.objects.get(pk=key)
        product.supplier = Supplier.objects.get(name__startswith=f"{tenant}-")
        product.save()
        product.tags.set(Tag.objects.filter(name__contains=random.choice("kmh")))

    def rename(self, tenant: str) -> None:
        for kind, model in (("label", Supplier), ("member", Tag)):
            one = model._default_manager.get(name__startswith=f"{tenant}-")
            one.name = f"{tenant}-{kind}-canary-{random.random():.4f}"  # type: ignore[attr-defined]
            one.save()
