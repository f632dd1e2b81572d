"""Where sockets arrive: ``ws/sheet/<sheet_name>/``.

Imports nothing that needs the app registry: everything is resolved when a socket opens, so the
order of lines in an ``asgi.py`` cannot go wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import re_path

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def _sheet(scope: Scope, receive: Receive, send: Send) -> None:
    # Lazy because models may only be imported once the app registry is ready.
    from livesheet.consumers import sheet_application

    await sheet_application(scope, receive, send)


websocket_urlpatterns: list[Any] = [
    re_path(r"^ws/sheet/(?P<sheet_name>[^/]+)/$", _sheet)  # type: ignore[arg-type]
]

_with_users: Any = AuthMiddlewareStack(URLRouter(websocket_urlpatterns))


async def websocket_application(scope: Scope, receive: Receive, send: Send) -> None:
    """All sheets, with session and user; what ``ProtocolTypeRouter`` wants as ``"websocket"``.

    Change frames go out past the session middleware, which would cost a third of the fan-out.
    """
    await _with_users({**scope, "livesheet.send": send}, receive, send)
