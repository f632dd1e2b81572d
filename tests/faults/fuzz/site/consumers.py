"""Who may what is told by the user: ``last_name`` is the tenant, ``first_name`` the role."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from django.db.models import QuerySet

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Article, Note, Product, Sample

MAY_CHANGE = ("all", "change")

UNBOUND = bool(os.environ.get("UNBOUND"))  # to see that the fuzzer would notice


class OfTenant(LiveSheetConsumer):
    abstract = True
    owner: ClassVar[str] = "owner"

    @property
    def tenant(self) -> str:
        return str(getattr(self.user, "last_name", ""))

    def _is_one_of(self, *roles: str) -> bool:
        return getattr(self.user, "first_name", "") in roles

    def has_view_permission(self) -> bool:
        return bool(self.tenant)

    def has_change_permission(self, obj: Any = None) -> bool:
        return self._is_one_of("all", "change")

    def has_add_permission(self) -> bool:
        return self._is_one_of("all")

    def has_delete_permission(self, obj: Any = None) -> bool:
        return self._is_one_of("all")

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.get_model()._default_manager.all()
        return rows if UNBOUND else rows.filter(**{self.owner: self.tenant})

    def get_related_queryset(self, field: str) -> QuerySet[Any]:
        return super().get_related_queryset(field).filter(name__startswith=f"{self.tenant}-")

    def perform_add(self, serializer: Any) -> None:
        serializer.save(**{self.owner: self.tenant})


class Goods(OfTenant):
    model = Product
    sheet_name = "goods"
    fields = ["name", "price", "stock", "unit", "active", "counted_at", "supplier", "tags", "value"]
    readonly_fields = ("stock",)


class Kinds(OfTenant):
    model = Sample
    sheet_name = "kinds"
    owner = "slug"
    fields = [
        "char", "text", "email", "url", "uuid", "ip", "small", "integer", "big", "floating",
        "decimal", "boolean", "maybe", "date", "time", "moment", "duration", "choice", "data",
        "upload", "blob",
    ]  # fmt: skip
    readonly_fields = ("email",)


class Papers(OfTenant):
    model = Article
    sheet_name = "papers"
    fields = ["name", "price", "state", "supplier", "data"]


class Notes(OfTenant):
    model = Note
    sheet_name = "notes"
    fields = ["key", "text"]

    def get_queryset(self) -> QuerySet[Any]:
        return Note.objects.filter(key__startswith=f"{self.tenant}.")

    def perform_add(self, serializer: Any) -> None:
        serializer.save()
