"""The hint for an unknown name: the most similar name, and all names."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def suggest(name: str, known: Collection[str], intro: str) -> str:
    """The closest of the names that exist, and all of them: ``intro`` says what they are.

    >>> suggest("prize", ["name", "price"], "The columns are")
    "Did you mean 'price'? The columns are: name, price."
    """
    close = get_close_matches(str(name), known, n=1)
    question = f"Did you mean {close[0]!r}? " if close else ""
    return f"{question}{intro}: {', '.join(known) or 'none'}."
