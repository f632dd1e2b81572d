"""Reads rows in the form of the wire: ``[pk, value, …]``, values in the order of the columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import count, islice, repeat
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import models

from livesheet.fresh import fresh
from livesheet.sheet import kept_rows
from livesheet.sheet.cells import BROKEN_CELL, Cells
from livesheet.sheet.columns import COMPLETE_LABELS, LATER, Column
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.guards import UNREADABLE
from livesheet.sheet.provenance import is_many
from livesheet.sheet.serializers import model_field
from livesheet.sheet.traces import complain
from livesheet.sheet.unreadable import instances, is_unreadable, values
from livesheet.wire.values import of_all

# Up to this many times COMPLETE_LABELS are sent whole to clients that had them whole before.
PROMISED = 10

Row = list[Any]

READ_BATCH = 500


class RowReader:
    """Reads the rows that one sheet object may see. Synchronous: belongs on a database thread."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.columns = [*sheet.columns, *([sheet.style] if sheet.style else [])]
        self.many = [(n, c) for n, c in enumerate(sheet.columns, 1) if c.placeholder is LATER]
        self.cells = Cells(sheet)

    @cached_property
    def plain(self) -> bool:
        """Whether all values can be read without making model instances (ten times faster)."""
        straight = (c.attname or c.write_only or c.placeholder is LATER for c in self.columns)
        return all(straight) and not any(c.masked for c in self.columns)

    def chunks(
        self, queryset: models.QuerySet[Any], size: int, *, are_few: bool = False
    ) -> Iterator[list[Row]]:
        """The rows of ``queryset`` in its order, streamed from the database.

        If they ``are_few``, they are read at once: a cursor of their own takes four round trips.
        """
        stream = self._stream(queryset, size, None if are_few else size)
        while rows := list(islice(stream, size)):
            self._fill_many(rows, self.many)
            yield rows

    def read(self, pks: Iterable[str]) -> dict[str, Row]:
        """The rows among ``pks`` that exist and may be seen, by pk."""
        keys = self.keys(pks)
        if len(keys) == 1 and (row := self._lone(keys[0])) is not None:
            return {found[0]: found for found in row}
        found: dict[str, Row] = {}
        for start in range(0, len(keys), READ_BATCH):
            batch = self.sheet.rows().filter(pk__in=keys[start : start + READ_BATCH])
            for rows in self.chunks(batch.order_by(), READ_BATCH, are_few=True):
                found.update((row[0], row) for row in rows)
        return found

    def _lone(self, key: Any) -> list[Row] | None:
        """The row with this key by a statement that is kept, if that is possible."""
        rows, model = self.sheet.rows(), self.sheet.get_model()
        if not self.plain or not kept_rows.are_all(rows, model):
            return None
        names = self._names()
        found = kept_rows.found(
            rows.db, model, names, key,
            lambda keys: rows.filter(pk__in=keys).order_by().values_list("pk", *names),
        )  # fmt: skip
        if found is None or any(row[0] is UNREADABLE for row in found):
            return None
        cells = list(self._wire(found)) if found else []
        self._fill_many(cells, self.many)
        return cells

    def _names(self) -> tuple[str, ...]:
        """The columns that are read from plain rows besides their keys."""
        return tuple(str(column.attname) for column in self.columns if column.attname)

    def visible_pks(self) -> list[str]:
        return [str(pk) for (pk,) in values(self.sheet.rows().order_by(), ["pk"], 2_000)]

    def visible(self, pks: Iterable[str]) -> list[str]:
        """Those of ``pks`` whose rows exist and may be seen."""
        keys = self.keys(pks)
        found: list[str] = []
        for start in range(0, len(keys), READ_BATCH):
            batch = self.sheet.rows().filter(pk__in=keys[start : start + READ_BATCH])
            found += [str(pk) for pk in batch.order_by().values_list("pk", flat=True)]
        return found

    def keys(self, pks: Iterable[str]) -> list[Any]:
        """Texts as primary keys; texts that cannot be a key of this model are left out."""
        return as_keys(self.sheet.get_model()._meta.pk, pks)

    def of_instance(self, instance: models.Model, columns: Iterable[Column]) -> dict[str, Any]:
        """The values of these columns, by name. (Others may need annotations that it lacks.)"""
        names = {column.name for column in columns}
        wanted = [column for column in self.columns if column.name in names]
        if not all(column.attname or column.placeholder is LATER for column in wanted):
            models.prefetch_related_objects([instance], *_member_lookups(self.sheet))
        row: Row = [str(instance.pk), *self.cells.row(instance, wanted)]
        self._fill_many([row], [(n, c) for n, c in enumerate(wanted, 1) if c.placeholder is LATER])
        held: dict[str, Any] = {column.name: None for column in self.columns}
        return held | {column.name: value for column, value in zip(wanted, row[1:], strict=True)}

    def _stream(
        self, queryset: models.QuerySet[Any], size: int, at_once: int | None
    ) -> Iterator[Row]:
        if not self.plain:
            for instance in instances(with_members(self.sheet, queryset), at_once):
                yield [str(instance.pk), *self.cells.row(instance, self.columns)]
            return
        rows = values(queryset, ["pk", *self._names()], at_once)
        while found := list(islice(rows, size)):
            yield from self._wire(found)

    def _wire(self, found: Sequence[tuple[Any, ...]]) -> Iterator[Row]:
        """Read plain rows as the database has them."""
        held, given = list(zip(*found, strict=True)), count(1)
        cells = [
            self.straight(column, held[next(given)])
            if column.attname
            else repeat(column.placeholder)
            for column in self.columns
        ]
        yield from map(list, zip(map(str, held[0]), *cells, strict=False))

    def straight(self, column: Column, found: tuple[Any, ...]) -> Iterable[Any]:
        """The cells of a column from the database's values.

        If one cannot be read, each is read separately.
        """
        kinds = set(map(type, found))
        if type(UNREADABLE) not in kinds:
            with suppress(Exception):
                return list(of_all(column.to_wire, found, kinds))
        return [self.cells.straight(column, value) for value in found]

    def _fill_many(self, rows: list[Row], many: Iterable[tuple[int, Column]]) -> None:
        for n, column in many:
            waiting = [row for row in rows if row[n] is LATER]
            cells = self.members(column, [row[0] for row in waiting])
            for row, cell in zip(waiting, cells, strict=True):
                row[n] = cell

    def members(self, column: Column, pks: Sequence[str]) -> list[Any]:
        """The cells of a many-to-many column in the rows with these keys."""
        found = self.cells.guarded(column, self._members, column, pks)
        if found == BROKEN_CELL:
            return [BROKEN_CELL] * len(pks)
        return [found.get(pk, []) for pk in pks]

    def showing(self, related: dict[str, set[str]], most: int) -> set[str] | None:
        """Rows that have one of these objects, by model, as a member; None if there are too many.

        No row is written when an object joins or leaves those that may be shown.
        """
        found: set[str] = set()
        for _n, column in self.many:
            target: Any = column.related_model
            if keys := as_keys(target._meta.pk, related.get(target._meta.label_lower, ())):
                pairs, mine, theirs = self._pairs(column)
                linked = pairs.filter(**{f"{theirs}__pk__in": keys}).values_list(f"{mine}__pk")
                found.update(str(pk) for (pk,) in linked.order_by().distinct()[: most + 1])
        return None if len(found) > most else found

    def _members(self, column: Column, pks: Sequence[str]) -> dict[str, list[str]]:
        """By row, the keys of the members that may be shown, in the order of their labels."""
        keys = self._many_keys(column, pks)
        texts = read_labels(self.sheet, column, {k for found in keys.values() for k in found})
        return {
            pk: sorted((k for k in found if k in texts), key=lambda k: (texts[k], k))
            for pk, found in keys.items()
        }

    def _many_keys(self, column: Column, pks: Sequence[str]) -> dict[str, list[str]]:
        pairs, mine, theirs = self._pairs(column)
        pairs = pairs.filter(**{f"{mine}__pk__in": self.keys(pks)})
        found: dict[str, list[str]] = defaultdict(list)
        for pk, key in pairs.values_list(f"{mine}__pk", f"{theirs}__pk"):
            found[str(pk)].append(str(key))
        return found

    def _pairs(self, column: Column) -> tuple[models.QuerySet[Any], str, str]:
        """The table that links rows with members, and its names for the two.

        It may contain another unique column of theirs instead of the primary key.
        """
        field: Any = self.sheet.get_model()._meta.get_field(column.source)
        pairs = fresh(field.remote_field.through._default_manager, self.sheet.alias)
        return pairs, field.m2m_field_name(), field.m2m_reverse_field_name()


