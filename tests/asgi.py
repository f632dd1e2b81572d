from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from livesheet.routing import websocket_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": websocket_application}  # type: ignore[dict-item]
)
