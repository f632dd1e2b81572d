"""What one user sees of a sheet and may do there, and what decides it: for shells and support.

It calls the same methods of the sheet as a socket does. Nothing is written, except when an edit is
tried, and that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from livesheet.doctor import trial
from livesheet.edits.refusals import text_of
from livesheet.questions.history import is_kept
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet, varying
from livesheet.sheet.lookups import related
from livesheet.sheet.rows import RowReader

YES, NO, FACT = "yes", "no", "is"


@dataclass(frozen=True, slots=True)
class Answer:
    """``says`` is yes, no, or a fact; ``decides`` names the hook, permission, field or limit."""

    about: str
    says: str
    because: str
    decides: str


Answers = Iterator[Answer]


def explain(
    sheet_class: type[Sheet],
    user: Any,
    params: Mapping[str, str],
    pk: str | None = None,
    column: str | None = None,
    text: str | None = None,
) -> Answers:
    """Of the sheet; of a row, if ``pk`` is given; of its cell; of ``text`` typed into that.

    Raises ``LiveSheetError``.
    """
    sheet = sheet_class(user, params)
    yield from _account(user)
    may_see = sheet.has_view_permission()
    yield _permission(sheet, "sees the sheet", may_see, "has_view_permission", ("view", "change"))
    if not may_see:
        return
    yield from _sheet(sheet) if pk is None else _row(sheet, pk, column, text)


def _account(user: Any) -> Answers:
    if not user.is_authenticated:
        yield Answer("is signed in", NO, "nobody is", "the session or token")
    elif not user.is_active:
        yield Answer("is signed in", NO, "the account is not active", "User.is_active")


def _decider(sheet: Sheet, name: str) -> str:
    """The class whose hook it is; the default's where none is overridden."""
    owner = next(kind for kind in type(sheet).__mro__ if name in vars(kind))
    return f"{owner.__qualname__}.{name}()" if owner is not Sheet else f"the default {name}()"


def _is_default(sheet: Sheet, name: str) -> bool:
    return getattr(type(sheet), name) is getattr(Sheet, name)


# --- permissions -----------------------------------------------------------------------------


def _permission(
    sheet: Sheet, about: str, says: bool, hook: str, actions: tuple[str, ...]
) -> Answer:
    if not _is_default(sheet, hook):
        return Answer(about, YES if says else NO, "", _decider(sheet, hook))
    meta = sheet.get_model()._meta
    names = [f"{meta.app_label}.{action}_{meta.model_name}" for action in actions]
    held = next((name for name in names if sheet.user.has_perm(name)), None)
    because = "" if held is None else _how(sheet.user, held)
    decides = f"the permission {held or ' or '.join(names)}"
    return Answer(about, YES if says else NO, because or "has it not", decides)


def _how(user: Any, permission: str) -> str:
    """How somebody comes by a permission, as far as Django's own backend tells."""
    if user.is_superuser:
        return "is a superuser"
    app, codename = permission.split(".")
    named = {"permissions__codename": codename, "permissions__content_type__app_label": app}
    groups = getattr(user, "groups", None)
    found = list(groups.filter(**named).values_list("name", flat=True)) if groups else []
    return f"by the group {', '.join(found)}" if found else "has it, or a backend grants it"


# --- the sheet -------------------------------------------------------------------------------


def _sheet(sheet: Sheet) -> Answers:
    for about, hook, says in (
        ("adds rows", "has_add_permission", sheet.has_add_permission()),
        ("changes rows", "has_change_permission", sheet.has_change_permission()),
        ("deletes rows", "has_delete_permission", sheet.has_delete_permission()),
    ):
        yield _permission(sheet, about, says, hook, (hook.split("_")[1],))
    yield _history(sheet)
    yield from _rows(sheet)
    yield from _company(sheet)
    for column in sheet.columns:
        yield _written(sheet, column)
        if column.related_model is not None:
            yield _choices(sheet, column)


def _history(sheet: Sheet) -> Answer:
    if is_kept(sheet):
        return Answer("sees histories", YES, "", _decider(sheet, "has_history_permission"))
    if sheet.has_history_permission():
        return Answer("sees histories", NO, "", "no history is recorded")
    return Answer("sees histories", NO, "", _decider(sheet, "has_history_permission"))


def _rows(sheet: Sheet) -> Answers:
    seen = sheet.rows().count()
    there = sheet.get_model()._base_manager.using(sheet.alias).count()
    yield Answer("rows", FACT, f"sees {seen:,} of {there:,}", _decider(sheet, "get_queryset"))
    if seen > sheet.max_rows:
        because = f"{seen:,} rows are more than {sheet.max_rows:,}: the sheet refuses with 4413"
        yield Answer("opens the sheet", NO, because, f"{type(sheet).__qualname__}.max_rows")


def _company(sheet: Sheet) -> Answers:
    overridden = [*varying(type(sheet))]
    if sheet.serializer_class is not None:
        overridden.append("serializer_class")
    why = f"since it has its own {', '.join(overridden)}" if overridden else "with all who see it"
    decides = _decider(sheet, "get_audience")
    yield Answer("shares frames", FACT, f"under {sheet.audience!r}, {why}", decides)
    yield Answer("is seen by", FACT, f"those under {sheet.room!r}", _decider(sheet, "get_room"))


def _written(sheet: Sheet, column: Column) -> Answer:
    """Whether a column can be written by somebody who may change the row."""
    about, decides = f"writes {column.name}", _locked_by(sheet, column)
    return Answer(about, NO if decides else YES, "", decides or _validator(sheet, column.name))


