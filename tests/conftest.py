"""Users, and an end to the database threads after each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.core.management.color import no_style
from django.db import connections
from django.db.models.signals import post_migrate

from livesheet import threads
from livesheet.doorbell import doorbell
from livesheet.sheet import traces


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--frames", type=int, default=2_000, help="how many frames tests/test_matrix.py reads"
    )


# What takes a third of the time, and tells on one Python what it tells on another. tox has it run
# once on each database, and leaves it out elsewhere.
ONCE = {
    "test_agreement", "test_benchmarks", "test_delivery_machine",
    "test_isolation", "test_leaks", "test_matrix", "test_rechecks", "test_revocation",
    "test_static", "test_words",
}  # fmt: skip
IS_AGAIN = os.environ.get("LIVESHEET_TEST_AGAIN") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if IS_AGAIN:
        left = [item for item in items if item.path.stem in ONCE]
        items[:] = [item for item in items if item.path.stem not in ONCE]
        config.hook.pytest_deselected(items=left)


def pytest_report_header() -> str:
    return f"left to other environments: {', '.join(sorted(ONCE))}" if IS_AGAIN else ""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After each test the tables are emptied, and Django makes all content types and permissions
    anew, one by one: a quarter of the time. Here they come back at once, as they were."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.management import create_contenttypes
    from django.contrib.contenttypes.models import ContentType

    kinds = (ContentType, Permission)

    def bring_back(using: str, **_facts: Any) -> None:
        for kind in kinds if using in rows else ():
            if not kind._default_manager.using(using).exists():
                kind._base_manager.using(using).bulk_create(rows[using][kind])
                with connections[using].cursor() as cursor:  # what is made next has the next key
                    for sql in connections[using].ops.sequence_reset_sql(no_style(), [kind]):
                        cursor.execute(sql)

    with django_db_blocker.unblock():
        rows = {
            alias: {kind: list(kind._base_manager.using(alias).all()) for kind in kinds}
            for alias in connections
            if Permission._meta.db_table in connections[alias].introspection.table_names()
        }
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.connect(bring_back, dispatch_uid="tests.bring_back")
    yield
    post_migrate.disconnect(dispatch_uid="tests.bring_back")


@pytest.fixture(autouse=True)
def _complaints_are_new() -> None:
    traces.forget()


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    yield
    if ringer := doorbell._ringing:
        # It would try on, with the settings of the tests that follow, and complain into their log.
        doorbell._ringing = None
        ringer.waiting.clear()
        ringer.messages.clear()
        ringer.end()
    threads.close()
    # The thread behind `acreate()` and the like would keep the test database open.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def ann(transactional_db: None, django_user_model: Any) -> Any:
    """May do everything."""
    return django_user_model.objects.create_superuser("ann", password="x", first_name="Ann")


@pytest.fixture
def bea(transactional_db: None, django_user_model: Any) -> Any:
    """May do everything, too."""
    return django_user_model.objects.create_superuser("bea", password="x", first_name="Bea")


@pytest.fixture
def viewer(transactional_db: None, django_user_model: Any) -> Any:
    """May see products and suppliers, and change nothing."""
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("vic", password="x", first_name="Vic")
    names = ["view_product", "view_supplier", "view_note", "view_sample"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user
