"""The example project with the task queue of so many Django sites, on the Redis that is there."""

from __future__ import annotations

from config.settings import *  # noqa: F403
from config.settings import DATABASES, INSTALLED_APPS, redis_url

INSTALLED_APPS = [*INSTALLED_APPS, "huey.contrib.djhuey", "tests.browser.huey_shop"]
HUEY = {
    "name": DATABASES["default"]["NAME"],
    "immediate": False,
    "connection": {"url": redis_url},
}
