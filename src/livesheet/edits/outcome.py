"""The results of the parts of a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Outcome:
    """``results`` has one entry per cell or row, as in a reply; ``errors`` what they point to.

    ``left`` is what a saved or unchanged cell holds, or an added row by column, by their places in
    ``results``; of a row that an action wrote, what each column held before and holds now.
    ``message`` is what an action has to say.
    """

    results: list[Any]
    errors: list[dict[str, Any]] = field(default_factory=list)
    left: dict[int, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def ok(self) -> bool:
        return not self.errors

    def refuse(self, at: int, *errors: dict[str, Any]) -> None:
        """Several errors only for a new row, whose columns are refused one by one."""
        first = len(self.errors)
        several = {"errors": list(range(first, first + len(errors)))}
        self.results[at] = several if len(errors) > 1 else {"error": first}
        self.errors.extend(errors)
