"""The term for each column of a sheet."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework.serializers import ReadOnlyField

from livesheet.orders.measures import Measure, Moment, Number, YesOrNo
from livesheet.orders.relations import Many, Related
from livesheet.orders.terms import Document, Hidden, Term
from livesheet.orders.words import Choice, Text
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.serializers import model_field

TEXTS = frozenset({"text", "longtext", "email", "url", "file"})
MEASURES: dict[str, type[Measure]] = {
    "integer": Number, "decimal": Number, "float": Number, "boolean": YesOrNo,
    "date": Moment, "time": Moment, "datetime": Moment, "duration": Moment,
}  # fmt: skip
# Model fields whose stored values are those that these column types show.
TEXT_FIELDS = (
    models.CharField, models.TextField, models.UUIDField, models.GenericIPAddressField,
    models.FileField,
)  # fmt: skip
MEASURED_FIELDS = (
    models.IntegerField, models.DecimalField, models.FloatField, models.BooleanField,
    models.DateField, models.TimeField, models.DurationField,
)  # fmt: skip
CHOICE_FIELDS = (models.CharField, models.TextField, models.IntegerField)


def terms_of(sheet: Sheet) -> dict[str, Term]:
    """One term for each column that this user sees, by the column's name."""
    annotations = sheet.rows().query.annotations
    fields = sheet.get_serializer().fields
    terms: dict[str, Term] = {}
    for column in sheet.columns:
        term = None
        if column.write_only or column.masked:
            pass
        elif column.attname or column.is_many:
            term = _of_field(sheet, column)
        elif type(fields[column.name]) is ReadOnlyField and column.source in annotations:
            term = _of_annotation(sheet, column, annotations[column.source])
        terms[column.name] = term or Hidden(sheet, column, column.source)
    return terms


def _of_field(sheet: Sheet, column: Column) -> Term | None:
    field: Any = model_field(sheet.get_model(), column.source)
    kind, name = column.type, column.attname or column.source
    plain = getattr(field, "output_field", field)  # that of a generated field
    if column.related_model is not None:
        return (Many if column.is_many else Related)(sheet, column, name)
    if kind in MEASURES and isinstance(plain, MEASURED_FIELDS):
        return MEASURES[kind](sheet, column, name, is_nullable=field.null)
    if kind in TEXTS and isinstance(plain, TEXT_FIELDS):
        return Text(sheet, column, name, plain=plain)
    if kind == "choice" and isinstance(plain, CHOICE_FIELDS):
        return Choice(sheet, column, name, plain=plain)
    if kind in ("json", "array"):
        return Document(sheet, column, name)
    return Term(sheet, column, name)


def _of_annotation(sheet: Sheet, column: Column, expression: Any) -> Term | None:
    if hasattr(sheet.get_model(), column.source):
        return None  # the model's attribute is shown, not the annotation
    term: Term | None = None
    if column.type in MEASURES:
        term = MEASURES[column.type](sheet, column, column.source, is_nullable=True)
    elif isinstance(getattr(expression, "output_field", None), models.CharField | models.TextField):
        term = Text(sheet, column, column.source, plain=None)
    if term is not None:
        term.is_aggregate = expression.contains_aggregate
    return term
