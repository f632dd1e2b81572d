"""What was written since the last frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from livesheet.changelog import Entry
from livesheet.tables import Change


@dataclass(slots=True)
class Batch:
    """Entries of the change log, merged by row. ``by`` is pk → who."""

    by: dict[str, str | list[str]] = field(default_factory=dict)
    refs: list[tuple[str, str, list[Any]]] = field(default_factory=list)
    related: dict[str, set[str]] = field(default_factory=dict)
    resync: bool = False

    def add(self, entry: Entry, label: str, related: Iterable[str]) -> bool:
        """Take in ``entry`` if it concerns a sheet over ``label``. Returns whether it did."""
        if entry.model == label:
            self.resync = self.resync or entry.kind == Change.Kind.RESYNC
            self.by.update(dict.fromkeys(entry.pks, entry.who))
            if entry.ref:
                self.refs.extend((pk, entry.actor, _ref(entry, pk)) for pk in entry.pks)
        if entry.model in related:
            self.related.setdefault(entry.model, set()).update(entry.pks)
        return entry.model == label or entry.model in related


def _ref(entry: Entry, pk: str) -> list[Any]:
    plain = [entry.client, entry.ref]
    return plain if entry.index is None else [*plain, pk, entry.index]
