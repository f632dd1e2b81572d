"""Names the task that writes a row: of Celery, Huey or Django's own queue.

None of these packages is imported here: those that a project uses have been imported by the time
its apps are ready. A task sets the context in which its saves are logged, so no save has to look
for a running task, and the innermost of request, task and ``acting_as`` is named.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from importlib import import_module
from typing import Any

import django

from livesheet.log import actors
from livesheet.log.actors import Actor

Former = Callable[[], Actor]

# What Huey says when a task has ended, one way or another. A second word does no harm.
HUEY_ENDS = frozenset(
    {"complete", "error", "canceled", "interrupted", "locked", "rate-limited", "retrying"}
    | {"timeout"}
)

_running: ContextVar[tuple[tuple[str, Former], ...]] = ContextVar("livesheet_tasks", default=())


def connect() -> None:
    """Listen to the queues that the project has imported. Calling it again changes nothing."""
    if "celery" in sys.modules:
        _connect_celery()
    if djhuey := sys.modules.get("huey.contrib.djhuey"):
        connect_huey(djhuey.HUEY)
    if django.VERSION >= (6, 0):
        _connect_django("django.tasks.signals")
    if "django_tasks" in sys.modules:  # the same for Django 5.2, from PyPI
        _connect_django("django_tasks.signals")


def connect_huey(huey: Any) -> None:
    """Attribute what the tasks of this ``Huey`` write; ``huey.contrib.djhuey``'s own is known."""
    huey.disconnect_signal(_huey_says)
    huey.signal()(_huey_says)


def _connect_celery() -> None:
    signals = import_module("celery.signals")
    uid = "livesheet.task"
    signals.task_prerun.connect(_celery_starts, weak=False, dispatch_uid=uid)
    signals.task_postrun.connect(_celery_ends, weak=False, dispatch_uid=uid)


def _connect_django(name: str) -> None:
    signals = import_module(name)
    signals.task_started.connect(_django_starts, dispatch_uid="livesheet.task")
    signals.task_finished.connect(_django_ends, dispatch_uid="livesheet.task")


# --- what they say ---------------------------------------------------------------------------


def _celery_starts(sender: Any, task_id: str, **_kwargs: Any) -> None:
    # Celery's own names begin with the module; one that somebody gave stays as it is.
    _start(task_id, sender.name.removeprefix(f"{sender.__module__}."))


def _celery_ends(task_id: str, **_kwargs: Any) -> None:
    _end(task_id)


def _huey_says(signal: str, task: Any, *_args: Any) -> None:
    if signal == "executing":
        _start(task.id, task.name)
    elif signal in HUEY_ENDS:
        _end(task.id)


def _django_starts(task_result: Any, **_kwargs: Any) -> None:
    _start(task_result.id, task_result.task.name)


def _django_ends(task_result: Any, **_kwargs: Any) -> None:
    _end(task_result.id)


# --- the context -----------------------------------------------------------------------------


def _start(key: str, name: str) -> None:
    actor = Actor(origin=f"task: {name}")
    former = actors.switch(lambda: actor)
    _running.set((*_running.get(), (key, former)))


def _end(key: str) -> None:
    """Go back to who wrote before; tasks inside of which we were not told the end are over, too."""
    running = _running.get()
    for place in reversed(range(len(running))):
        if running[place][0] == key:
            actors.switch(running[place][1])
            _running.set(running[:place])
            return
