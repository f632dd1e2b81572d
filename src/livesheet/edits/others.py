"""What others have done to a row since a client looked at it, and who: limited looks into the log.

The log may be long and its entries large, so old entries are not searched. A delete is then refused
as if somebody had changed the row, and a refusal names nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from livesheet import lineage, people
from livesheet.edits.refusals import shortened
from livesheet.feed.cursors import Cursors
from livesheet.log import changelog
from livesheet.log.changelog import Position
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import read_labels
from livesheet.tables import Change
from livesheet.wire import values

# How many changes of all models a delete looks back over, and how many keys of its own model's it
# reads at most.
MOST_CHANGES = 20_000
MOST_KEYS = 100_000
# Among how many of the newest changes a row's last writer is looked for.
MOST_SEARCHED = 5_000
PAGE = 250

# Refusals that somebody else's change has caused.
WITH_WRITER = ("conflict", "changed")
LONGEST_SHOWN = 100

UNSTAMPED = 2**63  # in no order yet, so newer than every cursor


class Lookback:
    """Which of some rows others have written. It begins before any row is locked and ends
    afterwards.
    """

    def __init__(self, sheet: Sheet, client: str, cursors: Iterable[str]) -> None:
        self.alias = sheet.alias
        self.client = client
        self.label = lineage.label_of(sheet.get_model())
        opened = Cursors(sheet)
        self.positions = {text: opened.open(text) for text in set(cursors)}
        self._written: dict[str, int] = {}  # pk → the place of the newest change by another client
        self._keys_left = MOST_KEYS
        self._is_lost = False  # the log no longer tells
        self._proven: set[Position] = set()
        self._upto = 0
        self._begin()

    def _begin(self) -> None:
        """The long look, through all changes that have a place by now."""
        head = changelog.head(self.alias)
        known = [one.seq for one in self.positions.values() if one and one.epoch == head.epoch]
        since = min(known, default=head.seq)
        self._upto = head.seq
        if head.seq - since > MOST_CHANGES:
            self._is_lost = True
        else:
            self._read(self._placed(since, head.seq))

    def end(self) -> None:
        """Look at what was written while we waited for the lock. Nothing follows while the rows
        are locked.
        """
        self._read(self._placed(self._upto))
        if not changelog.ordered_by_id(self.alias):
            self._read(self._changes().filter(seq=None))
        self._proven = _held(self.alias, [one for one in self.positions.values() if one])

    def names(self, pk: str, cursor: str) -> bool:
        """Whether another client wrote the row after ``cursor``, or this is no longer known."""
        position = self.positions.get(cursor)
        if position is None or position not in self._proven or self._is_lost:
            return True
        return self._written.get(pk, -1) > position.seq

    def _changes(self) -> models.QuerySet[Change]:
        changes = Change.objects.using(self.alias).filter(model=self.label)
        return changes.filter(~models.Q(client=self.client) | models.Q(kind=Change.Kind.RESYNC))

    def _placed(self, after: int, upto: int | None = None) -> models.QuerySet[Change]:
        name = changelog.place(self.alias)
        changes = self._changes().filter(**{f"{name}__gt": after})
        return changes if upto is None else changes.filter(**{f"{name}__lte": upto})

    def _read(self, changes: models.QuerySet[Change]) -> None:
        place = changelog.place(self.alias)
        rows = changes.order_by("id").values_list("id", place, "kind", "pks")
        for _id, seq, kind, text in _pages(rows):
            keys = changelog.keys_of(text) or ()
            self._keys_left -= len(keys)
            if kind == Change.Kind.RESYNC or self._keys_left < 0:
                self._is_lost = True
            if self._is_lost:
                return
            at = UNSTAMPED if seq is None else seq
            for pk in keys:
                self._written[pk] = max(at, self._written.get(pk, -1))


def _held(alias: str, positions: Collection[Position]) -> set[Position]:
    """Those of ``positions`` after which the log is complete, and still the same log."""
    clock, name = changelog.clock(alias), changelog.place(alias)
    found = Change.objects.using(alias).filter(**{f"{name}__in": {one.seq for one in positions}})
    tags = {(0, tag) for tag in {one.tag for one in positions}} | set(
        found.values_list(name, "tag")
    )
    return {
        one
        for one in positions
        if one.epoch == clock.epoch
        and one.seq >= clock.trimmed_through
        and (one.seq, one.tag) in tags
    }


def _pages(rows: Any) -> Iterator[tuple[Any, ...]]:
    """All rows, ordered by the id in their first place; a large entry costs no more memory."""
    after = 0
    while page := list(rows.filter(id__gt=after)[:PAGE]):
        yield from page
        after = page[-1][0]
        if len(page) < PAGE:
            return


# --- by whom ---------------------------------------------------------------------------------

Writer = tuple[str, str]  # user key, origin


def are_to_blame(errors: Iterable[dict[str, Any]]) -> bool:
    return any(error["code"] in WITH_WRITER for error in errors)


def say_who(sheet: Sheet, errors: Iterable[dict[str, Any]]) -> None:
    """Add the author to each refusal that somebody else has caused, and to its message.

    One look for all of them. Call it when no row is locked any more.
    """
    refusals = [error for error in errors if error["code"] in WITH_WRITER]
    if not refusals:
        return
    label = lineage.label_of(sheet.get_model())
    writers = last_writers(sheet.alias, label, {error["pk"] for error in refusals})
    names = _names_of(sheet, writers.values())
    shown = _shown(sheet, refusals)
    for n, error in enumerate(refusals):
        key, origin = writers.get(error["pk"], ("", ""))
        key = "" if names.get(key, "") is None else key
        name = names.get(key) or origin
        error["by"] = {"id": key or None, "name": name, "colour": people.colour_of(key)}
        words = {"who": name or _("Somebody"), "value": shown[n]}
        if error["code"] == "changed":
            text = _("%(who)s changed this row in the meantime. Check it before you delete it.")
        else:
            text = _("%(who)s changed this to %(value)s in the meantime.")
        error["message"] = text % words


def last_writers(alias: str, label: str, pks: Collection[str]) -> dict[str, Writer]:
    """Who wrote these rows last, according to the newest changes."""
    changes = Change.objects.using(alias)
    newest = changes.order_by("-id").values_list("id", flat=True).first() or 0
    changes = changes.filter(model=label, id__gt=newest - MOST_SEARCHED).order_by("-id")
    rows = changes.values_list("id", "pks", "actor", "origin")
    found: dict[str, Writer] = {}
    wanted, keys_left, before = set(pks), MOST_KEYS, newest + 1
    while page := list(rows.filter(id__lt=before)[:PAGE]):
        for before, text, actor, origin in page:  # noqa: B007 - the next page begins there
            keys = changelog.keys_of(text) or ()
            keys_left -= len(keys)
            for pk in wanted.intersection(keys):
                found[pk] = (actor, origin)
            wanted -= found.keys()
        if not wanted or keys_left < 0 or len(page) < PAGE:
            break
    return found


def _names_of(sheet: Sheet, writers: Iterable[Writer]) -> dict[str, str | None]:
    """The names of users with these keys; None for users who may not be named.

    One query for all.
    """
    users = get_user_model()
    keys = []
    for key in {key for key, _origin in writers if key}:
        try:
            keys.append(users._meta.pk.to_python(key))
        except (ValidationError, ValueError):
            continue
    found = users._default_manager.filter(pk__in=keys) if keys else []
    return {
        people.user_key(one): people.display_name(one) if sheet.knows(one) else None
        for one in found
    }


def _shown(sheet: Sheet, refusals: list[dict[str, Any]]) -> list[str]:
    """The value of each conflict as its sentence names it."""
    return [
        _text(sheet, error, labels) if "value" in error else ""
        for labels in [_labels(sheet, refusals)]
        for error in refusals
    ]


def _labels(sheet: Sheet, refusals: list[dict[str, Any]]) -> Mapping[str, dict[str, str]]:
    keys: dict[str, set[str]] = {}
    for error in refusals:
        column = sheet.column(error["column"]) if error["column"] else None
        if column is not None and column.type == "related" and error.get("value"):
            keys.setdefault(column.name, set()).add(error["value"])
    columns = ((name, sheet.column(name), found) for name, found in keys.items())
    return {name: read_labels(sheet, column, found) for name, column, found in columns if column}


def _text(sheet: Sheet, error: dict[str, Any], labels: Mapping[str, dict[str, str]]) -> str:
    value, column = error["value"], sheet.column(error["column"])
    if value is None or value == "":
        return _("empty")
    if column is not None and column.type == "related":
        value = labels.get(column.name, {}).get(value, value)
    elif column is not None and column.type == "choice":
        value = next((label for key, label in column.extra["choices"] if key == value), value)
    elif not isinstance(value, str):
        value = values.dumps(value)
    return f"“{shortened(str(value), LONGEST_SHOWN)}”"
