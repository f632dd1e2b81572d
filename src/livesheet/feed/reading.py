"""What an audience reads from the database: rows as they are now, and the labels that they need."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Hashable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import translation

from livesheet import metrics, threads
from livesheet.feed.backlogs import add_labels
from livesheet.feed.frames import Said
from livesheet.feed.kin import Kin
from livesheet.feed.told import Marks
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.marks import mark_of, places_of_files
from livesheet.sheet.rows import (
    Labels,
    Row,
    RowReader,
    related_columns,
    renamed_labels,
    used_labels,
)

TRIES = 3
MOST_LINKED = 2_000  # rows to read again because their members were written

logger = logging.getLogger("livesheet")

# The keys of related objects that were written, by model.
Related = dict[str, set[str]]


@dataclass(slots=True)
class News:
    """The result of a read: visible rows by pk, and the labels that they need."""

    rows: dict[str, Row]
    marks: Marks
    labels: Labels
    linked: set[str] | None  # rows whose members were written; None if there are too many
    said: dict[Hashable, Said] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """Labels that need not be sent again: ``used`` ones with rows, ``sent`` ones unless renamed.
    New labels of the relations ``followed`` are sent too.
    """

    used: Labels = field(default_factory=dict)
    sent: Labels = field(default_factory=dict)
    followed: Collection[str] = ()


class Reading:
    """Reads for one audience, in its language."""

    def __init__(
        self, sheet: Sheet, language: str, members: Collection[Any], kin: Kin | None = None
    ) -> None:
        self.sheet = sheet
        self.kin = kin
        if kin is not None:
            kin.join(self)
        self.language = language
        self._members = members
        self.relations = frozenset(column.name for _n, column in related_columns(sheet))

    def facts(self, event: str) -> dict[str, Any]:
        """The fields of its log records."""
        return {"event": event, "sheet": self.sheet.get_name(), "sockets": len(self._members)}

    def in_language(self) -> AbstractContextManager[None]:
        return translation.override(self.language)

    async def news(
        self, pks: Collection[str], related: Related, known: Known, alone: bool = False
    ) -> News:
        """``read``, on a database thread, and again if the database was away.

        It is read together with kin, unless ``alone``.
        """
        for attempt in range(TRIES):
            try:
                return await self._news(pks, related, known, alone)
            except (OperationalError, InterfaceError):
                text = "The rows of %r cannot be read; trying again."
                logger.warning(text, type(self.sheet), extra=self.facts("audience.unread"))
                await asyncio.sleep(0.5 * 2**attempt)
        return await threads.run(self.read, pks, related, known)

    @property
    def has_kin(self) -> bool:
        return self.kin is not None and not self.kin.is_one_alone

    async def _news(
        self, pks: Collection[str], related: Related, known: Known, alone: bool
    ) -> News:
        if self.kin is not None and self.has_kin and not (related or alone):
            found = await self.kin.read(self.sheet, pks, known.used)
            if found is not None:
                return News(found.rows, found.marks, found.labels, set())
        return await threads.run(self.read, pks, related, known)

    def read(self, pks: Iterable[str], related: Related, known: Known) -> News:
        """The current committed state of these rows. Synchronous."""
        with self.in_language(), metrics.read_seconds.time():
            reader, files = RowReader(self.sheet), places_of_files(self.sheet)
            linked = reader.showing(related, MOST_LINKED)
            rows = reader.read({*pks, *(linked or ())})
            marks = [(pk, mark_of(row, files)) for pk, row in rows.items()]
            labels = used_labels(self.sheet, rows.values(), known.used)
            add_labels(labels, self.renamed(related, known))
        return News(rows, marks, labels, linked)

    def renamed(self, related: Related, known: Known) -> Labels:
        """The labels of the related objects that were written. Synchronous."""
        labels: Labels = {}
        with self.in_language():
            for model, keys in related.items():
                found = renamed_labels(self.sheet, model, keys, known.sent, known.followed)
                add_labels(labels, found)
        return labels

    def labels_of(self, rows: dict[str, Row]) -> Labels:
        """All labels that the rows use. Synchronous."""
        with self.in_language():
            return used_labels(self.sheet, rows.values(), {})
