"""What an audience was told of the log and has not read yet, in batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from livesheet.feed.kin import Kin
from livesheet.log.batches import Batch
from livesheet.log.changelog import Entry, Position

# The most rows of a batch, and of one that follows a batch whose reading took longer than this.
ROWS_PER_BATCH = 2_000
ROWS_PER_SLOW_BATCH = 500
READ_SECONDS = 0.1


class Intake:
    """The batches of an audience of ``label``; with kin, as long as it is in step with them, it
    has theirs.
    """

    def __init__(
        self, label: str, related: frozenset[str], position: Position, kin: Kin | None
    ) -> None:
        self.seen = position  # changes were noticed up to here
        self._label, self._related = label, related
        self._kin = kin
        self._batches: deque[Batch] = deque()
        self._most_rows = ROWS_PER_BATCH

    def __bool__(self) -> bool:
        return bool(self._batches)

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it has to be read."""
        return all(batch.is_empty for batch in self._batches)

    @property
    def is_plain(self) -> bool:
        """Whether the next batch can be read with kin."""
        return self._batches[0].is_plain

    def note(self, entries: Sequence[Entry], position: Position) -> bool:
        """Whether this is new. A batch of the kin may have it already, and be read by now."""
        if position == self.seen:
            return False
        self.seen = position
        if not self._notes_with_kin(entries, position):
            for entry in entries:
                if entry.model == self._label or entry.model in self._related:
                    self._open_batch().add(entry, self._label, self._related)
            self._open_batch().position = position
        return True

    def _notes_with_kin(self, entries: Sequence[Entry], position: Position) -> bool:
        if self._kin is None:
            return False
        last = self._batches[-1] if self._batches else None
        common = self._kin.common(entries, position, self._label, self._related, last)
        if common is not None and common is not last:
            self._batches.append(common)
        return common is not None

    def add(self, pks: Iterable[str], related: dict[str, set[str]]) -> None:
        """Rows and related objects that are to be read without a change."""
        batch = self._open_batch()
        batch.by = {**dict.fromkeys(pks, ""), **batch.by}
        for model, keys in related.items():
            batch.related.setdefault(model, set()).update(keys)

    def _open_batch(self) -> Batch:
        """The batch that is being filled; one with enough rows, or of the kin, is left as it is."""
        last = self._batches[-1] if self._batches else None
        if last is None or last.is_common or len(last.by) >= self._most_rows:
            self._batches.append(last := Batch(self.seen))
        return last

    def next(self) -> Batch:
        batch = self._batches.popleft()
        if batch.is_common and self._kin is not None:
            self._kin.complete(batch)
            if batch.position.seq > self.seen.seq:  # the kin were told of it first
                self.seen = batch.position
                for later in self._batches:
                    later.position = batch.position
        return batch

    def put_back(self, batch: Batch) -> None:
        self._batches.appendleft(batch)

    def clear(self, position: Position | None = None) -> None:
        self._batches.clear()
        self.seen = position or self.seen

    def took(self, seconds: float) -> None:
        """The last batch was read in so many seconds."""
        self._most_rows = ROWS_PER_SLOW_BATCH if seconds > READ_SECONDS else ROWS_PER_BATCH
