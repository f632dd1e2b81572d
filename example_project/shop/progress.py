"""A progress bar that reads well on a terminal, and in a log file too."""

from __future__ import annotations

from typing import Protocol

WIDTH = 28
STEP = 25  # per cent between two lines of a log


class Output(Protocol):
    def write(self, msg: str = "", *, ending: str | None = None) -> None: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


class Progress:
    """``title [=====     ] 17,408 of 34,006``, redrawn in place; off a terminal, a few lines."""

    def __init__(self, out: Output, title: str) -> None:
        self.out, self.title = out, title
        self.total = self.count = 0
        self.told = 0

    def expect(self, rows: int) -> None:
        self.total += rows

    def advance(self, rows: int) -> None:
        self.count += rows
        if self.out.isatty():
            full = WIDTH * self.count // self.total
            bar = "█" * full + "·" * (WIDTH - full)
            self.line(f"{bar} {self.count:,} of {self.total:,}", ending="\r")
        elif (per_cent := 100 * self.count // self.total) >= self.told + STEP and per_cent < 100:
            self.told = per_cent
            self.line(f"{per_cent:3} %  {self.count:,} of {self.total:,}")

    def done(self) -> None:
        text = f"{self.count:,} rows loaded"
        self.line(text.ljust(WIDTH + 24) if self.out.isatty() else text)

    def already(self, rows: int) -> None:
        self.line(f"{rows:,} rows, already there")

    def line(self, text: str, ending: str | None = None) -> None:
        self.out.write(f"  {self.title:<10} {text}", ending=ending)
        self.out.flush()
