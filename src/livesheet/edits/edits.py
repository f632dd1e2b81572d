"""The one place that writes.

The socket and REST both use it, so both have the same validation, permissions and change log.
Everything is synchronous and belongs on a database thread.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.db import connections, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from livesheet.edits import acts
from livesheet.edits.adding import Adding
from livesheet.edits.changing import Changing
from livesheet.edits.others import Lookback
from livesheet.edits.outcome import Outcome
from livesheet.edits.refusals import NOT_ALLOWED, entry
from livesheet.edits.writing import NOT_FOUND
from livesheet.exceptions import EditRefused
from livesheet.sheet.actions import Action
from livesheet.sheet.declaration import Sheet
from livesheet.tables import Change
from livesheet.wire.protocol import Act, Add, Delete, Edit, Request

ABORTED = gettext_lazy("Not saved, because another part was refused.")


class _Undone(Exception):
    """Rolls back an atomic request of which a part was refused."""


def apply(sheet: Sheet, request: Request, *, client: str = "") -> Outcome:
    """Carry out ``request`` as ``sheet.user`` inside the transaction that is open."""
    return Work(sheet, request, client).carried_out()


class Work(Changing, Adding):
    """One request, to be carried out."""

    def __init__(self, sheet: Sheet, request: Request, client: str = "") -> None:
        super().__init__(sheet, request, client)
        self.lookback: Lookback | None = None
        if isinstance(request, Delete) and any(cursor for _pk, cursor in request.pks):
            cursors = [cursor for _pk, cursor in request.pks if cursor is not None]
            self.lookback = Lookback(sheet, client, cursors)

    def carried_out(self) -> Outcome:
        """Carry it out in the transaction that is open now, completely or not at all."""
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
        """Carry out one of the sheet's own actions, on each row separately, as for edits."""
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
