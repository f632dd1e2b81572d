"""Several people signed in at once in one browser: only for the demo page.

A browser has one session per site, and two frames of one page share it. Under ``/as/<name>/`` the
whole site is mounted once more, with cookies of its own: pages, forms and sockets work unchanged,
and every session is a real one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Any, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MOUNT = re.compile(r"/as/(?P<name>[a-z]{1,20})(?=/)")
COOKIE_PATH = re.compile(rb"(?i);\s*path=[^;]*")


class SignedInByPath:
    """ASGI middleware: ``/as/ann/products/`` is ``/products/`` with Ann's cookies."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        mount = MOUNT.match(scope.get("path", ""))
        if mount is None:
            return await self.application(scope, receive, send)
        prefix = mount["name"].encode() + b"_"
        path = mount[0].encode()

        async def send_with_own_cookies(message: MutableMapping[str, Any]) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                headers = message.get("headers", [])
                message = {**message, "headers": name_set_cookies(headers, prefix, path)}
            await send(message)

        own = {**scope, "root_path": mount[0], "headers": pick_cookies(scope["headers"], prefix)}
        await self.application(own, receive, send_with_own_cookies)


def pick_cookies(headers: Headers, prefix: bytes) -> Headers:
    """Only the cookies whose name begins with the prefix, without it."""
    return [
        (name, only_prefixed(value, prefix) if name == b"cookie" else value)
        for name, value in headers
    ]


def only_prefixed(cookies: bytes, prefix: bytes) -> bytes:
    each = (cookie.strip() for cookie in cookies.split(b";"))
    return b"; ".join(cookie[len(prefix) :] for cookie in each if cookie.startswith(prefix))


def name_set_cookies(headers: Headers, prefix: bytes, path: bytes) -> Headers:
    return [
        (name, prefix + COOKIE_PATH.sub(b"; Path=" + path, value))
        if name.lower() == b"set-cookie"
        else (name, value)
        for name, value in headers
    ]
