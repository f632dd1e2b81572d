"""Databases, and an end to every process that a test has started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.faults.databases import Database, new_database
from tests.faults.processes import Process, manage, serve
from tests.services import Service

Start = Callable[..., Process]


@pytest.fixture(params=["postgres", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Database]:
    """With tables and without rows, where writers are many at a time."""
    made = new_database(request.param, tmp_path)
    try:
        manage(made, "migrate", "--run-syncdb", "--verbosity=0")
        yield made
    finally:
        made.drop()


@pytest.fixture
def server(database: Database) -> Iterator[Service]:
    running = serve(database)
    try:
        yield running
        log = running.log.read_text(errors="replace")
    finally:
        running.stop()
    assert "Task exception was never retrieved" not in log, log


@pytest.fixture
def start(database: Database) -> Iterator[Start]:
    """Start a process with a role."""
    running: list[Process] = []

    def begin(role: str, *words: Any) -> Process:
        running.append(Process(database, role, *words))
        return running[-1]

    yield begin
    for process in running:
        process.stop()
