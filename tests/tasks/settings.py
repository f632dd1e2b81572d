"""The tests' project with three task queues; test process and workers meet in its services.

The Redis is this run's own, so that whoever connects to it is one of ours and can be counted.
"""

from __future__ import annotations

import atexit
import os

import django

from tests.services import redis
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

if "LIVESHEET_TASKS_REDIS_URL" not in os.environ:
    service = redis()
    atexit.register(service.stop)
    os.environ["LIVESHEET_TASKS_REDIS_URL"] = service.url
REDIS_URL = os.environ["LIVESHEET_TASKS_REDIS_URL"]

if name := os.environ.get("LIVESHEET_TASKS_DATABASE"):  # in a worker: the test's database
    DATABASES["default"]["NAME"] = name
    DATABASES["default"]["OPTIONS"]["application_name"] = "worker"

INSTALLED_APPS = [*INSTALLED_APPS, "huey.contrib.djhuey", "django_tasks_db", "tests.tasks.jobs"]
if django.VERSION < (6, 0):
    INSTALLED_APPS.append("django_tasks")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
}
# Only the doorbell can be in time.
LIVESHEET = {"POLL_SECONDS": 60}

HUEY = {"name": "tests", "immediate": False, "connection": {"url": REDIS_URL}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
