"""Mistakes in the declaration of a sheet, as messages of Django's system checks.

If a hook depends on the user, its result is not known in advance; then the class attribute that it
replaces is not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.db import models, router
from rest_framework import serializers

from livesheet.lineage import is_live
from livesheet.log import changelog
from livesheet.sheet import filterable, row_style
from livesheet.sheet.actions import OF_A_ROW, OF_THE_SHEET, Action, as_declared
from livesheet.sheet.declaration import Sheet, varying
from livesheet.sheet.provenance import is_relation
from livesheet.sheet.serializers import is_kept_back, model_field
from livesheet.sheet.specimen import annotations_of, column_names, overrides, specimen
from livesheet.sheet.suggestions import suggest
from livesheet.wire.fields import MAX_KEY

Found = Iterator[CheckMessage]


def faults(sheet: type[Sheet]) -> list[CheckMessage]:
    """All of a sheet's faults. Never raises, whatever the declaration does."""
    try:
        found = [message for check in CHECKS for message in check(sheet)]
        if not any(message.is_serious() for message in found):
            found += _build(sheet)
    except Exception as error:
        message = f"The sheet cannot be built: {type(error).__name__}: {error}"
        hint = "Check the declaration and its serializer."
        return [Error(message, hint=hint, obj=sheet, id="livesheet.E009")]
    return found


def _fields(sheet: type[Sheet]) -> Found:
    if overrides(sheet, "get_fields") or column_names(sheet):
        return
    yield Error(
        f"`fields` must be a list of column names; got {sheet.fields!r}.",
        hint='Name each column: `fields = ["name", …]`. A field that is added to the model later'
        " is then not shown by accident.",
        obj=sheet,
        id="livesheet.E001",
    )


def _repeated_fields(sheet: type[Sheet]) -> Found:
    names = column_names(sheet)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Error(
            f"`fields` names {name!r} more than once.",
            hint="A column is identified by its name, so a sheet can show it only once.",
            obj=sheet,
            id="livesheet.E013",
        )


def _unknown_fields(sheet: type[Sheet]) -> Found:
    if sheet.serializer_class is not None or overrides(sheet, "get_serializer_class"):
        return
    model, annotations = sheet.get_model(), annotations_of(sheet)
    for name in column_names(sheet):
        if model_field(model, name) or hasattr(model, name) or annotations is None:
            continue
        if name not in annotations:
            fields = (f.name for f in model._meta.get_fields() if isinstance(f, models.Field))
            known = sorted({*fields, *annotations})
            yield Error(
                f"`fields` names {name!r}, which is not a field, property, method or annotation of"
                f" {model.__name__}.",
                hint=suggest(name, known, "The fields are"),
                obj=sheet,
                id="livesheet.E002",
            )


def _model_is_live(sheet: type[Sheet]) -> Found:
    model = sheet.get_model()
    if not is_live(model):
        yield Error(
            f"{model._meta.label} is not live: livesheet cannot see its saves.",
            hint=f"Add the mixin: `class {model.__name__}(LiveSheetMixin, models.Model)`,"
            " from livesheet.models, which makes no migration; or, for a model that is not yours,"
            f" call `livesheet.track({model.__name__})` in the `ready()` of one of your apps.",
            obj=sheet,
            id="livesheet.E004",
        )


def _depends_on_live_models(sheet: type[Sheet]) -> Found:
    for model in sheet.depends_on:
        if not is_live(model):
            yield Error(
                f"`depends_on` names {model._meta.label}, which is not live: livesheet cannot see"
                " its saves.",
                hint="Add the mixin to the model, or call `livesheet.track(…)` with it in the"
                " `ready()` of one of your apps.",
                obj=sheet,
                id="livesheet.E014",
            )


def _serializer_fields(sheet: type[Sheet]) -> Found:
    if sheet.serializer_class is None or overrides(sheet, "get_serializer_class"):
        return
    serializer: Any = sheet.serializer_class()
    for name in column_names(sheet):
        if name not in serializer.fields and not is_kept_back(serializer, name):
            yield Error(
                f"`fields` names {name!r}, which {sheet.serializer_class.__name__} does not have.",
                hint=suggest(name, list(serializer.fields), "It has"),
                obj=sheet,
                id="livesheet.E005",
            )


def _one_key(sheet: type[Sheet]) -> Found:
    model = sheet.get_model()
    kinds = {models.CompositePrimaryKey: "composite", models.BinaryField: "binary",
             models.JSONField: "JSON"}  # fmt: skip
    for kind in (name for cls, name in kinds.items() if isinstance(model._meta.pk, cls)):
        yield Error(
            f"{model._meta.label} has a {kind} primary key, which a sheet cannot address.",
            hint="Show a model whose primary key is one field.",
            obj=sheet,
            id="livesheet.E006",
        )


