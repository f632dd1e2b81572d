"""The one place that writes: may I? → lock → still the base? → validate → save.

The socket and REST come through here, so both have the same validator, permissions and change
log. Everything is synchronous and belongs on a database thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connections, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from livesheet import lineage, people
from livesheet.edits import acts, left, texts
from livesheet.edits.others import Lookback
from livesheet.edits.outcome import Outcome
from livesheet.edits.refusals import NOT_ALLOWED, entry, for_cell, text_of, told_to_the_author
from livesheet.edits.texts import Cell
from livesheet.exceptions import EditRefused
from livesheet.fresh import fresh
from livesheet.log import actors, capture
from livesheet.log.actors import Actor
from livesheet.sheet import filterable, lookups
from livesheet.sheet.actions import Action
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.sheet.unreadable import instances
from livesheet.tables import Change
from livesheet.wire.protocol import Act, Add, Delete, Edit, Request

NO_ADDING = gettext_lazy("You do not have permission to add rows here.")
ABORTED = gettext_lazy("Not saved, because another part was refused.")
NOT_FOUND = gettext_lazy("This row does not exist, or you do not have permission to see it.")

MISSING: Any = object()  # a base that a writer without one (REST) has


class _Undone(Exception):
    """Rolls back an atomic request of which a part was refused."""


def apply(sheet: Sheet, request: Request, *, client: str = "") -> Outcome:
    """Carry out ``request`` as ``sheet.user`` inside the transaction that is open."""
    return Work(sheet, request, client).carried_out()


class Work:
    """One request. What may take long is asked when it is made: before a transaction holds rows.

    Made inside a transaction of somebody else's, it may wait for a lock.
    """

    def __init__(self, sheet: Sheet, request: Request, client: str = "") -> None:
        self.sheet = sheet
        self.request = request
        self.model = sheet.get_model()
        self.client = client
        self.ref = request.ref
        self.reader = RowReader(sheet)
        self.outcome = Outcome([])
        self.may_wait = connections[sheet.alias].in_atomic_block
        self.typed = texts.Reader(sheet, _given(sheet, request))
        self.sees_all = filterable.is_everything(self.model, sheet.rows())
        self.visible = self._visible(self.reader.keys(_rows_of(request)))
        self.lookback: Lookback | None = None
        if isinstance(request, Delete) and any(cursor for _pk, cursor in request.pks):
            cursors = [cursor for _pk, cursor in request.pks if cursor is not None]
            self.lookback = Lookback(sheet, client, cursors)

    def carried_out(self) -> Outcome:
        """In the transaction that is open now, or not at all."""
        request = self.request
        is_atomic = getattr(request, "atomic", False)
        is_outermost = not connections[self.sheet.alias].in_atomic_block
        whole = transaction.atomic(using=self.sheet.alias)
        try:
            with whole if is_atomic or is_outermost else nullcontext():
                if isinstance(request, Edit):
                    self.edit(request)
                elif isinstance(request, Add):
                    self.add(request)
                elif isinstance(request, Act):
                    self.act(request)
                else:
                    self.delete(request)
                if self.outcome.errors and is_atomic:
                    raise _Undone
        except _Undone:
            self.abort()
        return self.outcome

    def abort(self) -> None:
        error = entry(None, None, "aborted", ABORTED)
        self.outcome.left.clear()
        for n, result in enumerate(self.outcome.results):
            if not (isinstance(result, dict) and result.keys() & {"error", "errors"}):
                self.outcome.refuse(n, error)

    # --- edit --------------------------------------------------------------------------------

    def edit(self, request: Edit) -> None:
        self.outcome.results = [None] * len(request.cells)
        by_pk: dict[str, list[Cell]] = {}
        for n, (pk, name, value, base) in enumerate(request.cells):
            column = self.sheet.column(name)
            if column is None:
                message = _("There is no column '%(name)s'.") % {"name": name}
                self.outcome.refuse(n, entry(pk, name, "unknown_column", message))
            else:
                by_pk.setdefault(pk, []).append((n, column, value, base))
        locked = self.lock(no_key=True)
        for pk, cells in by_pk.items():
            read = self.typed.cells(pk, cells, self.outcome.refuse) if pk in locked else cells
            self._edit_row(pk, locked.get(pk), read)

    def lock(self, no_key: bool = False) -> dict[str, models.Model]:
        """The rows that the user may see, locked in one statement in pk order.

        Asked before, so that nobody can lock what he may not see; and once more behind the lock, by
        a statement of its own: one that has to wait for a row does not look at others again.
        Raises ``OperationalError`` where somebody else holds one of them.
        """
        features = connections[self.sheet.alias].features
        rows = fresh(self.model._base_manager, self.sheet.alias).select_for_update(
            nowait=features.has_select_for_update_nowait and not self.may_wait,
            no_key=features.has_select_for_no_key_update and no_key,
        )
        wanted = rows.filter(pk__in=self.visible).order_by("pk")
        locked = list(instances(wanted, size=None)) if self.visible else []
        still = set(self._visible([row.pk for row in locked]))
        return {str(row.pk): row for row in locked if row.pk in still}

    def _visible(self, keys: list[Any]) -> list[Any]:
        if self.sees_all or not keys:
            return keys
        return list(self.sheet.rows().filter(pk__in=keys).order_by().values_list("pk", flat=True))

    def _edit_row(self, pk: str, instance: models.Model | None, cells: list[Cell]) -> None:
        if instance is None:
            self._refuse(cells, pk, "not_found", NOT_FOUND)
        elif not self.sheet.has_change_permission(instance):
            self._refuse(
                cells, pk, "forbidden", _("You do not have permission to change this row.")
            )
        elif wanted := self._wanted(pk, instance, cells):
            try:
                with self._saving(None):
                    self._save(pk, instance, wanted)
            except EditRefused as refusal:
                for n, column, value, _base in wanted:
                    if self.outcome.results[n] is None:
                        self.outcome.refuse(n, for_cell(refusal, pk, column.name, value))

    def _wanted(self, pk: str, instance: models.Model, cells: list[Cell]) -> list[Cell]:
        """The cells that would change something and may; the others are answered."""
        now = self.reader.of_instance(
            instance, [column for _n, column, _v, _b in cells if not column.readonly]
        )
        wanted = []
        for cell in cells:
            n, column, value, base = cell
            current = now[column.name]
            if column.readonly or column.too_exact_for_a_browser(current):
                message = _("%(column)s cannot be changed here.") % {"column": column.title}
                self.outcome.refuse(n, entry(pk, column.name, "readonly", message))
            elif column.same(value, current):
                self.outcome.results[n], self.outcome.left[n] = "unchanged", current
            elif column.attname == self.model._meta.pk.attname:
                message = _("A row’s key cannot be changed. Add a new row instead.")
                self.outcome.refuse(n, entry(pk, column.name, "readonly", message))
            elif self._conflicts(column, base, current):
                self.outcome.refuse(n, self._conflict(pk, column, current))
            else:
                wanted.append(cell)
        return wanted

    def _conflicts(self, column: Column, base: Any, current: Any) -> bool:
        if base is MISSING or self.sheet.conflict == "overwrite":
            return False
        return not column.same(base, current)

    def _conflict(self, pk: str, column: Column, current: Any) -> dict[str, Any]:
        error = entry(pk, column.name, "conflict", _("Somebody changed this cell in the meantime."))
        return {**error, "value": current}

    def _save(self, pk: str, instance: models.Model, cells: list[Cell]) -> None:
        """Validate and save a row; cells with errors drop out and the others are tried again."""
        serializer = self._validated(instance, cells)
        if serializer.errors:
            bad = {column.name for _n, column, _v, _b in cells} & serializer.errors.keys()
            good = [cell for cell in cells if cell[1].name not in bad]
            self._refuse_invalid(pk, cells, serializer.errors, bad)
            if not good or not bad:
                return
            cells, serializer = good, self._validated(instance, good)
            if serializer.errors:
                self._refuse_invalid(pk, cells, serializer.errors, set())
                return
        self.sheet.perform_edit(serializer)
        self._saved(serializer.instance or instance, Change.Kind.SAVE)
        if not self.sees_all:
            self._must_stay_visible(pk)
        asked = {column.name: value for _n, column, value, _b in cells}
        columns, written = [column for _n, column, _v, _b in cells], serializer.instance or instance
        found = left.told(self.reader, written, columns, asked)
        for n, column, _value, _base in cells:
            self.outcome.results[n] = "saved"
            if column.name in found:
                self.outcome.left[n] = found[column.name]

    def _validated(self, instance: models.Model, cells: list[Cell]) -> Any:
        data = {column.name: column.accept(value) for _n, column, value, _base in cells}
        return self._serializer(data, instance, partial=True)

    def _serializer(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The sheet's, with ``data`` validated."""
        serializer = self.sheet.get_serializer(*args, data=data, **kwargs)
        lookups.look_up_together(serializer, data)
        serializer.is_valid()
        return serializer

    def _refuse_invalid(
        self, pk: str, cells: list[Cell], errors: dict[str, Any], bad: set[str]
    ) -> None:
        """Field errors go to their cell; an error of the whole row goes to all its cells."""
        for n, column, value, _base in cells:
            if not bad or column.name in bad:
                message = text_of(errors.get(column.name, errors))
                error = entry(pk, column.name, "invalid", message)
                self.outcome.refuse(n, {**error, "value": value})

    def _must_stay_visible(self, pk: str) -> None:
        if not self.sheet.rows().filter(pk__in=self.reader.keys([pk])).exists():
            message = _("With this change you could no longer see the row, so it was not saved.")
            raise EditRefused(entry(pk, None, "outside", message))

    # --- add ---------------------------------------------------------------------------------

    def add(self, request: Add) -> None:
        self.outcome.results = [None] * len(request.rows)
        for n, data in enumerate(request.rows):
            try:
                if not self.sheet.has_add_permission():
                    raise EditRefused(entry(None, None, "forbidden", NO_ADDING))
                with self._saving(n):
                    pk, found = self._add_row(data)
                self.outcome.results[n], self.outcome.left[n] = {"pk": pk}, found
            except EditRefused as refusal:
                self.outcome.refuse(n, *refusal.errors)

    def _add_row(self, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        for name in data:
            column = self.sheet.column(name)
            if column is None or column.readonly:
                title = column.title if column else name
                message = _("%(column)s cannot be set here.") % {"column": title}
                raise EditRefused(entry(None, name, "readonly", message))
        asked = self.typed.row(data)
        serializer = self._serializer(asked)
        if serializer.errors:
            raise EditRefused(
                *(entry(None, self._known(name), "invalid", self._text(name, error))
                  for name, error in serializer.errors.items())
            )  # fmt: skip
        self.sheet.perform_add(serializer)
        instance: Any = serializer.instance
        self._saved(instance, Change.Kind.ADD)
        pk = str(lineage.key(self.model, instance.pk))
        self._must_stay_visible(pk)
        columns = [column for column in self.sheet.columns if not column.readonly]
        return pk, left.told(self.reader, instance, columns, asked)

    # --- delete ------------------------------------------------------------------------------

    def delete(self, request: Delete) -> None:
        self.outcome.results = [None] * len(request.pks)
        locked, lookback = self.lock(), self.lookback
        if lookback is not None:
            lookback.end()
        for n, (pk, cursor) in enumerate(request.pks):
            changed = lookback is not None and cursor is not None and lookback.names(pk, cursor)
            try:
                self._delete_row(pk, locked.get(pk), changed)
                self.outcome.results[n] = "saved"
            except EditRefused as refusal:
                self.outcome.refuse(n, refusal.errors[0])

    def _delete_row(self, pk: str, instance: models.Model | None, changed: bool) -> None:
        if instance is None:
            raise EditRefused(entry(pk, None, "not_found", NOT_FOUND))
        if not self.sheet.has_delete_permission(instance):
            raise EditRefused(
                entry(pk, None, "forbidden", _("You do not have permission to delete this row."))
            )
        if changed:
            message = _("Somebody changed this row in the meantime. Check it before you delete it.")
            raise EditRefused(entry(pk, None, "changed", message))
        with self._saving(None):
            self.sheet.perform_delete(instance)
            instance.pk = instance.pk or self.reader.keys([pk])[0]
            self._saved(instance, Change.Kind.DELETE)

    # --- act ---------------------------------------------------------------------------------

    def act(self, request: Act) -> None:
        """One of the sheet's own actions, row by row: each by itself, as edits are."""
        outcome, named = self.outcome, self.sheet.offered_actions()
        outcome.results = [None] * len(request.pks)
        action = next((one for one in named if one.name == request.action), None)
        locked = self.lock(no_key=True) if action is not None else {}
        for n, pk in enumerate(request.pks):
            try:
                outcome.results[n], left = self._act(action, pk, locked.get(pk))
                if left:
                    outcome.left[n] = left
            except EditRefused as refusal:
                outcome.refuse(n, {**refusal.errors[0], "pk": pk})
        acts.bound(outcome.left)
        done = sum(isinstance(result, str) for result in outcome.results)
        outcome.message = action.message(done) if action is not None and done else ""

    def _act(self, action: Action | None, pk: str, row: Any) -> tuple[str, dict[str, Any]]:
        if action is None:
            raise EditRefused(entry(pk, None, "forbidden", NOT_ALLOWED))
        if row is None:
            raise EditRefused(entry(pk, None, "not_found", NOT_FOUND))
        if not action.is_for(self.sheet, row):
            raise EditRefused(entry(pk, None, "forbidden", NOT_ALLOWED))
        with self._saving(None):
            return acts.carry_out(self.reader, action, row)

    # --- shared ------------------------------------------------------------------------------

    @contextmanager
    def _saving(self, index: int | None) -> Iterator[None]:
        """A savepoint for one row, whose changes bear this request's ref."""
        user = people.user_key(self.sheet.user)
        actor = Actor(user, "", self.client, self.ref, index, captured=set())
        alias = self.sheet.alias
        with (
            told_to_the_author(self.model),
            actors.acting(actor),
            transaction.atomic(using=alias),
            self.sheet.edit_context(),
        ):
            yield

    def _saved(self, instance: models.Model, kind: str) -> None:
        """Each saved pk gets a change that bears the ref, also where a hook wrote past signals."""
        pk = str(lineage.key(self.model, instance.pk))
        if (lineage.label_of(self.model), pk) not in (actors.current().captured or ()):
            capture.note(self.model, [instance.pk], kind, using=self.sheet.alias)

    def _text(self, name: str, error: Any) -> str:
        """What no cell of the sheet would show beside itself says what it is about."""
        return text_of(error if self.sheet.column(name) else {name: error})

    def _known(self, name: str) -> str | None:
        return name if self.sheet.column(name) else None

    def _refuse(self, cells: list[Cell], pk: str, code: str, message: Any) -> None:
        for n, column, _value, _base in cells:
            self.outcome.refuse(n, entry(pk, column.name, code, message))


def _rows_of(request: Request) -> Iterable[str]:
    """The keys of the rows that are to be written, each once."""
    if isinstance(request, Edit):
        return dict.fromkeys(cell[0] for cell in request.cells)
    if isinstance(request, Act):
        return dict.fromkeys(request.pks)
    return dict.fromkeys(pk for pk, _cursor in request.pks) if isinstance(request, Delete) else ()


def _given(sheet: Sheet, request: Request) -> Iterator[tuple[Column, Any]]:
    """What is to be written, column by column."""
    named: Iterable[tuple[str, Any]] = ()
    if isinstance(request, Edit):
        named = ((name, value) for _pk, name, value, _base in request.cells)
    elif isinstance(request, Add):
        named = (pair for row in request.rows for pair in row.items())
    for name, value in named:
        column = sheet.column(name)
        if column is not None and not column.readonly:
            yield column, value
