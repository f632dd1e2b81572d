"""``LiveSheetConsumer``, which a project subclasses to declare a sheet.

``as_asgi()`` serves it: each socket gets a ``Connection``, which never tells other sockets about an
edit. All sockets, its own included, learn of the change from the change log.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from livesheet.connection import Connection
from livesheet.sheet.actions import action
from livesheet.sheet.declaration import Sheet, find_sheet

__all__ = ["LiveSheetConsumer", "action", "sheet_connection", "unknown_path_application"]

logger = logging.getLogger("livesheet")

# So many characters of an unknown path are logged.
MOST_OF_PATH = 200

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class LiveSheetConsumer(Sheet):
    """A model as a sheet that stays the same on every screen.

    >>> class ProductSheet(LiveSheetConsumer):
    ...     model = Product
    ...     fields = ["name", "price", "category", "active"]
    """

    abstract: ClassVar[bool] = True

    @classmethod
    def as_asgi(cls) -> Application:
        """This sheet as an ASGI application of its own, for a project's own ``URLRouter``."""

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await Connection(cls, scope, receive, send).run()

        return application


def sheet_connection(scope: Scope, receive: Receive, send: Send) -> Connection:
    """For the sheet that the URL names."""
    name = scope["url_route"]["kwargs"]["sheet_name"]
    return Connection(find_sheet(name), scope, receive, send)


async def unknown_path_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses a socket at a path where no sheet can be, and logs the path for the operator."""
    path = scope["path"][:MOST_OF_PATH]
    logger.warning(
        "No route found for path %r: sheets are at ws/sheet/<sheet_name>/, and a site below a path"
        " needs FORCE_SCRIPT_NAME.",
        path,
        extra={"event": "socket.no_route", "path": path},
    )
    await Connection(None, scope, receive, send).run()
