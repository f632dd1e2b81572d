"""A sheet whose rows a user may lose sight of, and those of the site's own models."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from livesheet.consumers import LiveSheetConsumer, action
from tests.app.models import Product, Sample
from tests.browser.site.models import Customer, Series, Specimen
from tests.browser.site.scripts import PastSheet, ScriptsSheet, TitlesSheet

__all__ = ["PastSheet", "ScriptsSheet", "TitlesSheet"]


class MineSheet(LiveSheetConsumer):
    model = Product
    sheet_name = "mine"
    title = "My products"
    fields = ["name", "price", "stock", "supplier"]

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(owner=self.user.get_username())


class SpecimenSheet(LiveSheetConsumer):
    model = Specimen
    fields = [
        "char", "text", "slug", "email", "url", "small", "positive", "integer", "big", "twenty",
        "decimal", "floating", "boolean", "maybe", "date", "time", "moment", "duration", "uuid",
        "ip", "choice", "grade", "maker", "customer", "badge", "tags", "customers", "data",
        "upload", "picture", "blob", "money", "shout", "length", "half",
    ]  # fmt: skip

    def get_queryset(self) -> Any:
        return super().get_queryset().annotate(half=F("integer") / 2)

    def get_related_queryset(self, field: str) -> Any:
        related = super().get_related_queryset(field)
        return related.filter(hidden=False) if related.model is Customer else related

    def get_audience(self) -> Any:
        return ("all",)


class SeriesSheet(LiveSheetConsumer):
    model = Series
    fields = ["numbers", "words", "prices", "nested", "span", "amount", "period"]


class PartSheet(LiveSheetConsumer):
    """Of which Bea does not see all columns."""

    model = Product
    sheet_name = "part"
    fields = ["name", "stock", "supplier"]

    def get_fields(self) -> Any:
        return ["name", "stock"] if self.user.username == "bea" else self.fields

    def get_room(self) -> Any:
        return "all"


class ShelfSheet(LiveSheetConsumer):
    """Rows in colours, and more to be done to them than to write cells."""

    queryset = Product.objects.annotate(
        urgency=Case(When(stock=0, then=Value("red")), When(stock__lt=3, then=Value("orange")))
    )
    sheet_name = "shelf"
    title = "Shelf"
    fields = ["name", "price", "stock", "supplier"]
    row_style = "urgency"
    actions = ["sell", "hand_over", "print_label", "count"]

    @action(
        label="Sell one",
        confirm="Sell one of each?",
        done=ngettext_lazy("%(n)d piece is sold.", "%(n)d pieces are sold.", "n"),
    )
    def sell(self, product: Product) -> None:
        if not product.stock:
            raise ValidationError(f"Of {product.name} there is none left.")
        product.stock -= 1
        product.save()

    def hand_over(self, product: Product) -> None:
        product.owner = self.user.get_username()
        product.save()

    def print_label(self, product: Product) -> None:
        """Writes nothing."""

    @action(done="Counted.")
    def count(self, product: Product) -> None:
        product.counted_at = timezone.now()
        product.save()


class LargeSheet(LiveSheetConsumer):
    """Shown in windows, however many rows there are."""

    model = Product
    sheet_name = "large"
    title = "Large"
    fields = ["name", "price", "stock", "unit", "active", "supplier"]
    window = True


class LoadedSheet(LargeSheet):
    """The same, with all rows in the browser."""

    sheet_name = "loaded"
    title = "Loaded"
    window = False


class WholeSheet(LiveSheetConsumer):
    """Of a paste all is saved or nothing."""

    model = Product
    sheet_name = "whole"
    fields = ["name", "price", "stock"]
    atomic_pastes = True


class ExactSheet(LiveSheetConsumer):
    """What is copied is for people who mean it."""

    model = Sample
    sheet_name = "exact"
    fields = ["char", "text"]
    exact_copies = True


class CalcSheet(LiveSheetConsumer):
    """The columns of the block in tests/browser/clipboard/."""

    model = Sample
    sheet_name = "calc"
    fields = [
        "char", "text", "decimal", "integer", "date", "time", "moment", "boolean", "floating",
    ]  # fmt: skip
