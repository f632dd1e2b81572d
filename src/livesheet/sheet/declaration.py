"""The declaration of a sheet, and the registry of all sheets.

A sheet is declared like a ``ModelAdmin`` and behaves like a generic view: it has class attributes
and, for values that depend on the user, ``get_…()`` methods that read ``self.user``. These hooks
run on an object with ``self.user`` and ``self.params``, never on a connection or a request, so the
socket, the feed and REST use the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from django.apps import apps
from django.db import models, router
from rest_framework.serializers import BaseSerializer, ModelSerializer

from livesheet.exceptions import LiveSheetError
from livesheet.fresh import fresh
from livesheet.sheet import filterable, grants
from livesheet.sheet.actions import Action, actions_of
from livesheet.sheet.columns import Column, build_columns
from livesheet.sheet.params import parse_params
from livesheet.sheet.row_style import column_of
from livesheet.sheet.serializers import bound_serializer, build_serializer_class
from livesheet.sheet.variation import BUILT, OF_ROWS, computed_by

# Hooks that change the content of a frame.
FRAME_HOOKS = (
    "get_queryset", "get_fields", "get_readonly_fields", "get_serializer_class", "get_columns",
    "get_related_queryset",
)  # fmt: skip


class Sheet:
    """A model shown as a grid to one user. Subclass ``livesheet.consumers.LiveSheetConsumer``."""

    model: ClassVar[type[models.Model] | str | None] = None
    queryset: ClassVar[models.QuerySet[Any] | None] = None
    fields: ClassVar[Sequence[str] | None] = None
    readonly_fields: ClassVar[Sequence[str]] = ()
    serializer_class: ClassVar[type[BaseSerializer[Any]] | None] = None
    sheet_name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    ordering: ClassVar[Sequence[str] | None] = None
    conflict: ClassVar[Literal["reject", "overwrite"]] = "reject"
    column_options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    max_rows: ClassVar[int] = 100_000
    # Whether clients that can are sent windows of the rows instead of all; None: if there are more
    # rows than `window_above`.
    window: ClassVar[bool | None] = None
    window_above: ClassVar[int] = 20_000
    # The fields that labels of relations are made of: "supplier__name". See docs/consumers.md.
    search_fields: ClassVar[Sequence[str]] = ()
    # Whether a paste is saved completely or not at all.
    atomic_pastes: ClassVar[bool] = False
    # Whether texts that a spreadsheet would calculate are copied unchanged.
    exact_copies: ClassVar[bool] = False
    # Methods that do something to rows, declared with `action`. See docs/consumers.md.
    actions: ClassVar[Sequence[str]] = ()
    # An annotation or a field that contains the name of the row's colour.
    row_style: ClassVar[str] = ""
    # Models whose writes may change which rows this sheet has, or what they show.
    depends_on: ClassVar[Sequence[type[models.Model]]] = ()
    params: Any = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__dict__.get("abstract", False) and (cls.model or cls.queryset is not None):
            register(cls)

    def __init__(self, user: Any, params: Mapping[str, str] | None = None) -> None:
        """``params`` are texts, as a query string has them; converted as the class declares."""
        self.user = user
        self._given = params or {}
        self.params = parse_params(type(self).params, params or {})

    def for_user(self, user: Any) -> Self:
        """The same sheet, with the current permissions of ``user``."""
        if self.is_private:
            anew = type(self)(user, self._given)
            if "columns" in vars(self) and self.differs_by_rows:
                vars(anew).update((name, vars(self)[name]) for name in BUILT & vars(self).keys())
            return anew
        fresh = copy(self)  # nothing built so far depends on the user, and building is expensive
        fresh.user = user
        for name in ("audience", "room"):
            vars(fresh).pop(name, None)
        return fresh

    # --- names -------------------------------------------------------------------------------

    @classmethod
    def get_model(cls) -> type[models.Model]:
        model = cls.model or (cls.queryset.model if cls.queryset is not None else None)
        if model is None:
            raise LiveSheetError(
                "no_model",
                f"{cls.__qualname__} needs `model`, or a `queryset`, as class attribute.",
            )
        return model if not isinstance(model, str) else _model_named(model, cls)

    @classmethod
    def get_name(cls) -> str:
        # The class's own body, otherwise the model: a subclass is a new sheet.
        return cls.__dict__.get("sheet_name") or str(cls.get_model()._meta.model_name)

    def get_title(self) -> str:
        return self.title or str(self.get_model()._meta.verbose_name_plural).capitalize()

    # --- rows --------------------------------------------------------------------------------

    def get_queryset(self) -> models.QuerySet[Any]:
        """The rows that this user may see. Every read and every write is limited to them."""
        if self.queryset is not None:
            return self.queryset.all()
        return self.get_model()._default_manager.all()

    def rows(self) -> models.QuerySet[Any]:
        """``get_queryset()`` on the database that is written to, where no change is late.

        Raises ``LiveSheetError`` if it cannot be filtered, since each change is looked up in it.
        """
        rows = self.get_queryset()
        if found := filterable.fault(self.get_model(), rows, self._sources()):
            what, hint = found
            where = f"{type(self).__qualname__}.get_queryset()"
            raise LiveSheetError("bad_queryset", f"{where} {what}. {hint}")
        rows = fresh(rows, self.alias)
        rows.query.select_for_update = False  # nothing is read under a lock
        return rows

    def _sources(self) -> Iterator[str]:
        yield from (column.source for column in self.columns)
        yield self.row_style

    def ordered_rows(self) -> models.QuerySet[Any]:
        rows = self.rows()
        names: Any = self.ordering or rows.query.order_by or self.get_model()._meta.ordering
        return rows.order_by(*names, "pk")

    @cached_property
    def alias(self) -> str:
        """The database alias on which the sheet lives."""
        return router.db_for_write(self.get_model())

    def get_related_queryset(self, field: str) -> models.QuerySet[Any]:
        """The objects that the relation ``field`` may show and accept."""
        relation: Any = self.get_model()._meta.get_field(field)
        related: models.QuerySet[Any] = relation.related_model._default_manager.all()
        return related.complex_filter(relation.get_limit_choices_to())

    # --- columns -----------------------------------------------------------------------------

    def get_fields(self) -> Sequence[str]:
        """The names of the columns, in order."""
        if self.fields is None or self.fields == "__all__":
            raise LiveSheetError(
                "no_fields",
                f'{type(self).__qualname__} must name its columns: `fields = ["name", …]`.',
            )
        return self.fields

    def get_readonly_fields(self) -> Sequence[str]:
        """The names of the columns that this user may not write."""
        return self.readonly_fields

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """The serializer class that validates all input, from the socket and from REST."""
        return self.serializer_class or build_serializer_class(self)

    @cached_property
    def _serializer_class(self) -> type[BaseSerializer[Any]]:
        return self.get_serializer_class()

    def get_serializer(self, *args: Any, **kwargs: Any) -> ModelSerializer[Any]:
        """The serializer, its relations limited to ``get_related_queryset()``."""
        return bound_serializer(self, self._serializer_class, *args, **kwargs)

    def get_columns(self) -> Mapping[str, Mapping[str, Any]]:
        """Options by column name, which are passed to the grid unchanged."""
        return self.column_options

    @cached_property
    def columns(self) -> list[Column]:
        return build_columns(self)

    @cached_property
    def style(self) -> Column | None:
        """The column of ``row_style``: read after the columns, and not one of them."""
        return column_of(self.get_model(), self.row_style) if self.row_style else None

    def column(self, name: str) -> Column | None:
        return self._columns_by_name.get(name)

    @cached_property
    def _columns_by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def get_actions(self) -> Sequence[str]:
        """The names of the actions for this user, who also needs the permissions of each."""
        return self.actions

    def offered_actions(self) -> list[Action]:
        """Those that this user may carry out, as far as this does not depend on the row."""
        return actions_of(self)

    # --- who may -----------------------------------------------------------------------------

    def has_view_permission(self) -> bool:
        """Whether this user may open the sheet."""
        return self._may("view") or self._may("change")

    def has_add_permission(self) -> bool:
        """Whether this user may add rows."""
        return self._may("add")

    def has_change_permission(self, obj: Any = None) -> bool:
        """Whether this user may edit the row ``obj``, or any row if it is None."""
        return self._may("change")

    def has_delete_permission(self, obj: Any = None) -> bool:
        """Whether this user may delete the row ``obj``, or any row if it is None."""
        return self._may("delete")

    def has_history_permission(self, obj: Any = None) -> bool:
        """Whether this user may see a row's history, if ``django-simple-history`` records it."""
        return True

    def can_share_views(self) -> bool:
        """Whether this user may share views with the room, and change those that it shares."""
        return bool(self.user.is_authenticated and self.user.has_perm("livesheet.share_view"))

    def _may(self, action: str) -> bool:
        meta = self.get_model()._meta
        wanted = f"{meta.app_label}.{action}_{meta.model_name}"
        if not self.user.is_authenticated:
            return False
        grants.read_together(self.user)
        return bool(self.user.has_perm(wanted))

    # --- audience ----------------------------------------------------------------------------

    def get_audience(self) -> Any:
        """A key; users with the same key get the same frames.

        By default all users share one key if no hook is overridden; otherwise each has their own.
        """
        if self.is_private:
            return ("user", str(getattr(self.user, "pk", None)))
        return ("all",)

    @cached_property
    def audience(self) -> Any:
        """``get_audience()``, asked once: a hook may query, and the event loop may not wait."""
        return self.get_audience()

    def get_room(self) -> Any:
        """A key; users with the same key see each other's names and cursors.

        By default it is that of the audience. ``return "all"`` lets all users see each other.
        """
        return self.audience

    @cached_property
    def room(self) -> Any:
        """``get_room()``, asked once, like ``audience``."""
        return self.get_room()

    def knows(self, user: Any) -> bool:
        """Whether this user may see the name of ``user`` in conflicts and histories.

        They must share a room. If a hook raises an exception for ``user``, the answer is no.
        """
        if getattr(user, "pk", None) == getattr(self.user, "pk", None):
            return True
        try:
            return bool(self.for_user(user).room == self.room)
        except Exception:
            return False

    def prepare(self) -> Self:
        """Compute on a database thread what the event loop reads later.

        Raises ``LiveSheetError`` if the declaration cannot be served.
        """
        self.rows()
        _built = self.columns, self.audience, self.room
        return self

    @cached_property
    def is_private(self) -> bool:
        """Whether users may see different things in the sheet; in case of doubt, they do."""
        return bool(varying(type(self))) or self.serializer_class is not None

    @property
    def differs_by_rows(self) -> bool:
        """Whether users may see different rows, and nothing else differs, such as the columns."""
        computed = set(varying(type(self)))
        if not computed or computed - OF_ROWS or self.serializer_class or self.row_style:
            return False
        return all(column.stored for column in self.columns)  # no annotation of the rows

    # --- writing: DRF's seam -----------------------------------------------------------------

    def perform_edit(self, serializer: Any) -> None:
        """Save an edited row; ``serializer`` is valid and has the row as its ``instance``."""
        serializer.save()

    def perform_add(self, serializer: Any) -> None:
        """Save a new row; ``serializer`` is valid."""
        serializer.save()

    def perform_delete(self, instance: Any) -> None:
        """Delete a row."""
        instance.delete()

    def edit_context(self) -> AbstractContextManager[Any]:
        """A context manager, entered around each row that the socket or REST writes.

        It is inside the row's savepoint: if the row fails, it gets the exception, and what it wrote
        is rolled back.
        """
        return nullcontext()


