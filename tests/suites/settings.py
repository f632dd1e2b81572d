"""A suite's settings: its own, on the database of the tests, without livesheet or with it.

`SUITE_SETTINGS` names its own, if it has some; `SUITE_LIVE` says that every model is live.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from tests.services import database_settings

LIVE_APPS = ["tests.suites.tracked.TrackedConfig", "rest_framework", "livesheet"]

SECRET_KEY = "only for the tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = False
INSTALLED_APPS: list[str] = []

if theirs := os.environ.get("SUITE_SETTINGS"):
    globals().update(
        (name, value) for name, value in vars(import_module(theirs)).items() if name.isupper()
    )

if os.environ["LIVESHEET_TEST_DATABASE"] == "sqlite":  # in memory
    DATABASES = {
        alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": f"file:{alias}?mode=memory"}
        for alias in ("default", "other")
    }
else:
    DATABASES = {
        "default": database_settings(suffix="_suites"),
        "other": database_settings(suffix="_suites_other"),
    }

if os.environ.get("SUITE_LIVE"):
    INSTALLED_APPS = type(INSTALLED_APPS)([*LIVE_APPS, *INSTALLED_APPS])  # some have a tuple
    # Django's own runner has a list of its own.
    always = getattr(sys.modules["__main__"], "ALWAYS_INSTALLED_APPS", [])
    always[:0] = [app for app in LIVE_APPS if app not in always]
