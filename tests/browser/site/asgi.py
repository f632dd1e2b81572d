from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.browser.site.settings")
http = get_asgi_application()

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402

from livesheet.routing import websocket_application  # noqa: E402

application = ProtocolTypeRouter(
    {"http": ASGIStaticFilesHandler(http), "websocket": websocket_application}
)
