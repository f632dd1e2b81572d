from __future__ import annotations

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from pulse import Pulse

pages = get_asgi_application()

from sheets.without import switch_off  # noqa: E402

from livesheet.routing import websocket_application  # noqa: E402

switch_off()
# Around the pages alone: around sockets it would take memory of each, which is not ours.
application = ProtocolTypeRouter({"http": Pulse(pages), "websocket": websocket_application})
