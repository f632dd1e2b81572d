from __future__ import annotations

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from pulse import Pulse

pages = get_asgi_application()

from livesheet.routing import websocket_application  # noqa: E402

application = Pulse(ProtocolTypeRouter({"http": pages, "websocket": websocket_application}))
