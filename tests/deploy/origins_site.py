"""Sheets by a real server, with the settings that a handshake asks for by name: one at a time."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from livesheet.routing import websocket_application
from tests.asgi import application as whole

NAME = "shop.example"
TRUSTED = ["https://trusted.example", "https://*.partner.example"]
SETTINGS: dict[str, dict[str, Any]] = {
    "the host": {"ALLOWED_HOSTS": [NAME]},
    "its subdomains, too": {"ALLOWED_HOSTS": [f".{NAME}"]},
    "every host": {"ALLOWED_HOSTS": ["*"]},
    "trusted origins": {"ALLOWED_HOSTS": [NAME], "CSRF_TRUSTED_ORIGINS": TRUSTED},
}
PROXIES: dict[str, dict[str, Any]] = {
    "": {},
    "proto": {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
    "host": {"USE_X_FORWARDED_HOST": True},
}
DEFAULTS: dict[str, Any] = {
    "CSRF_TRUSTED_ORIGINS": [],
    "SECURE_PROXY_SSL_HEADER": None,
    "USE_X_FORWARDED_HOST": False,
}


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        await whole(scope, receive, send)
        return
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    wanted = SETTINGS[headers["x-settings"]] | PROXIES[headers.get("x-proxy", "")]
    for name, value in (DEFAULTS | wanted).items():
        setattr(settings, name, value)
    await websocket_application(scope, receive, send)
