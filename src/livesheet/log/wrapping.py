"""Wraps a method of Django's, once and for every class that inherits it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

_wrapped: set[tuple[type, str, Callable[..., Any]]] = set()


def wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    """From now on, ``owner.name(…)`` is ``around(original, …)``. Repeating it changes nothing."""
    if (owner, name, around) in _wrapped:
        return
    _wrapped.add((owner, name, around))
    original = getattr(owner, name)

    @wraps(original)  # its attributes, too: `alters_data`, `queryset_only`
    def method(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    setattr(owner, name, method)
