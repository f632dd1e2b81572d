"""The article's relay: a synchronous consumer that sends to a group what it is sent.

Nothing is saved, and nobody is asked who he is.
"""

from __future__ import annotations

import json
import os
from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only for the benchmark",
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "channels", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.sessions",
    ],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    },
)  # fmt: skip
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import WebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

FIELDS = ("sheet_name", "object_id", "column_index", "new_value", "broadcaster_id")


class SheetConsumer(WebsocketConsumer):
    def connect(self) -> None:
        self.group = f"sheet_{self.scope['url_route']['kwargs']['sheet_name']}"
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()

    def disconnect(self, code: int) -> None:
        async_to_sync(self.channel_layer.group_discard)(self.group, self.channel_name)

    def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        sent = json.loads(text_data)
        event = {"type": "refresh_sheet", **{name: sent[name] for name in FIELDS}}
        async_to_sync(self.channel_layer.group_send)(self.group, event)

    def refresh_sheet(self, event: dict[str, Any]) -> None:
        self.send(text_data=json.dumps({name: event[name] for name in FIELDS}))


routes = [re_path(r"ws/sheet/(?P<sheet_name>\w+)/$", SheetConsumer.as_asgi())]
application = ProtocolTypeRouter({"websocket": AuthMiddlewareStack(URLRouter(routes))})