def varying(kind: type[Sheet]) -> tuple[str, ...]:
    """What ``kind`` computes in its own way, so that frames may differ between users."""
    return tuple(computed_by(kind, Sheet))


def _model_named(label: str, sheet: type[Sheet]) -> type[models.Model]:
    """``"shop.Product"``, as a foreign key may name its target. Raises ``LiveSheetError``."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError) as error:
        raise LiveSheetError(
            "no_model",
            f'{sheet.__qualname__}: `model` must be a model or its "app.Model"; got {label!r}.',
        ) from error


# --- the registry ----------------------------------------------------------------------------

_sheets: dict[str, type[Sheet]] = {}
_duplicates: list[tuple[type[Sheet], type[Sheet]]] = []


def register(sheet: type[Sheet]) -> None:
    """The first class with a name is served; the same class again (a reload) replaces it."""
    name = sheet.get_name()
    served = _sheets.get(name)
    if served is None or _same_place(served, sheet):
        _sheets[name] = sheet
    else:
        _duplicates.append((served, sheet))


def unregister(sheet: type[Sheet]) -> None:
    """Forget a sheet, for tests."""
    for name in [name for name, known in _sheets.items() if known is sheet]:
        del _sheets[name]
    _duplicates[:] = [pair for pair in _duplicates if sheet not in pair]


def _same_place(one: type[Sheet], other: type[Sheet]) -> bool:
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def find_sheet(name: str) -> type[Sheet] | None:
    return _sheets.get(name)


def all_sheets() -> list[type[Sheet]]:
    return list(_sheets.values())


def duplicate_sheets() -> list[tuple[type[Sheet], type[Sheet]]]:
    """Pairs of a served sheet and one of the same name that is not served."""
    return list(_duplicates)
