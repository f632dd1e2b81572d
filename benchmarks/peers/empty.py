"""A consumer of Channels that accepts its socket and does nothing else."""

from __future__ import annotations

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only for the benchmark", ALLOWED_HOSTS=["127.0.0.1"], INSTALLED_APPS=["channels"]
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

routes = [re_path(r"ws/sheet/(?P<sheet_name>\w+)/$", AsyncWebsocketConsumer.as_asgi())]
application = ProtocolTypeRouter({"websocket": URLRouter(routes)})
