"""Pages and sockets in one ASGI application: daphne, uvicorn and hypercorn all serve it."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402

from livesheet.routing import websocket_application  # noqa: E402

if settings.DEBUG:
    http = ASGIStaticFilesHandler(http)

application = ProtocolTypeRouter({"http": http, "websocket": websocket_application})

if settings.DEMO:
    from config.sessions import SignedInByPath

    application = SignedInByPath(application)
