"""The best that Channels does by itself: an asynchronous consumer and the pub/sub layer.

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
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    },
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

FIELDS = ("sheet_name", "object_id", "column_index", "new_value", "broadcaster_id")


class SheetConsumer(AsyncWebsocketConsumer):
    groups = ["sheet"]

    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        sent = json.loads(text_data)
        event = {"type": "refresh_sheet", **{name: sent[name] for name in FIELDS}}
        await self.channel_layer.group_send("sheet", event)

    async def refresh_sheet(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({name: event[name] for name in FIELDS}))


routes = [re_path(r"ws/sheet/(?P<sheet_name>\w+)/$", SheetConsumer.as_asgi())]
application = ProtocolTypeRouter({"websocket": URLRouter(routes)})
