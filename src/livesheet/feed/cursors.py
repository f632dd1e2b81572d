"""A client's position in the change log: it can be sent back, and reveals nothing.

The log counts everybody's writes. A readable position would tell each user how much happens
elsewhere, so it is encrypted with a key of its sheet and audience. All sockets that share a frame
have the same cursor, and nobody can compare theirs with a cursor of another audience.
"""

from __future__ import annotations

from functools import lru_cache

from livesheet.log.changelog import Position
from livesheet.sheet.declaration import Sheet
from livesheet.wire.seals import Seals

# The sockets of a quiet sheet share a few positions, and send the same cursors again and again.
KEPT, LONGEST_KEPT = 8, 200


class Cursors:
    """Seals and opens the cursors of one sheet and audience. Equal positions have equal cursors,
    because frames are shared.
    """

    def __init__(self, sheet: Sheet) -> None:
        params = sorted((name, str(value)) for name, value in sheet.params.items())
        whose = repr((sheet.get_name(), params, sheet.audience))
        self._seals = Seals("livesheet.cursor", whose)
        self._opened = lru_cache(KEPT)(self._open)
        self._sealed = lru_cache(KEPT)(self._seals.seal)

    def seal(self, position: Position, proof: str = "") -> str:
        """``proof`` is added to the cursor, for one client only."""
        # All of one length: a cursor must not reveal how many digits the place has.
        text = f"{position.epoch}.{position.seq:018}.{position.tag}"
        return self._seals.seal(f"{text}.{proof}") if proof else self._sealed(text)

    def open(self, text: str | None) -> Position | None:
        """The position that a client sent back; None if it does not belong to this sheet."""
        return self.opened(text)[0]

    def opened(self, text: str | None) -> tuple[Position | None, str]:
        """The position, and the proof that was added to it, or an empty text."""
        text = text or ""
        return self._opened(text) if len(text) < LONGEST_KEPT else self._open(text)

    def _open(self, text: str) -> tuple[Position | None, str]:
        if (plain := self._seals.opened(text)) is None:
            return None, ""
        epoch, seq, tag, *proof = plain.split(".")
        return Position.parse(f"{epoch}.{seq}.{tag}"), "".join(proof)
