"""``LiveSheetConsumer``, which a project subclasses to declare a sheet.

``as_asgi()`` serves it: each socket gets a ``Connection``, which never tells other sockets about an
edit. All sockets, its own included, learn of the change from the change log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from livesheet.connection import Connection
from livesheet.sheet.actions import action
from livesheet.sheet.declaration import Sheet, find_sheet

__all__ = ["LiveSheetConsumer", "action", "sheet_application"]

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


async def sheet_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serves the sheet that the URL names."""
    name = scope["url_route"]["kwargs"]["sheet_name"]
    await Connection(find_sheet(name), scope, receive, send).run()