def _locked_by(sheet: Sheet, column: Column) -> str:
    """What makes a column read-only; empty if nothing does."""
    if not column.readonly:
        return ""
    if column.name in sheet.get_readonly_fields():
        if _is_default(sheet, "get_readonly_fields"):
            return f"{type(sheet).__qualname__}.readonly_fields"
        return _decider(sheet, "get_readonly_fields")
    field = sheet.get_serializer().fields.get(column.name)
    if getattr(field, "read_only", False):
        return f"{_validator(sheet, column.name)}, which is read-only ({type(field).__name__})"
    return f"its type: {column.type} is only shown"


def _validator(sheet: Sheet, name: str) -> str:
    made = sheet.serializer_class is None and _is_default(sheet, "get_serializer_class")
    kind = type(sheet.get_serializer()).__qualname__
    return f"the field {name} of {'the model' if made else kind}"


def _choices(sheet: Sheet, column: Column) -> Answer:
    shown = related(sheet, column).count()
    there = column.related_model._base_manager.using(sheet.alias).count()  # type: ignore[union-attr]
    because = f"may name {shown:,} of {there:,}"
    return Answer(f"chooses {column.name}", FACT, because, _decider(sheet, "get_related_queryset"))


# --- a row and a cell ------------------------------------------------------------------------


def _row(sheet: Sheet, pk: str, name: str | None, text: str | None) -> Answers:
    keys = RowReader(sheet).keys([pk])
    if not keys:
        kind = type(sheet.get_model()._meta.pk).__name__
        yield Answer(f"sees row {pk}", NO, "no row can have this key", f"the key is a {kind}")
        return
    if not sheet.get_model()._base_manager.using(sheet.alias).filter(pk__in=keys).exists():
        yield Answer(f"sees row {pk}", NO, "there is no such row", "the database")
        return
    instance = sheet.rows().filter(pk__in=keys).first()
    decides = _decider(sheet, "get_queryset")
    yield Answer(f"sees row {pk}", YES if instance is not None else NO, "", decides)
    if instance is None:
        return
    change = sheet.has_change_permission(instance)
    yield _permission(sheet, "changes it", change, "has_change_permission", ("change",))
    delete = sheet.has_delete_permission(instance)
    yield _permission(sheet, "deletes it", delete, "has_delete_permission", ("delete",))
    if trial.is_somebody_elses(sheet, str(instance.pk)):
        yield Answer("is free to be written", NO, trial.SOMEBODY_HOLDS, "the database")
    if name is not None:
        yield from _cell(sheet, instance, name, change, text)


def _cell(sheet: Sheet, instance: Any, name: str, change: bool, text: str | None) -> Answers:
    column = sheet.column(name)
    if column is None:
        fields = "get_fields" if not _is_default(sheet, "get_fields") else ""
        decides = _decider(sheet, fields) if fields else f"{type(sheet).__qualname__}.fields"
        yield Answer(f"sees {name}", NO, "the sheet has no such column for this user", decides)
        return
    value = RowReader(sheet).read([str(instance.pk)])[str(instance.pk)][
        1 + sheet.columns.index(column)
    ]
    yield _shown(sheet, column, value)
    written = _written_here(sheet, column, value, change)
    yield written
    if written.says == YES:
        yield from _tried(sheet, instance, column, value, text)
    if column.related_model is not None and value is not None:
        yield from _named(sheet, column, value)


def _shown(sheet: Sheet, column: Column, value: Any) -> Answer:
    validator = _validator(sheet, column.name)
    if column.write_only:
        because = "what is written there is never shown"
        return Answer(f"sees {column.name}", NO, because, f"{validator}, which is write-only")
    if column.masked:
        kind = type(sheet.get_serializer()).__qualname__
        validator = f"{kind}.to_representation()"
    return Answer(f"sees {column.name}", YES, repr(value), validator)


def _written_here(sheet: Sheet, column: Column, value: Any, change: bool) -> Answer:
    written = _written(sheet, column)
    if written.says == YES and not change:
        return Answer(written.about, NO, "the row may not be changed", "as above")
    if column.attname == sheet.get_model()._meta.pk.attname:
        return Answer(written.about, NO, "a row's key cannot be changed", "livesheet")
    if column.too_exact_for_a_browser(value):
        return Answer(written.about, NO, "a browser would round its numbers", "livesheet")
    return written


def _tried(sheet: Sheet, instance: Any, column: Column, value: Any, text: str | None) -> Answers:
    """What may refuse the edit of a cell that nothing declared refuses; what does, if tried."""
    if text is None:
        if not (column.write_only or column.masked):
            yield from _validated(sheet, instance, column, value)
        for name in trial.may_refuse(sheet):
            because = "is asked when it is written: --try VALUE does so, and rolls back"
            yield Answer("may refuse it", FACT, because, name)
        return
    message, decides = trial.Trial(sheet, str(instance.pk), column, text).refusal()
    yield Answer(f"saves {text!r}", NO if decides else YES, message, decides or "tried")


def _validated(sheet: Sheet, instance: Any, column: Column, value: Any) -> Answers:
    errors = trial.refused_by_validation(sheet, instance, column, value)
    if not errors:
        return
    about, message = f"may save what stands in {column.name}", text_of(errors)
    if column.name in errors:
        yield Answer(about, NO, message, _validator(sheet, column.name))
    else:
        kind = type(sheet.get_serializer()).__qualname__
        yield Answer(about, NO, message, f"{kind}.validate()")


def _named(sheet: Sheet, column: Column, value: Any) -> Answers:
    keys = value if column.is_many else [value]
    found = related(sheet, column).filter(**{f"{column.key_field}__in": keys})
    hidden = len(keys) - found.count()
    because = "" if not hidden else f"{hidden} of {len(keys)} are shown by their key only"
    decides = _decider(sheet, "get_related_queryset")
    yield Answer(f"sees what {column.name} is called", NO if hidden else YES, because, decides)
