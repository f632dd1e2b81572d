"""The sockets' URLs: ``ws/sheet/<sheet_name>/``, below the path at which the site is mounted.

This module imports nothing that needs the app registry; everything is resolved when a socket opens.
An ``asgi.py`` can therefore import it anywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from channels.routing import URLRouter
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.urls import URLPattern
from django.urls.resolvers import RegexPattern
from django.utils.functional import SimpleLazyObject

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

OURS = "ws/sheet/"
# In the scope: a list for what the middleware hand on, if they need not wait for its end.
FOUND = "livesheet.found"


async def _sheet(scope: Scope, receive: Receive, send: Send) -> None:
    found = scope.pop(FOUND, None)
    if found is not None:
        found.append((scope, receive, send))
        return
    await _connection(scope, receive, send).run()


def _connection(scope: Scope, receive: Receive, send: Send) -> Any:
    # Lazy because models may only be imported once the app registry is ready.
    from livesheet.consumers import sheet_connection

    return sheet_connection(scope, receive, send)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    # Lazy as above.
    from livesheet.consumers import unknown_path_application

    await unknown_path_application(scope, receive, send)


class _BelowTheSite(RegexPattern):
    """A path with ``FORCE_SCRIPT_NAME`` before it or without, as Django itself takes requests."""

    def match(self, path: str) -> Any:
        mounted_at = (settings.FORCE_SCRIPT_NAME or "").strip("/")
        inner = path.removeprefix(f"{mounted_at}/") if mounted_at else path
        # A site that is itself mounted at `ws/sheet/`, say, keeps its paths.
        return super().match(inner) or super().match(path)


websocket_urlpatterns: list[Any] = [
    URLPattern(_BelowTheSite(rf"^{OURS}(?P<sheet_name>[^/]+)/$", is_endpoint=True), _sheet)
]


async def _with_user(scope: Scope, receive: Receive, send: Send) -> None:
    """As Channels' ``AuthMiddleware``, but the user is read with the rights, on a thread of ours.

    Else each socket would read the user twice, and once over a connection made for this alone.
    """
    if "user" not in scope:
        scope["user"] = SimpleLazyObject(partial(_user_of, scope["session"]))
    await _sheets(scope, receive, send)


def _user_of(session: Any) -> Any:
    # Lazy because models may only be imported once the app registry is ready.
    from livesheet.sheet import permissions

    return permissions.user_of(session)


# Without a route for the rest, Channels raises an exception, the server answers 500, and browsers
# try again for ever. A router of the project's own decides about other paths by itself.
_anywhere: Any = URLPattern(RegexPattern(r""), _nowhere)
_sheets: Any = URLRouter([*websocket_urlpatterns, _anywhere])
_with_users: Any = SessionMiddlewareStack(_with_user)
# Of several tenants users are found later, in their own.
_with_sessions: Any = SessionMiddlewareStack(_sheets)


async def websocket_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serves all sheets, with session and user: the ``"websocket"`` of a ``ProtocolTypeRouter``.

    Change frames bypass the session middleware, which would take a third of the time of a fan-out.
    The middleware has returned by the time that the socket is served: their frames and their copies
    of the scope would take 3 KB of each socket while it is open.
    """
    if connection := await _routed(scope, receive, send):
        await connection.run()


async def _routed(scope: Scope, receive: Receive, send: Send) -> Any:
    """The connection, unless the socket has been served by now."""
    path = full_path(scope["path"], scope.get("root_path", ""))
    has_tenants = bool(getattr(settings, "LIVESHEET", {}).get("SCOPE_CONTEXT"))
    application = _with_sessions if has_tenants else _with_users
    found: list[tuple[Scope, Receive, Send]] = []
    own = {"path": path, "livesheet.send": send, FOUND: found}
    await application({**scope, **own}, receive, send)
    return _connection(*found.pop()) if found else None


def full_path(path: str, root_path: str) -> str:
    """``path`` as ASGI has it: with ``root_path`` before it, once.

    daphne leaves it away where the proxy has cut it off, and uvicorn puts it before a path that
    has it already. Channels finds no route for either.
    """
    root = root_path.rstrip("/")
    inner = path.removeprefix(root)
    if inner.startswith(f"{root}/{OURS}"):
        inner = inner.removeprefix(root)
    return root + inner
