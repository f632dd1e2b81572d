"""The empty consumer once more, in the stack of Channels' documentation: origin, session, user.

It uses no channel layer, which would take a task and a queue more of each socket.
"""

from __future__ import annotations

import django

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.urls import re_path  # noqa: E402


class EmptyConsumer(AsyncWebsocketConsumer):
    channel_layer_alias = None  # type: ignore[assignment]


routes = [re_path(r"ws/sheet/(?P<sheet_name>\w+)/$", EmptyConsumer.as_asgi())]
# The load generator is no browser and has no origin.
application = ProtocolTypeRouter(
    {"websocket": OriginValidator(AuthMiddlewareStack(URLRouter(routes)), ["*"])}
)
