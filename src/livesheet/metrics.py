"""What happens in this process, counted in plain Python.

The code that does something counts it here; ``livesheet.monitoring`` shows the counts to
Prometheus. Counting costs less than a microsecond and needs no package.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_lock = threading.Lock()


class Tally:
    """What went out. Only event loops write here, so there is no lock on the way of a frame."""

    __slots__ = ("bytes", "frames")

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0

    def sent(self, text: str) -> None:
        # Asking is free, and a frame without other letters is as long as its text.
        self.add(len(text) if text.isascii() else len(text.encode()))

    def add(self, size: int) -> None:
        self.frames += 1
        self.bytes += size


class Histogram:
    """How often a value was at most each of ``bounds``; the last bucket has all beyond."""

    def __init__(self, *bounds: float) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        with _lock:
            self.counts[bisect_left(self.bounds, value)] += 1
            self.sum += value

    @contextmanager
    def time(self) -> Iterator[None]:
        """Observe the seconds that the block takes, also where it raises."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.observe(time.perf_counter() - began)


class Labelled:
    """A count for each value of one label."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, *values: str) -> None:
        self.update(values)

    def update(self, values: Iterable[str]) -> None:
        with _lock:
            self.counts.update(values)


SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

out = Tally()
batch_rows = Histogram(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)
read_seconds = Histogram(*SECONDS)
edit_seconds = Histogram(*SECONDS)
wait_seconds = Histogram(*SECONDS)
requests = Labelled()  # by what was asked for: edit, add, delete
refusals = Labelled()  # by the code of each refused cell or row
dropped = Labelled()  # by the code that a socket was closed with
unreadable = Labelled()  # changes of the log that were passed over, by database alias
