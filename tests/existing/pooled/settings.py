"""A project as docs/deploying.md has it behind PgBouncer: `straight` leads past it, for LISTEN."""

from __future__ import annotations

import os

from tests.services import settings_of
from tests.settings import *  # noqa: F403

DATABASES = {
    "default": {**settings_of(os.environ["POOLED_URL"]), "DISABLE_SERVER_SIDE_CURSORS": True},
    "straight": settings_of(os.environ["STRAIGHT_URL"]),
}
LIVESHEET = {"POLL_SECONDS": 0.5, "NOTIFY_DATABASE": "straight"}
