"""What edits, adds and deletes have in common: locking rows, a savepoint, the change log.

Everything is synchronous and belongs on a database thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import connections, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from livesheet import lineage, people
from livesheet.edits import texts, together
from livesheet.edits.outcome import Outcome
from livesheet.edits.refusals import entry, told_to_the_author
from livesheet.edits.validation import Validation
from livesheet.exceptions import EditRefused
from livesheet.fresh import fresh
from livesheet.log import actors, capture
from livesheet.log.actors import Actor
from livesheet.sheet import filterable
from livesheet.sheet.columns import Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.sheet.unreadable import instances
from livesheet.wire.protocol import Act, Add, Delete, Edit, Request

NOT_FOUND = gettext_lazy("This row does not exist, or you do not have permission to see it.")


class Writing:
    """One request. Slow lookups are done when it is made, before the transaction locks rows.

    Inside somebody else's transaction, it may wait for a lock.
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
        self.typed = texts.Reader(sheet, given(sheet, request))
        self._prepare()

    def _prepare(self) -> None:
        sheet, request = self.sheet, self.request
        many = len(request.rows) > 1 if isinstance(request, Add) else len(rows_of(request)) > 1
        self.is_plain = many and together.are_plain(sheet, adds=isinstance(request, Add))
        self.validation = Validation(sheet, given(sheet, request), is_plain=self.is_plain)
        self.sees_all = filterable.is_everything(self.model, sheet.rows())
        self.visible = self._visible(self.reader.keys(rows_of(request)))

    def lock(self, no_key: bool = False) -> dict[str, models.Model]:
        """The rows that the user may see, locked in one statement in pk order.

        What the user may see is asked before, so that nobody can lock hidden rows, and again once
        the rows are locked, by a separate statement: one that waits for a row does not look at the
        others again. Raises ``OperationalError`` if somebody else holds one of them.
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

    @contextmanager
    def _saving(self, index: int | None) -> Iterator[None]:
        """A savepoint for one row, whose changes bear this request's ref."""
        actor = replace(self.author(), index=index, captured=set())
        alias = self.sheet.alias
        with (
            told_to_the_author(self.model),
            actors.acting(actor),
            transaction.atomic(using=alias),
            self.sheet.edit_context(),
        ):
            yield

    def author(self) -> Actor:
        return Actor(people.user_key(self.sheet.user), "", self.client, self.ref)

    def _saved(self, instance: models.Model, kind: str) -> None:
        """Each saved pk gets a change with the ref, even if a hook wrote it without signals."""
        pk = str(lineage.key(self.model, instance.pk))
        if (lineage.label_of(self.model), pk) not in (actors.current().captured or ()):
            capture.note(self.model, [instance.pk], kind, using=self.sheet.alias)

    def _must_stay_visible(self, *pks: str) -> None:
        if len(set(self.reader.visible(pks))) < len(pks):
            message = _("With this change you could no longer see the row, so it was not saved.")
            raise EditRefused(entry(pks[0], None, "outside", message))


def rows_of(request: Request) -> Collection[str]:
    """The keys of the rows to write, each once."""
    if isinstance(request, Edit):
        return dict.fromkeys(cell[0] for cell in request.cells)
    if isinstance(request, Act):
        return dict.fromkeys(request.pks)
    return dict.fromkeys(pk for pk, _cursor in request.pks) if isinstance(request, Delete) else ()


def given(sheet: Sheet, request: Request) -> Iterator[tuple[Column, Any]]:
    """The values to write, column by column."""
    named: Iterable[tuple[str, Any]] = ()
    if isinstance(request, Edit):
        named = ((name, value) for _pk, name, value, _base in request.cells)
    elif isinstance(request, Add):
        named = (pair for row in request.rows for pair in row.items())
    for name, value in named:
        column = sheet.column(name)
        if column is not None and not column.readonly:
            yield column, value
