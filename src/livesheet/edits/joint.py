"""Several plain edits, of one socket or of many, in one transaction.

Each is checked, compared, validated and answered separately, with the rights of its user as the
database has them now. What they have in common is done once: reading rights, locking and writing
rows, the change log, the receipts, the COMMIT.

Whatever stops the transaction (a deadlock, a constraint that is checked at the COMMIT, a receipt
that is there already) undoes all of it. Each edit is then carried out by itself, like any other.
Everything is synchronous and belongs on a database thread.
"""

from __future__ import annotations

import copy
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, connections, models, transaction
from django.utils import translation

from livesheet import people
from livesheet.edits import attempts, receipts, together
from livesheet.edits.admission import Desk, admit
from livesheet.edits.changing import Changing, Row
from livesheet.edits.refusals import entry, told_to_the_author
from livesheet.edits.validation import Validation
from livesheet.edits.writing import given, rows_of
from livesheet.exceptions import EditRefused
from livesheet.fresh import fresh
from livesheet.log.commits import Hooks
from livesheet.sheet import filterable, kept_rows
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import as_keys
from livesheet.sheet.unreadable import instances, with_keys
from livesheet.tables import EditRecord
from livesheet.wire.protocol import Edit

logger = logging.getLogger("livesheet")

P = ParamSpec("P")
T = TypeVar("T")


class _Undone(Exception):
    """Rolls back the transaction: its edits must be carried out one by one."""


@dataclass(slots=True, eq=False)
class Part:
    """One edit. ``reply`` stays None if it must be carried out by itself."""

    desk: Desk
    request: Edit
    client: str
    language: str
    context: Context
    reply: receipts.Reply | None = None

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call ``work`` in the context and the language of the socket."""

        def translated() -> T:
            with translation.override(self.language):
                return work(*args, **kwargs)

        return self.context.run(translated)


def carry_out(parts: Sequence[Part]) -> None:
    """Carry out those of ``parts`` that can be, all on sheets of one class. No two have a row in
    common.

    Raises ``attempts.Held`` if the database has one lock for everything and others hold it. Nothing
    was done then. Separately, none of these edits would get the lock any sooner.
    """
    try:
        sheets = admit({part.desk: part.run for part in parts})
        works = _works(parts, sheets)
        if works:
            _Joint(works).carry_out()
    except Exception as error:  # carried out alone, each meets it and says so
        for part in parts:
            part.reply = None
        if isinstance(error, attempts.Held) and not _has_rows_to_lock(parts[0]):
            raise
        if not isinstance(error, _Undone | attempts.Held | IntegrityError):
            facts = {"event": "edits.parted", "edits": len(parts)}
            logger.info("Edits must be carried out one by one.", exc_info=True, extra=facts)


def _has_rows_to_lock(part: Part) -> bool:
    return bool(connections[part.desk.sheet().alias].features.has_select_for_update)


def _works(parts: Sequence[Part], sheets: Mapping[Desk, Sheet]) -> list[_Work]:
    sights: dict[Hashable, _Sight] = {}
    named: list[tuple[Part, _Sight, Sheet]] = []
    for part in parts:
        sheet = sheets.get(part.desk)
        if sheet is not None and together.are_plain(sheet, adds=False):
            sight = sights.setdefault(_key(sheet), _Sight(sheet, part))
            sight.requests.append(part.request)
            named.append((part, sight, sheet))
    for sight in sights.values():
        sight.look()
    return [part.run(_Work, part, sight, sheet) for part, sight, sheet in named]


def _key(sheet: Sheet) -> Hashable:
    """Equal for sheets that see the same rows, columns and related objects."""
    params = tuple(sorted((name, str(value)) for name, value in sheet.params.items()))
    return params, people.user_key(sheet.user) if sheet.is_private else None


# --- what is asked once for all who see the same ------------------------------------------------


class _Sight:
    """``part`` is the first of them; the project's own code is called in its context."""

    def __init__(self, sheet: Sheet, part: Part) -> None:
        self.sheet, self.part = sheet, part
        self.requests: list[Edit] = []
        self.sees_all = False
        self.visible: set[Any] = set()

    def look(self) -> None:
        """Find out which rows may be seen, before anything is locked."""
        model, rows = self.sheet.get_model(), self.part.run(self.sheet.rows)
        self.sees_all = filterable.is_everything(model, rows)
        pks = dict.fromkeys(pk for request in self.requests for pk in rows_of(request))
        keys = as_keys(model._meta.pk, pks)
        self.visible = set(keys) if self.sees_all else self.now(keys)

    def now(self, keys: Collection[Any]) -> set[Any]:
        return set(self.part.run(self._ask, keys)) if keys else set()

    def _ask(self, keys: Collection[Any]) -> list[Any]:
        rows = self.sheet.rows().filter(pk__in=keys)
        return list(rows.order_by().values_list("pk", flat=True))

    @cached_property
    def validation(self) -> Validation:
        wanted = (pair for request in self.requests for pair in given(self.sheet, request))
        return Validation(self.sheet, wanted, is_plain=True)


