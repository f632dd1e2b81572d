"""The changes that are collected for a member of an audience that is loading or behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from livesheet.feed.pksets import PkSet
from livesheet.log.batches import Who
from livesheet.log.changelog import Position
from livesheet.sheet.rows import Labels

MAX_TEXT_BYTES = 1_000_000


@dataclass(slots=True)
class Delivery:
    """One batch, encoded once. ``by`` says who wrote its rows, and those that it reports gone."""

    texts: list[str]
    position: Position
    by: dict[str, Who]
    refs: list[list[Any]]
    labels: Labels
    missing: list[str] = field(default_factory=list)  # written, not visible, not reported gone


class Backlog:
    """All deliveries since ``position``, which lies between two batches.

    It keeps their texts or, if these become too large, the keys of their rows.
    """

    def __init__(self, position: Position) -> None:
        self.position = position
        self.deliveries: list[Delivery] | None = []
        self.by: dict[str, Who] = {}
        self.refs: list[list[Any]] = []
        self.labels: Labels = {}
        self.missing = PkSet()  # reported to nobody; many may be hidden rows
        self._bytes = 0

    def add(self, delivery: Delivery) -> None:
        self.by.update(delivery.by)
        self.refs += delivery.refs
        self.missing.update(delivery.missing)
        add_labels(self.labels, delivery.labels)
        self._bytes += sum(map(len, delivery.texts))
        if self.deliveries is not None:
            self.deliveries.append(delivery)
        if self._bytes > MAX_TEXT_BYTES:
            self.deliveries = None

    def decides(self, pk: str) -> bool:
        """Whether a later delivery is newer for a row than a reading that began at ``position``."""
        return pk in self.by or pk in self.missing

    @property
    def decides_nothing(self) -> bool:
        return not self.by and not self.missing


def add_labels(labels: Labels, more: Labels) -> None:
    for column, texts in more.items():
        labels.setdefault(column, {}).update(texts)
