"""Sheets that anybody may open: a flush takes users and sessions away, too. And the oracle's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Note, Part
from tests.faults.site.models import Gadget, Pallet, SavedPallet, Ware
from tests.faults.site.personas import COLUMNS, STARS, Persona, persona_of


class Open(LiveSheetConsumer):
    abstract = True

    def has_view_permission(self) -> bool:
        return True

    def has_change_permission(self, obj: Any = None) -> bool:
        return True


class OpenNotes(Open):
    model = Note
    sheet_name = "open-note"
    fields = ["key", "text"]


class OpenParts(Open):
    model = Part
    sheet_name = "open-part"
    fields = ["name", "stock"]


class OpenShelves(Open):
    """The same parts, with an audience of its own for each shelf."""

    model = Part
    sheet_name = "open-shelf"
    fields = ["name", "stock"]
    params = {"shelf": int}


# --- the oracle's ----------------------------------------------------------------------------


class Bounded(LiveSheetConsumer):
    """Bounded by what the user's number says. In windows, for clients that show these."""

    abstract = True
    window = True

    @property
    def persona(self) -> Persona:
        return persona_of(self.user.get_username())

    def has_view_permission(self) -> bool:
        return self.persona.sheet == self.get_name()

    def has_change_permission(self, obj: Any = None) -> bool:
        return self.persona.may_write

    def has_add_permission(self) -> bool:
        return self.persona.may_write and self.persona.tenant is not None

    has_delete_permission = has_change_permission

    def perform_add(self, serializer: Any) -> None:
        serializer.save(tenant=self.persona.tenant)


class OfTenant(Bounded):
    abstract = True

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.get_model()._default_manager.filter(tenant=self.persona.tenant)
        floor = self.persona.floor
        return rows if floor is None else rows.filter(stock__gte=floor)

    def get_fields(self) -> Sequence[str]:
        return self.persona.columns

    def get_related_queryset(self, field: str) -> QuerySet[Any]:
        return super().get_related_queryset(field).filter(tenant=self.persona.tenant)


class Stand(OfTenant):
    """An audience of its own for each user."""

    model = Ware
    sheet_name = "stand"


class Shared(OfTenant):
    """One for each tenant. The last write wins."""

    model = Ware
    sheet_name = "shared"
    conflict = "overwrite"

    def get_audience(self) -> Any:
        return self.persona.tenant


class Wary(serializers.ModelSerializer[Ware]):
    """Shows one secret as stars, and takes another that it never shows."""

    class Meta:
        model = Ware
        fields = COLUMNS["aisle"]
        extra_kwargs = {"pin": {"write_only": True}}

    def to_representation(self, instance: Ware) -> dict[str, Any]:
        return {**super().to_representation(instance), "secret": STARS}


class Aisle(OfTenant):
    """One for each tenant and each floor that its address names."""

    model = Ware
    sheet_name = "aisle"
    params = {"floor": int}
    serializer_class = Wary

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.get_model()._default_manager.filter(tenant=self.persona.tenant)
        return rows.filter(stock__gte=self.params["floor"])

    def get_audience(self) -> Any:
        return self.persona.tenant


class Gadgets(OfTenant):
    model = Gadget
    sheet_name = "gadgets"
    search_fields = ["ware__name"]

    def get_audience(self) -> Any:
        return self.persona.tenant


class Everything(Bounded):
    """One for all who see all."""

    model = Ware
    sheet_name = "everything"
    fields = COLUMNS["everything"]
    readonly_fields = ("tenant",)


# --- what is pasted into ---------------------------------------------------------------------


class Pasted(LiveSheetConsumer):
    model = Pallet
    sheet_name = "pasted"
    fields = ["name", "code", "price", "stock", "weight"]


class PastedSaved(LiveSheetConsumer):
    model = SavedPallet
    sheet_name = "pasted-saved"
    fields = ["name", "code", "price", "stock", "weight"]
