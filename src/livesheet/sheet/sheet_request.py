"""The ``context["request"]`` of a serializer, for a socket that has no HTTP request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SheetRequest:
    """Who asks, with which params, and what for: ``GET`` reads, ``POST`` adds, ``PATCH`` edits.

    The same for the socket and for what REST writes, so that a serializer can rely on it.
    """

    def __init__(self, user: Any, method: str, params: Mapping[str, Any]) -> None:
        self.user = user
        self.method = method
        self.query_params = self.GET = {name: str(value) for name, value in params.items()}

    def build_absolute_uri(self, location: str | None = None) -> str:
        """The address as it is, from the root of the site: no host is known; browsers add one."""
        return location or ""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"The request of a sheet's serializer has `user`, `method`, `query_params`, `GET` and"
            f" `build_absolute_uri`; not {name!r}, since a socket sends no HTTP requests."
        )
