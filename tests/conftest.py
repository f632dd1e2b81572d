"""Users, and an end to the database threads after each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from unittest import mock
from zlib import crc32

import pytest
from asgiref.sync import SyncToAsync
from django.core.management.color import no_style
from django.core.management.commands import flush
from django.db import connections

from livesheet import threads
from livesheet.doorbell import doorbell
from livesheet.sheet import traces
from tests.again import pytest_runtest_setup  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--frames", type=int, default=2_000, help="how many frames tests/test_matrix.py reads"
    )


# What takes half of the time. tox has each run where it can tell something new, and leaves it out
# elsewhere: once in all what reads our own files, or does not depend on the database ...
ONCE = {
    "test_again", "test_architecture", "test_benchmarks", "test_docs", "test_isolation",
    "test_leaks", "test_static", "test_words",
}  # fmt: skip
# ... and once on each database what tells on one Python what it tells on another.
ONCE_ON_EACH_DATABASE = {
    "test_agreement", "test_delivery_machine", "test_matrix", "test_rechecks", "test_revocation",
}  # fmt: skip
LEFT_TO_OTHERS = {"": set(), "database": ONCE, "python": ONCE | ONCE_ON_EACH_DATABASE}[
    os.environ.get("LIVESHEET_TEST_AGAIN", "")
]


# Each test runs on every Python, every Django and every database, but not in all of their mixtures:
# where each of the three is tested whole elsewhere, or is whole together with another mixture, a
# part of the tests runs, such as "3/4", the third quarter.
PART = os.environ.get("LIVESHEET_TEST_PART", "all")


def is_left(item: pytest.Item) -> bool:
    if item.path.stem in LEFT_TO_OTHERS:
        return True
    name = f"{item.path.stem}::{getattr(item, 'originalname', item.name)}"
    if PART == "all":
        return False
    number, parts = map(int, PART.split("/"))
    return crc32(name.encode()) % parts != number - 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if is_left(item)]
    if left:
        items[:] = [item for item in items if not is_left(item)]
        config.hook.pytest_deselected(items=left)


def pytest_report_header() -> str:
    others = ", ".join(sorted(LEFT_TO_OTHERS)) or "nothing"
    return f"left to other environments: {others}; part of the rest: {PART}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """After each test the tables are emptied, and Django makes all content types and permissions
    anew, one by one: a quarter of the time. Here theirs are spared, and put right if need be."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType

    kinds = (ContentType, Permission)
    tables = {kind._meta.db_table for kind in kinds}

    def spared(style: Any, connection: Any, **how: Any) -> list[str]:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        filled = with_rows(connection, [name for name in names if name not in tables])
        how["allow_cascade"] = connection.vendor == "postgresql"
        flushed: list[str] = connection.ops.sql_flush(style, filled, **how)
        return flushed

    def values(kind: Any, using: str) -> list[Any]:
        return list(kind._base_manager.using(using).order_by("pk").values_list())

    def put_right(_verbosity: int, _interactive: bool, using: str, **_facts: Any) -> None:
        if using not in rows or all(values(kind, using) == former[using][kind] for kind in kinds):
            return
        for kind in reversed(kinds):
            kind._base_manager.using(using).all()._raw_delete(using)
        for kind in kinds:
            kind._base_manager.using(using).bulk_create(rows[using][kind])
            with connections[using].cursor() as cursor:  # what is made next has the next key
                for sql in connections[using].ops.sequence_reset_sql(no_style(), [kind]):
                    cursor.execute(sql)

    with django_db_blocker.unblock():
        aliases = [
            alias
            for alias in connections
            if Permission._meta.db_table in connections[alias].introspection.table_names()
        ]
        rows = {
            alias: {kind: list(kind._base_manager.using(alias).all()) for kind in kinds}
            for alias in aliases
        }
        former = {alias: {kind: values(kind, alias) for kind in kinds} for alias in aliases}
    # Nobody else has to know: no table has come or gone.
    with mock.patch.multiple(flush, sql_flush=spared, emit_post_migrate_signal=put_right):
        yield


def with_rows(connection: Any, tables: list[str]) -> list[str]:
    """Those that a test has written to. PostgreSQL makes new files for each table that is emptied,
    with or without rows: a third of the time there."""
    quoted = connection.ops.quote_name
    some = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quoted(name)})" for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(some)
        return [name for (name,) in cursor.fetchall()]


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