def _long_keys(sheet: type[Sheet]) -> Found:
    key = sheet.get_model()._meta.pk
    if not isinstance(key, models.CharField | models.TextField):
        return
    if key.max_length is None or key.max_length > MAX_KEY:
        yield Warning(
            f"A key of {sheet.get_model()._meta.label} may be longer than {MAX_KEY} characters;"
            " a row with such a key is shown but cannot be edited.",
            hint=f"Give {key.name!r} a `max_length` of {MAX_KEY} at most, if no key is longer.",
            obj=sheet,
            id="livesheet.W009",
        )


def _filterable_rows(sheet: type[Sheet]) -> Found:
    try:
        rows = specimen(sheet).get_queryset()
    except Exception:  # it asks for a real user; otherwise E009 says it
        return
    if found := filterable.fault(sheet.get_model(), rows, column_names(sheet)):
        what, hint = found
        yield Error(
            f"The sheet's queryset {what}.",
            hint=f"Each changed row is looked up in it. {hint}",
            obj=sheet,
            id="livesheet.E015",
        )


def _hidden_by_data(sheet: type[Sheet]) -> Found:
    """What a sheet cannot honour, since it asks neither for a whole answer nor for a list."""
    serializer: Any = sheet.serializer_class
    if serializer is None:
        return
    listed = getattr(getattr(serializer, "Meta", None), "list_serializer_class", None)
    if getattr(serializer, "data", None) is not serializers.Serializer.data or listed:
        yield Error(
            f"{serializer.__name__} decides in its `data`, or in a `list_serializer_class`, what is"
            " shown. A sheet reads each row separately and would not call it.",
            hint="Use `to_representation()`, which every sheet honours.",
            obj=sheet,
            id="livesheet.E017",
        )


def _past_the_relations_bound(sheet: type[Sheet]) -> Found:
    """What shows more of a related object than the label that ``get_related_queryset`` bounds."""
    if sheet.serializer_class is None or not overrides(sheet, "get_related_queryset"):
        return
    serializer: Any = sheet.serializer_class()
    for name in column_names(sheet):
        field = serializer.fields.get(name)
        if field is None or field.write_only:
            continue
        if relation := _relation_shown(sheet.get_model(), field):
            yield Warning(
                f"{name!r} of {sheet.serializer_class.__name__} shows what {relation!r} refers to,"
                " whatever `get_related_queryset()` hides.",
                hint=f"Show {relation!r} itself: its labels are limited by that hook. Or leave the"
                " field out in `get_fields()` for users who may not see it. If all users may see"
                " it, silence this check.",
                obj=sheet,
                id="livesheet.W015",
            )


def _relation_shown(model: type[models.Model], field: Any) -> str:
    """The relation whose object's own values the serializer's field shows; empty for none."""
    first, _dot, rest = str(field.source).partition(".")
    plain: Any = model_field(model, first)
    if plain is None or not is_relation(plain):
        return ""
    shown = getattr(field, "child_relation", getattr(field, "child", field))
    if rest:
        # The key alone is what the relation's own column holds, too.
        return "" if rest in ("pk", plain.related_model._meta.pk.attname) else first
    is_key = isinstance(shown, serializers.PrimaryKeyRelatedField)
    is_other = isinstance(shown, serializers.RelatedField | serializers.BaseSerializer)
    return first if is_other and not is_key else ""


def _conflict(sheet: type[Sheet]) -> Found:
    if sheet.conflict not in ("reject", "overwrite"):
        yield Error(
            f'`conflict` must be "reject" or "overwrite"; got {sheet.conflict!r}.',
            hint='With "reject", the default, the second author sees who changed the cell; with'
            ' "overwrite", the last write wins.',
            obj=sheet,
            id="livesheet.E007",
        )


def _log_is_kept(sheet: type[Sheet]) -> Found:
    model = sheet.get_model()
    alias = router.db_for_write(model)
    if not changelog.is_kept_on(alias):
        yield Error(
            f"{model._meta.label} is written to the database {alias!r}, where the change log is"
            " not kept.",
            hint="Let the database router's allow_migrate() answer True for the app 'livesheet'"
            f" on {alias!r}, and run `manage.py migrate --database {alias}`.",
            obj=sheet,
            id="livesheet.E008",
        )


def _stray_names(sheet: type[Sheet]) -> Found:
    names = column_names(sheet)
    for number, attribute, hook, given in (
        ("W001", "readonly_fields", "get_readonly_fields", sheet.readonly_fields),
        ("W002", "column_options", "get_columns", sheet.column_options),
    ):
        for name in given if names and not overrides(sheet, hook) else ():
            if name not in names:
                yield Warning(
                    f"`{attribute}` names {name!r}, which is not a column of the sheet.",
                    hint=suggest(name, names, "The columns are"),
                    obj=sheet,
                    id=f"livesheet.{number}",
                )


