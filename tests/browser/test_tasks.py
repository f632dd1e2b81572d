"""What a task saves, in a worker of its own, on two people's screens: the row, and which task."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.browser.conftest import COMPLAINT, OpenSite, SitDown
from tests.browser.desk import GRID, SHEET
from tests.browser.servers import Site
from tests.services import Service
from tests.services.processes import new_service


@pytest.fixture
def site(open_site: OpenSite) -> Iterator[Site]:
    """Two server processes, and one that runs tasks."""
    settings = "tests.browser.huey_shop.settings"
    site = open_site(engine="postgres", DJANGO_SETTINGS_MODULE=settings)
    site.serve("uvicorn")
    site.serve("uvicorn")
    worker = new_service("huey", "")
    variables = {**site.project.environment, **site.variables}
    words = [f"{name}={value}" for name, value in variables.items()]
    try:
        worker.start(
            ["env", "-C", site.project.folder, *words, sys.executable, "-m", "django", "run_huey"],
            lambda: "commands are available" in log_of(worker),
        )
        yield site
        assert not COMPLAINT.search(log_of(worker)), log_of(worker)
    finally:
        worker.stop()


def log_of(worker: Service) -> str:
    return worker.log.read_text(errors="replace")


def test_both_screens_name_the_task(site: Site, seat: SitDown) -> None:
    desks = [
        seat(site, name, server.port).open("/desk/products/")
        for name, server in zip(("ann", "bea"), site.servers, strict=True)
    ]
    pk = desks[0].pks()[2]

    site.elsewhere.run("from tests.browser.huey_shop.tasks import *")
    site.elsewhere.run(f"import_price({pk}, '98.76')")
    for desk in desks:
        desk.wait(f"pk => {GRID}.cell(pk, 'price').title === 'Changed by task: import_price'", pk)
        assert desk.text(pk, "price") == "98.76"

    count = len(desks[0].all_pks())
    site.elsewhere.run("take_in_delivery('A thing of the night')")
    for desk in desks:
        desk.wait(f"count => {SHEET}.rows.size > count", count)
        by = [frame["by"] for frame in desk.frames if frame["type"] == "change"][-1]
        assert list(by.values()) == ["task: take_in_delivery"]
        assert desk.value(*by, "name") == "A thing of the night"
