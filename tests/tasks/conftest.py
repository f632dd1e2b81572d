"""Workers: each kind is started once, for all the tests that ask for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.services import Service
from tests.services.processes import new_service
from tests.tasks import celery  # noqa: F401 - as a project's __init__ does
from tests.tasks.jobs import tasks

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Kind:
    """How a worker is started, when it is ready, and how it is given work."""

    command: list[str]
    ready: str
    enqueue: Callable[..., Any]
    writers: int = 2


CELERY = ["celery", "--app", "tests.tasks.celery", "worker", "--loglevel", "info"]
HUEY = ["django", "run_huey", "--workers", "2"]
KINDS = {
    "celery-prefork": Kind(
        [*CELERY, "--pool", "prefork", "--concurrency", "2"], " ready.", tasks.in_celery.delay
    ),
    "celery-threads": Kind(
        [*CELERY, "--pool", "threads", "--concurrency", "2"], " ready.", tasks.in_celery.delay
    ),
    "huey-threads": Kind(
        [*HUEY, "--worker-type", "thread"], "commands are available", tasks.in_huey
    ),
    "huey-processes": Kind(
        [*HUEY, "--worker-type", "process"], "commands are available", tasks.in_huey
    ),
    "django": Kind(
        ["django", "db_worker", "--interval", "0.1"],
        "Starting worker",
        tasks.write_notes.enqueue,
        writers=1,
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def worker(request: pytest.FixtureRequest, django_db_setup: None) -> Iterator[Kind]:
    kind = KINDS[request.param]
    service = new_service(request.param, "")
    words = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "tests.tasks.settings",
        "LIVESHEET_TASKS_DATABASE": str(connection.settings_dict["NAME"]),
    }
    variables = [f"{name}={value}" for name, value in words.items()]
    try:
        service.start(
            ["env", "-C", ROOT, *variables, sys.executable, "-m", *kind.command],
            lambda: kind.ready in log_of(service),
        )
        yield kind
        assert log_of(service).partition("Traceback")[2] == ""
    finally:
        service.stop()


def log_of(service: Service) -> str:
    return service.log.read_text(errors="replace")
