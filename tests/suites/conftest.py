"""Sources that are fetched once, and a PostgreSQL for the suites."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.services import service_url


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a later run finds again, in tox."""
    kept = os.environ.get("LIVESHEET_TEST_SOURCES")
    return Path(kept) if kept else tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="session")
def services() -> None:
    service_url("postgres")  # from now on in the environment
