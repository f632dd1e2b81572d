"""Sheets by a real server, with the settings that a handshake asks for by name: one at a time.

Not to be imported by tests: it sets Django up, and the processes of other tests would find that.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from livesheet.routing import websocket_application
from tests.asgi import application as whole
from tests.deploy.origins_site import DEFAULTS, PROXIES, SETTINGS


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        await whole(scope, receive, send)
        return
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    wanted = SETTINGS[headers["x-settings"]] | PROXIES[headers.get("x-proxy", "")]
    for name, value in (DEFAULTS | wanted).items():
        setattr(settings, name, value)
    await websocket_application(scope, receive, send)
