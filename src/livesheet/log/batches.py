"""The changes since the last frame."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from livesheet.log.changelog import Entry, Position
from livesheet.tables import Change

# A user's key, or an origin, or both of them; empty if the author is unknown.
Who = str | list[str]


@dataclass(slots=True)
class Batch:
    """Entries of the change log through ``position``, merged by row. ``by`` is pk → who."""

    position: Position
    by: dict[str, Who] = field(default_factory=dict)
    refs: list[tuple[str, str, list[Any]]] = field(default_factory=list)
    related: dict[str, set[str]] = field(default_factory=dict)
    resync: bool = False
    is_common: bool = False  # several audiences have it, so that none of them may add to it

    def add(self, entry: Entry, label: str, related: Container[str]) -> None:
        """Add ``entry``, as far as it concerns a sheet of ``label``."""
        self.position = Position(self.position.epoch, entry.seq, entry.tag)
        if entry.kind == Change.Kind.RESYNC and (entry.model == label or entry.model in related):
            self.resync = True  # of a related model: any of the labels may be another
        if entry.model == label:
            self.by.update(dict.fromkeys(entry.pks, entry.who))
            if entry.ref:
                self.refs.extend((pk, entry.actor, _ref(entry, pk)) for pk in entry.pks)
        if entry.model in related:
            self.related.setdefault(entry.model, set()).update(entry.pks)

    def refs_of(self, told: Container[str], authors: Container[tuple[str, str]]) -> list[list[Any]]:
        """The refs of reported rows, and of each author; any others would reveal hidden rows.

        Authors are compared by user too, since others see a client's id, and anybody may claim it.
        """
        wanted = (
            tuple(ref) for pk, who, ref in self.refs if pk in told or (who, ref[0]) in authors
        )
        return [list(ref) for ref in dict.fromkeys(wanted)]

    @property
    def is_plain(self) -> bool:
        """Whether its rows are all that is to be read."""
        return bool(self.by) and not (self.related or self.resync)

    @property
    def is_empty(self) -> bool:
        return not (self.by or self.related or self.resync)


def _ref(entry: Entry, pk: str) -> list[Any]:
    plain = [entry.client, entry.ref]
    return plain if entry.index is None else [*plain, pk, entry.index]
