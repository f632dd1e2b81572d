"""The REST side of every sheet: ``path("sheets/", include("livesheet.urls"))``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from django.urls import path

from livesheet.views import SheetViewSet

app_name = "livesheet"


def _view(actions: dict[str, str]) -> Callable[..., Any]:
    """The viewset opens its own transactions, which first take SQLite's write lock."""
    view: Callable[..., Any] = SheetViewSet.as_view(actions)  # type: ignore[arg-type]
    for alias in connections:
        view = transaction.non_atomic_requests(alias)(view)
    return view


_rows = _view({"get": "list", "post": "create"})
_row = _view({"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"})
_related = _view({"get": "related"})

urlpatterns = [
    path("<str:sheet_name>/", _rows, name="list"),
    path("<str:sheet_name>/related/<str:column>/", _related, name="related"),
    # A key may hold slashes, and may be empty.
    path("<str:sheet_name>//", _row, {"pk": ""}),
    path("<str:sheet_name>/<path:pk>/", _row, name="detail"),
]
