"""Two sheets in which every text is a script: in cells and messages, and in heads and choices."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from livesheet.consumers import LiveSheetConsumer
from tests.app.models import Article
from tests.browser.payloads import ALL, PAYLOADS
from tests.browser.site.models import Specimen

TITLES = [f"t{number}" for number in range(len(PAYLOADS))]
NARROW = {"width": 90}


class ScriptsSerializer(serializers.ModelSerializer[Specimen]):
    text = serializers.CharField(label=ALL, help_text=ALL, style={"base_template": "textarea.html"})

    class Meta:
        model = Specimen
        fields = [
            "char", "text", "email", "url", "maker", "tags", "data", "upload", "picture", "money",
            "shout", "date",
        ]  # fmt: skip

    def validate_char(self, value: str) -> str:
        if value.startswith("!"):
            raise serializers.ValidationError(value)
        return value


class ScriptsSheet(LiveSheetConsumer):
    model = Specimen
    sheet_name = "scripts"
    title = ALL
    fields = ScriptsSerializer.Meta.fields
    serializer_class = ScriptsSerializer
    column_options = dict.fromkeys(fields, NARROW)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(slug="script")

    def get_audience(self) -> Any:
        return ("all",)  # so that people see one another


class LargeScriptsSheet(ScriptsSheet):
    sheet_name = "large-scripts"
    window = True


def _titled() -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: serializers.CharField(source="slug", label=text, help_text=text, required=False)
        for name, text in zip(TITLES, PAYLOADS, strict=True)
    }
    choices = list(enumerate(PAYLOADS))
    return {**fields, "choice": serializers.ChoiceField(choices=choices, allow_null=True)}


class _Meta:
    model = Specimen
    fields = ["choice", *TITLES]


TitlesSerializer: Any = type(
    "TitlesSerializer", (serializers.ModelSerializer,), {**_titled(), "Meta": _Meta}
)


class TitlesSheet(LiveSheetConsumer):
    model = Specimen
    sheet_name = "titles"
    fields = _Meta.fields
    serializer_class = TitlesSerializer
    column_options = dict.fromkeys(fields, NARROW)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(slug="script")


class PastSheet(LiveSheetConsumer):
    """A history in which names, values and reasons are scripts."""

    model = Article
    sheet_name = "past"
    fields = ["name", "price"]