def with_members(sheet: Sheet, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """With the many-to-many members that may be shown, for a serializer that asks each row.

    A project's own way to fetch them gives place, since it might fetch others.
    """
    ours = _member_lookups(sheet)
    names = {lookup.prefetch_to for lookup in ours}
    given: Any = queryset
    theirs = [
        lookup
        for lookup in given._prefetch_related_lookups
        if getattr(lookup, "prefetch_to", lookup) not in names
    ]
    return queryset.prefetch_related(None).prefetch_related(*ours, *theirs)


def _member_lookups(sheet: Sheet) -> list[models.Prefetch[Any]]:
    model = sheet.get_model()
    sources = {c.source: model_field(model, c.source) for c in sheet.columns}
    return [
        models.Prefetch(source, fresh(sheet.get_related_queryset(source), sheet.alias))
        if is_many(field)
        else models.Prefetch(source)  # names, of which none is hidden
        for source, field in sources.items()
        if field is not None and field.many_to_many
    ]


def as_keys(field: models.Field[Any, Any], texts: Iterable[str]) -> list[Any]:
    keys = []
    for text in texts:
        try:
            key = field.to_python(text)
        except (ValidationError, ValueError, OverflowError):
            continue
        if str(key) == text and _fits(field, key):
            keys.append(key)
    return keys


def _fits(field: models.Field[Any, Any], key: Any) -> bool:
    # PostgreSQL raises for an integer beyond the column's range, where others just find nothing.
    if isinstance(key, str):
        return "\0" not in key
    return not isinstance(key, int) or abs(key) < 2**63


# --- labels of relations ---------------------------------------------------------------------

Labels = dict[str, dict[str, str]]


def read_labels(sheet: Sheet, column: Column, keys: Iterable[str] | None) -> dict[str, str]:
    """The labels of the related objects with these keys; None asks for all of them."""
    related = fresh(sheet.get_related_queryset(column.source), sheet.alias)
    if keys is not None:
        wanted = related_keys(related.model, column, keys)
        if not wanted:
            return {}
        related = related.filter(**{f"{column.key_field}__in": wanted})
    return {key_of(obj, column): label_of(obj) for obj in addressed(instances(related), column)}


def addressed(objects: Iterable[models.Model], column: Column) -> Iterator[Any]:
    """The related objects whose key can be read: no cell refers to the others."""
    for obj in objects:
        attname = obj._meta.pk.attname if column.key_field == "pk" else column.key_field
        if not is_unreadable(obj, attname):
            yield obj


def related_keys(target: Any, column: Column, texts: Iterable[str]) -> list[Any]:
    field = target._meta.pk
    if column.key_field != "pk":
        field = target._meta.get_field(column.key_field)
    return as_keys(field, texts)


def key_of(obj: models.Model, column: Column) -> str:
    return str(getattr(obj, column.key_field))


def label_of(obj: models.Model) -> str:
    try:
        return str(obj)
    except Exception as error:  # one bad object must not make the sheet unusable
        facts = {"event": "label.unread", "model": obj._meta.label_lower}
        complain("The label of an object of %r cannot be read:%s", type(obj), error, facts)
        return BROKEN_CELL


def related_columns(sheet: Sheet) -> list[tuple[int, Column]]:
    return [(n, c) for n, c in enumerate(sheet.columns, 1) if c.related_model is not None]


def complete_labels(sheet: Sheet, promised: Collection[str] = ()) -> Labels:
    """All labels of the relations that have few enough to be sent at once.

    This includes relations that were ``promised`` while they had few, unless they now have far too
    many.
    """
    complete = {}
    for _n, column in related_columns(sheet):
        related = fresh(sheet.get_related_queryset(column.source), sheet.alias)
        most = COMPLETE_LABELS * (PROMISED if column.name in promised else 1)
        if not related[most : most + 1].exists():
            complete[column.name] = read_labels(sheet, column, None)
    return complete


def used_labels(sheet: Sheet, rows: Iterable[Row], known: Labels) -> Labels:
    """Labels of the keys in ``rows`` that are not known yet."""
    rows, keys = list(rows), {}
    for n, column in related_columns(sheet):
        keys[column.name] = {key for row in rows for key in keys_in(row[n])}
    return labels_of_keys(sheet, keys, known)


def labels_of_keys(sheet: Sheet, keys: Mapping[str, Iterable[str]], known: Labels) -> Labels:
    """The labels that are not known yet of these keys, by column."""
    found = {}
    for _n, column in related_columns(sheet):
        sent = known.get(column.name, {})  # the event loop may add to it meanwhile
        missing = {key for key in keys.get(column.name, ()) if key not in sent}
        if missing and (labels := read_labels(sheet, column, missing)):
            found[column.name] = labels
    return found


def keys_in(value: Any) -> Iterable[str]:
    """The related keys in a cell; a relation that cannot be read has none."""
    if isinstance(value, list):
        return map(str, value)
    return [] if value is None or value == BROKEN_CELL else [str(value)]


def renamed_labels(
    sheet: Sheet, model_label: str, pks: Iterable[str], known: Labels, complete: Iterable[str]
) -> Labels:
    """Labels that differ from what was sent, after the related objects ``pks`` were written.

    A row may contain the key of an object that could not be seen before: its label was not sent,
    and no row is written when it becomes visible.
    """
    found: Labels = {}
    for n, column in related_columns(sheet):
        target = column.related_model
        if target is None or target._meta.label_lower != model_label:
            continue
        related = fresh(sheet.get_related_queryset(column.source), sheet.alias)
        keys = as_keys(related.model._meta.pk, pks)
        objects = addressed(instances(related.filter(pk__in=keys)), column)
        now = {key_of(obj, column): label_of(obj) for obj in objects}
        sent = known.get(column.name, {})
        news = {key: text for key, text in now.items() if sent.get(key) != text}
        if column.name not in complete:  # else the browser was promised every acceptable key
            shown = _shown(sheet, n, column, news.keys() - sent.keys())
            news = {key: text for key, text in news.items() if key in sent or key in shown}
        if news:
            found[column.name] = news
    return found


def _shown(sheet: Sheet, n: int, column: Column, keys: Collection[str]) -> set[str]:
    """Those of the ``keys`` that rows show at place ``n``; each row has its own members.

    The value of a cell may be hidden, and then its label would reveal it.
    """
    target: Any = column.related_model
    wanted = [] if column.is_many else related_keys(target, column, keys)
    if not wanted or column.write_only:
        return set()
    rows = sheet.rows().filter(**{f"{column.source}__in": wanted}).order_by()
    if column.attname and not column.masked:
        return {str(key) for key in rows.values_list(column.source, flat=True).distinct()}
    read = RowReader(sheet).chunks(rows, READ_BATCH)
    return {key for found in read for row in found for key in keys_in(row[n])}


def asks_for_others(one: Sheet, other: Sheet) -> bool:
    """Whether the two find their rows by different SQL, as for another tenant. Synchronous."""
    return bool(_sql_of(one) != _sql_of(other))


def _sql_of(sheet: Sheet) -> Any:
    try:
        return sheet.rows().query.sql_with_params()
    except EmptyResultSet:
        return None
