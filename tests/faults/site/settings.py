"""The tests' models behind real servers, on the database that DATABASE_URL names."""

from __future__ import annotations

import os

from tests.services.environment import settings_of
from tests.settings import *  # noqa: F403
from tests.settings import LIVESHEET as _LIVESHEET

_url = os.environ["DATABASE_URL"]
if _url.startswith("sqlite://"):
    _options = {"timeout": 20, "init_command": "PRAGMA synchronous = OFF"}
    if os.environ.get("ORACLE_WRITER"):  # reads before it writes, in one transaction
        _options["transaction_mode"] = "IMMEDIATE"
    _database = {"ENGINE": "django.db.backends.sqlite3", "NAME": _url[9:], "OPTIONS": _options}
else:
    _database = settings_of(_url)
DATABASES = {"default": _database}
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.site"]  # noqa: F405
LIVESHEET = {
    **_LIVESHEET,
    "KEEP_CHANGES": int(os.environ.get("KEEP_CHANGES", "200000")),
    "POLL_SECONDS": float(os.environ.get("POLL_SECONDS", "0.2")),
    # What a change did not tell of must not be healed before anybody has looked.
    "COMPARE_SECONDS": float(os.environ.get("COMPARE_SECONDS", "300")),
}