def _labels_of_relations(sheet: type[Sheet]) -> Found:
    names = column_names(sheet)
    for name in sheet.search_fields:
        relation, _line, path = name.partition("__")
        plain: Any = model_field(sheet.get_model(), relation)
        is_known = plain is not None and is_relation(plain) and (not names or relation in names)
        if is_known and _is_text(plain.related_model, path.split("__")):
            continue
        yield Error(
            f"`search_fields` names {name!r}, which is not a text field of a relation in `fields`.",
            hint='Name a relation and a text field of what it refers to: "supplier__name". The'
            " sheet's own texts are searched without being named.",
            obj=sheet,
            id="livesheet.E018",
        )


def _is_text(model: type[models.Model], path: list[str]) -> bool:
    first, *rest = path
    field: Any = model_field(model, first)
    if rest:
        return field is not None and is_relation(field) and _is_text(field.related_model, rest)
    return isinstance(field, models.CharField | models.TextField)


def _actions(sheet: type[Sheet]) -> Found:
    for name in sheet.actions if not overrides(sheet, "get_actions") else ():
        if not callable(getattr(sheet, name, None)) or hasattr(Sheet, name):
            own = {n for n, value in vars(sheet).items() if callable(value) and n[0] != "_"}
            known = sorted(n for n in own if not hasattr(Sheet, n))
            yield Error(
                f"`actions` names {name!r}, which is not a method of {sheet.__name__}.",
                hint=f"Write it there: `def {name}(self, row): …`, and say with `@action(…)` how it"
                f" is offered. {suggest(name, known, 'Methods are')}",
                obj=sheet,
                id="livesheet.E021",
            )
        else:
            yield from _action(sheet, as_declared(sheet, name))


def _action(sheet: type[Sheet], action: Action) -> Found:
    known = (*OF_THE_SHEET, *OF_A_ROW)
    for permission in action.permissions:
        if permission not in known and "." not in permission:
            yield Error(
                f"The action {action.name!r} asks for the permission {permission!r}.",
                hint=f"Name {', '.join(map(repr, known))}, or one of Django's with its app:"
                f" {f'{sheet.get_model()._meta.app_label}.{permission}'!r}.",
                obj=sheet,
                id="livesheet.E022",
            )
    try:
        action.message(2)
    except (TypeError, ValueError, KeyError) as error:
        yield Error(
            f"`done` of the action {action.name!r} cannot be formatted: {type(error).__name__}.",
            hint="It may contain `%(n)d`, the number of rows, and no other placeholder; write `%%`"
            " for a percent sign.",
            obj=sheet,
            id="livesheet.E023",
        )


def _row_style(sheet: type[Sheet]) -> Found:
    name, model, annotations = sheet.row_style, sheet.get_model(), annotations_of(sheet)
    if not name or annotations is None:
        return
    if model_field(model, name) is None and name not in annotations:
        known = sorted({*annotations, *(f.name for f in model._meta.concrete_fields)})
        yield Error(
            f"`row_style` names {name!r}, which is neither an annotation of the queryset nor a"
            f" field of {model.__name__}.",
            hint=f'Annotate it: `.annotate({name}=Case(When(…, then=Value("red"))))`.'
            f" {suggest(name, known, 'There are')}",
            obj=sheet,
            id="livesheet.E024",
        )
    for text in dict.fromkeys(row_style.strangers(annotations.get(name))):
        yield Error(
            f"`row_style` can have the value {text!r}, which is not a colour of the palette.",
            hint=suggest(text, row_style.COLOURS, "The colours are"),
            obj=sheet,
            id="livesheet.E025",
        )


CHECKS: tuple[Callable[[type[Sheet]], Iterable[CheckMessage]], ...] = (
    _fields, _repeated_fields, _unknown_fields, _model_is_live, _depends_on_live_models,
    _serializer_fields, _past_the_relations_bound, _filterable_rows, _hidden_by_data, _one_key,
    _long_keys, _conflict, _log_is_kept, _stray_names, _labels_of_relations,
    _actions, _row_style,
)  # fmt: skip


def _build(sheet: type[Sheet]) -> Found:
    """Build the columns as a socket does, where no hook may ask for a real user."""
    for column in () if varying(sheet) else specimen(sheet).columns:
        if column.readonly and column.required:
            yield Warning(
                f"A new row must have {column.name!r}, which a sheet cannot write.",
                hint="No row can be added. Give the field a default or `blank=True`, or name it in"
                " `readonly_fields` and fill it in in `perform_add()`.",
                obj=sheet,
                id="livesheet.W010",
            )
