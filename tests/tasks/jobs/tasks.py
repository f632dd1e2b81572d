"""One job, as a task of each queue: Django's own, Celery's and Huey's."""

from __future__ import annotations

import os
import threading
import time

import django
from celery import shared_task
from huey.contrib.djhuey import db_task

from tests.app.models import Note

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task


@task
def write_notes(prefix: str, count: int, seconds: float = 0) -> None:
    """The text says which worker it was. ``seconds`` leaves other tasks to the other workers."""
    time.sleep(seconds)
    for number in range(count):
        me = f"{os.getpid()} {threading.get_ident()}"
        Note.objects.create(key=f"{prefix}{number}", text=me)


in_celery = shared_task(write_notes.func)
in_huey = db_task()(write_notes.func)
