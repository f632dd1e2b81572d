"""Databases, and an end to every process that a test has started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.again import pytest_runtest_setup  # noqa: F401
from tests.faults.databases import Database, new_database
from tests.faults.processes import Process, manage, serve
from tests.services import Service

Start = Callable[..., Process]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="all of it, as `make test-long` does")


@pytest.fixture(params=["postgres", "mariadb"], scope="module")
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """With tables and without rows, where writers are many at a time."""
    yield from fresh_database(request.param, tmp_path_factory)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"], scope="module")
def any_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """With tables and without rows, of every kind."""
    yield from fresh_database(request.param, tmp_path_factory)


def fresh_database(kind: str, folders: pytest.TempPathFactory) -> Iterator[Database]:
    made = new_database(kind, folders.mktemp("database"))
    try:
        manage(made, "migrate", "--run-syncdb", "--verbosity=0")
        yield made
    finally:
        made.drop()


@contextmanager
def serving(database: Database) -> Iterator[Service]:
    running = serve(database)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def starting(database: Database) -> Iterator[Start]:
    """Processes with a role, all of which end."""
    running: list[Process] = []

    def begin(role: str, *words: Any) -> Process:
        running.append(Process(database, role, *words))
        return running[-1]

    try:
        yield begin
    finally:
        for process in running:
            process.stop()


@pytest.fixture
def start(database: Database) -> Iterator[Start]:
    with starting(database) as begin:
        yield begin
