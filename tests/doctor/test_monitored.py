"""Real server processes, each with its own sockets, seen by Prometheus and a load balancer."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPException
from urllib.error import HTTPError

from prometheus_client.parser import text_string_to_metric_families

from tests.doctor.conftest import ASGI, PATIENCE, Project
from tests.doctor.lines import Line
from tests.services import free_port

PORTS = 30
SOCKETS = 6
URLS = """
from django.urls import include, path
urlpatterns = [path("livesheet/", include("livesheet.monitoring.urls"))]
"""
OPEN_TO_ALL = """
from livesheet.consumers import LiveSheetConsumer
from livesheet.monitoring.ports import serve_metrics
from tests.app.models import Note

class OpenNotes(LiveSheetConsumer):
    model, sheet_name, fields = Note, "open-notes", ["text"]

    def has_view_permission(self):
        return True

serve_metrics(int(os.environ["PORT_OF_METRICS"]), processes=30)
"""


def test_each_process_shows_its_own_sockets(project: Project) -> None:
    first = free_port()
    (project.folder / "site_urls.py").write_text(URLS)
    asgi = f"import os\nos.environ['PORT_OF_METRICS'] = '{first}'\n{ASGI}{OPEN_TO_ALL}"
    project.write('ROOT_URLCONF = "site_urls"\nLIVESHEET = {"METRICS_TOKEN": "x"}', asgi)
    server = project.serve("uvicorn", "--workers", "2")
    # The site answers with its first process; the second may still be starting.
    until(lambda: len(sockets(first)) == 2, lambda: sockets(first))
    with ExitStack() as lines:
        for _ in range(SOCKETS):
            lines.enter_context(Line(server.port, "/ws/sheet/open-notes/"))
        until(lambda: sum(sockets(first)) == SOCKETS, lambda: sockets(first))
        found = sockets(first)
        through = scrape(f"{server.url}/livesheet/metrics/", "Bearer x")
        assert through.get("livesheet_open_sockets", 0) in found
        assert through["process_resident_memory_bytes"] > 10_000_000
        told = json.loads(read(f"{server.url}/livesheet/health/"))
        assert told["status"] == "ok" and told["feed"] in ("alive", "idle")
    assert status(f"{server.url}/livesheet/metrics/") == 401


def until(condition: Callable[[], bool], seen: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, seen()
        time.sleep(0.1)


def sockets(first: int) -> list[float]:
    """The open sockets of each of our processes, by their ports. Others may listen there, too."""
    found = []
    for port in range(first, first + PORTS):
        try:
            told = scrape(f"http://127.0.0.1:{port}/metrics")
        except (OSError, HTTPException, ValueError):
            continue
        if any(name.startswith("livesheet_") for name in told):
            found.append(told.get("livesheet_open_sockets", 0))
    return found


def scrape(url: str, authorization: str = "") -> dict[str, float]:
    """Each metric, summed over its labels."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(read(url, authorization)):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def read(url: str, authorization: str = "") -> str:
    request = urllib.request.Request(url, headers={"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def status(url: str) -> int:
    try:
        read(url)
    except HTTPError as error:
        with error:
            return error.code
    return 200
