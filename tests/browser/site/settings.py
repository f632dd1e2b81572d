"""The models of the Python tests behind a real server: a sheet with a cell of every kind."""

from __future__ import annotations

import os
from pathlib import Path

from tests.services import settings_of
from tests.settings import *  # noqa: F403
from tests.settings import LIVESHEET as _LIVESHEET

VAR_DIR = Path(os.environ["VAR_DIR"])
ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split()
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR_DIR / "db.sqlite3",
        "OPTIONS": {"timeout": 20, "init_command": "PRAGMA journal_mode = WAL"},
    }
}
if url := os.environ.get("DATABASE_URL"):
    DATABASES["default"] = settings_of(url)
MEDIA_URL, MEDIA_ROOT = "/media/", VAR_DIR / "media"
SILENCED_SYSTEM_CHECKS = ["fields.E210"]  # no picture is taken in, so Pillow is not needed
ROOT_URLCONF = "tests.browser.site.urls"
ASGI_APPLICATION = "tests.browser.site.asgi.application"
MIDDLEWARE = [MIDDLEWARE[0], "django.middleware.locale.LocaleMiddleware", *MIDDLEWARE[1:]]  # noqa: F405
# First, since a shell takes a model whose name several have from the first of them.
INSTALLED_APPS = ["tests.browser.site", *INSTALLED_APPS, "django.contrib.postgres"]  # noqa: F405
STATICFILES_DIRS = []
LIVESHEET = {**_LIVESHEET, "BUNDLE": os.environ["BUNDLE"] == "1"}

if folder := os.environ.get("HANDSONTABLE_DIR"):
    STATICFILES_DIRS = [("grid", folder)]
    LIVESHEET["HANDSONTABLE"] = {
        "js": "grid/dist/handsontable.full.min.js",
        "css": ["grid/styles/handsontable.min.css", "grid/styles/ht-theme-main.min.css"],
        "license_key": "non-commercial-and-evaluation",
        "languages": {
            "de": "grid/dist/languages/de-DE.min.js",
            "fr": "grid/dist/languages/fr-FR.min.js",
        },
        "options": {"themeName": "ht-theme-main", "injectCoreCss": False},
    }
