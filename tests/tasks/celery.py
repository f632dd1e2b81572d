"""The project's Celery, as Celery's own guide has it."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.signals import worker_init

app = Celery("tests")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def ring_before_the_fork(**_kwargs: Any) -> None:
    """So the workers' processes begin with a ringer whose thread stayed behind in their parent."""
    from livesheet.doorbell import doorbell  # Django has been set up by now

    doorbell.ring("default")
