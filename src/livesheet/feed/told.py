"""What the members of an audience have received, so that only this is reported as gone."""

from __future__ import annotations

from collections.abc import Iterable

from livesheet.feed.backlogs import Backlog, add_labels
from livesheet.feed.pksets import PkSet
from livesheet.sheet.rows import Labels

Marks = list[tuple[str, int]]

# Stands for a label that not all have been sent in the same form.
DIFFERING = "\0"


class Told:
    """The keys, marks and labels that any member may have; a mark only if all have that row.

    All members share it, because their frames are shared: one array instead of a set for each.
    """

    def __init__(self) -> None:
        self.pks = PkSet()
        self.labels: Labels = {}
        self.common: Labels = {}  # those that all were told since the last reader began
        self.followed: frozenset[str] = frozenset()  # relations of which any label is wanted
        self.readers = 0

    def expect_reader(self) -> None:
        self.readers += 1
        self.common = {}

    def follow(self, relations: Iterable[str]) -> None:
        """Report each new or renamed label of these relations from now on."""
        self.followed |= frozenset(relations)

    def note(self, marks: Marks, gone: Iterable[str], labels: Labels) -> None:
        """Every member is told this, including those that are reading."""
        for pk, mark in marks:
            self.pks.mark(pk, mark)
        for pk in gone:
            self.pks.discard(pk)
        add_labels(self.labels, labels)
        add_labels(self.common, labels)

    def admit(self, marks: Marks, labels: Labels, backlog: Backlog) -> list[str]:
        """A member has read this since ``backlog`` began. What the backlog has is newer.

        Returns the keys that this member must be told are gone: nobody else had them.
        """
        still = (
            marks if backlog.decides_nothing else [m for m in marks if not backlog.decides(m[0])]
        )
        self.pks.blend_all(still)
        for column, texts in labels.items():
            known, since = self.labels.setdefault(column, {}), backlog.labels.get(column, {})
            for key, text in texts.items():
                if key not in since:
                    others = known.get(key, text if self.readers < 2 else None)
                    known[key] = text if others == text else DIFFERING
        return [pk for pk, _mark in marks if pk in backlog.missing]
