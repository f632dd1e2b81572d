"""A task's writes are the task's, whichever queue runs it; tests/tasks has the real workers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import django
import pytest
from celery import Celery
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from huey import CancelExecution, MemoryHuey

import livesheet
from livesheet import queues
from livesheet.middleware import LiveSheetMiddleware
from livesheet.models import Change
from tests.app.models import Note

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task

pytestmark = pytest.mark.django_db(transaction=True)

Task = Callable[[], Any]


def import_prices(key: str = "a") -> None:
    Note.objects.create(key=key)


def with_a_word_of_its_own() -> None:
    import_prices("a")
    with livesheet.acting_as(origin="the supplier"):
        import_prices("b")
    import_prices("c")


def broken() -> None:
    import_prices()
    raise ZeroDivisionError


def asynchronous() -> None:
    asyncio.run(Note.objects.acreate(key="a"))


def of_celery(function: Task) -> Task:
    app = Celery("tests", set_as_current=False)
    app.conf.task_always_eager = True
    enqueue: Task = app.task(function).delay
    return enqueue


def of_huey(function: Task) -> Task:
    huey = MemoryHuey(immediate=True)
    queues.connect_huey(huey)
    enqueue: Task = huey.task()(function)
    return enqueue


def of_django(function: Task) -> Task:
    enqueue: Task = task(function).enqueue
    return enqueue


QUEUES = [of_celery, of_huey, of_django]


@pytest.fixture(autouse=True)
def _the_queues_were_there_first() -> None:
    queues.connect()
    queues.connect()  # twice is once


@pytest.fixture(params=QUEUES)
def queue(request: pytest.FixtureRequest) -> Iterator[Callable[[Task], Task]]:
    """Makes of a function what runs it as a task, here and now."""
    yield request.param
    assert queues._running.get() == ()


def who() -> list[tuple[str, str]]:
    return list(Change.objects.order_by("id").values_list("actor", "origin"))


def test_a_task_is_named_and_what_follows_is_not(queue: Callable[[Task], Task]) -> None:
    queue(import_prices)()
    import_prices("b")
    assert who() == [("", "task: import_prices"), ("", "")]


def test_inside_of_a_task_acting_as_says_otherwise(queue: Callable[[Task], Task]) -> None:
    queue(with_a_word_of_its_own)()
    task = ("", "task: with_a_word_of_its_own")
    assert who() == [task, ("", "the supplier"), task]


def test_a_task_that_fails_is_over(queue: Callable[[Task], Task]) -> None:
    queue(broken)()
    import_prices("b")
    assert who() == [("", "task: broken"), ("", "")]


def test_what_a_task_awaits_is_the_tasks(queue: Callable[[Task], Task]) -> None:
    queue(asynchronous)()
    assert who() == [("", "task: asynchronous")]


def test_a_task_within_a_task(queue: Callable[[Task], Task]) -> None:
    inner = queue(import_prices)

    def outer() -> None:
        Note.objects.create(key="before")
        inner()
        Note.objects.create(key="after")

    of_huey(outer)()
    mine = ("", "task: outer")
    assert who() == [mine, ("", "task: import_prices"), mine]


def test_a_task_that_runs_at_once_is_not_its_requests(
    ann: Any, queue: Callable[[Task], Task]
) -> None:
    """With tasks run at once, as in development, the sheet says what it will in production."""

    def view(request: HttpRequest) -> HttpResponse:
        import_prices("before")
        queue(import_prices)()
        import_prices("after")
        return HttpResponse()

    request = RequestFactory().post("/")
    request.user = ann
    LiveSheetMiddleware(view)(request)
    hers = (str(ann.pk), "")
    assert who() == [hers, ("", "task: import_prices"), hers]


def test_a_function_that_is_just_called_is_its_callers() -> None:
    app = Celery("tests", set_as_current=False)
    with livesheet.acting_as(origin="the caller"):
        app.task(import_prices)()
    assert who() == [("", "the caller")]


def test_the_name_that_a_project_gave_is_kept() -> None:
    app = Celery("tests", set_as_current=False)
    app.conf.task_always_eager = True
    app.task(import_prices, name="prices.nightly").delay()
    assert who() == [("", "task: prices.nightly")]


def test_a_task_that_a_hook_cancels_leaves_nothing_behind() -> None:
    huey = MemoryHuey(immediate=True)
    queues.connect_huey(huey)

    @huey.pre_execute()
    def not_today(task: Any) -> None:
        raise CancelExecution

    huey.task()(import_prices)()
    Note.objects.create(key="b")
    assert who() == [("", "")]


def test_a_task_that_is_tried_again_at_once() -> None:
    """Celery's eager retry has the key of the task inside of which it runs."""
    app = Celery("tests", set_as_current=False)
    app.conf.task_always_eager = True

    @app.task(bind=True, max_retries=1)
    def stubborn(self: Any) -> None:
        Note.objects.create(key=str(self.request.retries))
        if not self.request.retries:
            try:
                self.retry(countdown=0)
            finally:
                Note.objects.create(key="after")

    stubborn.delay()
    Note.objects.create(key="free")
    assert who() == [("", "task: stubborn")] * 3 + [("", "")]


def test_a_process_that_never_told_the_end_does_not_carry_it_on() -> None:
    queues._start("1", "lost")
    queues._start("2", "lost, too")
    queues._end("1")
    queues._end("1")
    Note.objects.create(key="a")
    assert who() == [("", "")]


def test_no_queue_is_imported_for_it() -> None:
    script = "import django, sys; django.setup(); print({'celery', 'huey'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
