"""django-cacheops with everything cached, as its README begins: also what is livesheet's own."""

from __future__ import annotations

from tests.services import database_settings, service_url
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

DATABASES = {"default": database_settings(kind="postgres", suffix="_cached")}
INSTALLED_APPS = ["cacheops", *INSTALLED_APPS]
CACHEOPS_REDIS = service_url("redis")
ALL = {"ops": "all", "timeout": 600}
CACHEOPS = {f"{app}.*": ALL for app in ("app", "auth", "sessions", "livesheet")}
