"""The people that other processes have told of, and whether these processes still have them.

If each process repeated its people every ten seconds, with a thousand of them it would do hardly
anything else while nobody works. So a process sends one message with the number of people it has
told of, and a checksum of their keys. A process that has others on its list asks for all of them.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any
from zlib import crc32

from livesheet.feed.rooms import Room


class Roll:
    """The people that one process has told of, by their keys."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self._sum = 0

    @property
    def total(self) -> list[int]:
        """Number and checksum: equal for rolls with the same people."""
        return [len(self.keys), self._sum]

    def add(self, key: str) -> None:
        if key not in self.keys:
            self.keys.add(key)
            self._sum ^= crc32(key.encode())

    def discard(self, key: str) -> None:
        if key in self.keys:
            self.keys.remove(key)
            self._sum ^= crc32(key.encode())


class Elsewhere:
    """People by their keys: their room, when that was last confirmed, and by which process."""

    def __init__(self) -> None:
        self._people: dict[str, tuple[Room, float, str]] = {}
        self._rolls: defaultdict[str, Roll] = defaultdict(Roll)

    def note(self, key: str, room: Room, process: str) -> None:
        self.pop(key)
        self._people[key] = room, time.monotonic(), process
        self._rolls[process].add(key)

    def pop(self, key: str) -> Room | None:
        """Forget somebody. Returns the room that they were in."""
        if key not in self._people:
            return None
        room, _heard, process = self._people.pop(key)
        self._rolls[process].discard(key)
        if not self._rolls[process].keys:
            del self._rolls[process]
        return room

    def confirm(self, process: str, total: Any) -> bool:
        """``process`` has people with this ``total``. Returns whether we have the same ones."""
        roll = self._rolls.get(process, Roll())
        if roll.total != total:
            return False
        now = time.monotonic()
        for key in roll.keys:
            room, _heard, _process = self._people[key]
            self._people[key] = room, now, process
        return True

    def silent(self, horizon: float) -> list[str]:
        """Those of whom nothing was heard since ``horizon``."""
        return [key for key, (_room, heard, _process) in self._people.items() if heard < horizon]