class _Work(Changing):
    """One edit, whose rows are read, locked and written with those of others."""

    def __init__(self, part: Part, sight: _Sight, sheet: Sheet) -> None:
        self.part, self.sight = part, sight
        super().__init__(sheet, part.request, part.client)

    def _prepare(self) -> None:
        self.is_plain, self.validation = True, self.sight.validation
        self.sees_all = self.sight.sees_all
        keys = self.reader.keys(rows_of(self.request))
        self.visible = [key for key in keys if key in self.sight.visible]

    def rows(self, locked: Mapping[str, models.Model]) -> list[Row]:
        assert isinstance(self.request, Edit)
        return list(self.asked_for(self.request, locked))


# --- the transaction ----------------------------------------------------------------------------


class _Joint:
    def __init__(self, works: Sequence[_Work]) -> None:
        self.works = works
        self.model = works[0].model
        self.alias = works[0].sheet.alias

    def carry_out(self) -> None:
        hooks = Hooks()
        with attempts.transaction_of_an_edit(self.alias, hooks):
            locked = self._locked()
            self.works = self._with_all_rows(locked)
            seen = self._still_visible(locked)
            rows = [(w, row) for w in self.works for row in w.part.run(w.rows, seen[w.sight])]
            self._save(rows)
            records = [work.part.run(self._answer, work) for work in self.works]
            in_order = sorted(records, key=lambda record: (record.user, record.client, record.ref))
            if hooks.are_waiting(self.alias) or not receipts.inserted(in_order, self.alias):
                raise _Undone
        for work, record in zip(self.works, records, strict=True):
            work.part.run(self._tell, work, record)

    def _locked(self) -> dict[Any, models.Model]:
        """The rows that nobody else has locked."""
        keys = {key for work in self.works for key in work.visible}
        if not keys:
            return {}
        found = self._lone(*keys) if len(keys) == 1 else None
        if found is None:
            found = instances(self._to_lock(keys), size=None)
        return {row.pk: row for row in found}

    def _lone(self, key: Any) -> Iterable[models.Model] | None:
        """The only row, read by a kept statement if that is possible."""
        manager = self.model._base_manager
        if type(manager) is not models.Manager or not kept_rows.are_all(manager.all(), self.model):
            return None
        found = kept_rows.found(self.alias, self.model, "lock", key, self._to_lock)
        return None if found is None else with_keys(found, whole=True)

    def _to_lock(self, keys: Collection[Any]) -> models.QuerySet[Any]:
        features = connections[self.alias].features
        rows = fresh(self.model._base_manager, self.alias).select_for_update(
            skip_locked=features.has_select_for_update_skip_locked,
            nowait=features.has_select_for_update_nowait
            and not features.has_select_for_update_skip_locked,
            no_key=features.has_select_for_no_key_update,
        )
        return rows.filter(pk__in=keys).order_by("pk")

    def _with_all_rows(self, locked: Mapping[Any, models.Model]) -> list[_Work]:
        """The edits that need not wait. None overtakes another one of its socket."""
        staying, waiting = [], set()
        for work in self.works:
            if work.part.desk in waiting or any(key not in locked for key in work.visible):
                waiting.add(work.part.desk)
            else:
                staying.append(work)
        if not staying:
            raise _Undone
        return staying

    def _still_visible(
        self, locked: Mapping[Any, models.Model]
    ) -> dict[_Sight, dict[str, models.Model]]:
        """Asked once the rows are locked, by a separate statement: see ``Writing.lock``."""
        seen = {}
        for sight, works in self._by_sight():
            keys = {key for work in works for key in work.visible}
            still = keys if sight.sees_all else sight.now(keys)
            seen[sight] = {str(locked[key].pk): locked[key] for key in still}
        return seen

    def _by_sight(self) -> Iterator[tuple[_Sight, list[_Work]]]:
        found: dict[int, list[_Work]] = defaultdict(list)
        for work in self.works:
            found[id(work.sight)].append(work)
        yield from ((works[0].sight, works) for works in found.values())

    # --- saving ------------------------------------------------------------------------------

    def _save(self, rows: list[tuple[_Work, Row]]) -> None:
        while rows:
            done = self._save_together(rows)
            if not done:
                work, row = rows[0]
                work.part.run(work.edit_row, row)
            rows = rows[done or 1 :]

    def _save_together(self, rows: list[tuple[_Work, Row]]) -> int:
        """How many of the first ``rows`` are done; 0 if the first one must be saved separately."""
        valid: list[tuple[_Work, Row, models.Model]] = []
        names: set[str] = set()
        is_lone = len(self.works) == 1  # a savepoint would be two more round trips
        part = nullcontext() if is_lone else transaction.atomic(using=self.alias)
        try:
            with told_to_the_author(self.model), part:
                for work, row in rows:
                    values = work.part.run(work.plain_values, row)
                    if values is None:
                        break
                    valid.append((work, row, copy.copy(row.instance)))
                    names |= together.changed(valid[-1][2], values)
                if not valid:
                    return 0
                self._write(valid, names)
        except EditRefused as refusal:  # because of one row, so each is tried alone
            if is_lone:
                raise _Undone from refusal
            for work, row, _instance in valid:
                work.part.run(work.edit_row, row)
        else:
            for work, row, instance in valid:
                work.part.run(work.tell, instance, row.cells)
        return len(valid)

    def _write(self, valid: list[tuple[_Work, Row, models.Model]], names: set[str]) -> None:
        keys: dict[_Work, list[Any]] = defaultdict(list)
        for work, _row, instance in valid:
            keys[work].append(instance.pk)
        authors = [(work.author(), pks) for work, pks in keys.items()]
        together.update([instance for _w, _r, instance in valid], names, self.alias, authors)
        for sight, works in self._by_sight():
            mine = {pk for work in works for pk in keys.get(work, ())}
            if not sight.sees_all and sight.now(mine) != mine:
                raise EditRefused(entry(None, None, "outside", ""))

    # --- answers -----------------------------------------------------------------------------

    def _answer(self, work: _Work) -> EditRecord:
        sheet, request = work.sheet, work.request
        reply = receipts.reply_to(request, work.outcome)
        record = receipts.new_record(sheet, request, work.client)
        record.reply = receipts.as_kept(sheet, request, reply)
        work.part.reply = reply
        return record

    def _tell(self, work: _Work, record: EditRecord) -> None:
        reply: Any = work.part.reply
        receipts.say_who(work.sheet, record, work.request, reply)
        receipts.count(work.request, reply)
