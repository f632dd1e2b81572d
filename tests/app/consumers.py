"""The sheets that most tests open; a test with wishes of its own declares its sheet itself."""

from __future__ import annotations

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Article, Note, Product, Sample, Supplier


class ProductSheet(LiveSheetConsumer):
    model = Product
    fields = ["name", "price", "stock", "unit", "active", "counted_at", "supplier", "tags", "value"]


class SupplierSheet(LiveSheetConsumer):
    model = Supplier
    fields = ["name"]


class SampleSheet(LiveSheetConsumer):
    model = Sample
    fields = [
        "id", "char", "text", "email", "url", "slug", "uuid", "ip", "small", "integer", "big",
        "floating", "decimal", "boolean", "maybe", "date", "time", "moment", "duration", "choice",
        "data", "upload", "blob",
    ]  # fmt: skip


class ArticleSheet(LiveSheetConsumer):
    model = Article
    fields = ["name", "price", "state", "supplier", "secret"]


class NoteSheet(LiveSheetConsumer):
    model = Note
    fields = ["key", "text"]
