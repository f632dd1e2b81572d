"""The tests of packages that write in ways of their own, with all their models live."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suites.running import compared
from tests.suites.sdists import fetched

SUITES = [
    ("django-modeltranslation", "modeltranslation", "sqlite"),
    ("django-modeltranslation", "modeltranslation", "postgres"),
    ("django-safedelete", "safedelete", "sqlite"),  # the only one that its tests run on
]


@pytest.mark.parametrize(("package", "module", "database"), SUITES)
def test_a_package(package: str, module: str, database: str, sources: Path, services: None) -> None:
    folder = fetched(package, sources)
    command = ["-m", "django", "test", module, "--parallel=1", "--noinput"]
    assert compared(command, folder, database, f"{module}.tests.settings") == set()
