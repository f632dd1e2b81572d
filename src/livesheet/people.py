"""How users appear to each other: each has one name and one colour, the same on all screens."""

from __future__ import annotations

import hashlib
from typing import Any

# Readable on white and on black, and apart from each other for most colour-blind people.
COLOURS = (
    "#b4552d", "#2d6cb4", "#3f8f4f", "#8a4fb0", "#b03a62", "#1f8a8a",
    "#8f7a1f", "#5563c1", "#a8483f", "#4c7d2f", "#97509a", "#2f7aa0",
)  # fmt: skip


def me(user: Any) -> dict[str, Any]:
    """How a user appears to colleagues: the same name and colour on all screens."""
    key = user_key(user)
    return {"id": key, "name": display_name(user) if key else "", "colour": colour_of(key)}


def colour_of(key: str) -> str:
    """The colour of the user with that key, which is the same on all screens."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    return COLOURS[number % len(COLOURS)]


def user_key(user: Any) -> str:
    """A user's key as text; empty for nobody."""
    pk = getattr(user, "pk", None)
    return "" if pk is None else str(pk)


def display_name(user: Any) -> str:
    """What colleagues call a user."""
    full = getattr(user, "get_full_name", lambda: "")()
    return str(full or user.get_username())
