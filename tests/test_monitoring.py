"""Health for load balancers, metrics for Prometheus, and what the logs say in fields."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from livesheet import metrics
from livesheet.feed import feed
from livesheet.log import changelog
from livesheet.monitoring.exposition import LiveSheetCollector
from livesheet.monitoring.ports import serve_metrics
from livesheet.tables import Change
from livesheet.testing import LiveSheetCommunicator
from tests.app.models import Note
from tests.services import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

urlpatterns = [path("livesheet/", include("livesheet.monitoring.urls"))]

ROOT = Path(__file__).resolve().parent.parent
DASHBOARD = ROOT / "example_project" / "deploy" / "grafana-dashboard.json"
BROKEN = {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},
}


def health() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/livesheet/health/")
    return answer.status_code, answer.json()


def scraped() -> dict[str, float]:
    """Each sample as ``name`` or ``name{label}``, with its value."""
    registry = CollectorRegistry()
    registry.register(LiveSheetCollector())
    return {
        "/".join([sample.name, *sample.labels.values()]): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def since(before: dict[str, float], name: str) -> float:
    return scraped().get(name, 0.0) - before.get(name, 0.0)


# --- health ----------------------------------------------------------------------------------


def test_a_process_that_only_serves_pages_is_healthy() -> None:
    assert health() == (
        200,
        {"status": "ok", "databases": {"default": "ok"}, "feed": "idle", "others": "none"},
    )
    assert Client().post("/livesheet/health/").status_code == 405


async def test_a_feed_that_stands_still_takes_its_process_out(ann: Any) -> None:
    async with LiveSheetCommunicator("note", user=ann):
        code, told = await sync_to_async(health)()
        assert (code, told["status"], told["feed"]) == (200, "ok", "alive")
        (one,) = feed.running()
        for task in one._tasks:
            task.cancel()
        for follower in one.followers():
            follower.looked -= 60  # a minute has gone
        code, told = await sync_to_async(health)()
        assert (code, told["status"], told["feed"]) == (503, "failing", "stuck")


def test_a_database_without_the_tables(settings: Any) -> None:
    with connections["default"].schema_editor() as editor:
        editor.execute("ALTER TABLE livesheet_clock RENAME TO livesheet_away")
    try:
        assert health()[0] == 503
        assert health()[1]["databases"] == {"default": "not migrated"}
        assert scraped()["livesheet_log_up/default"] == 0
    finally:
        with connections["default"].schema_editor() as editor:
            editor.execute("ALTER TABLE livesheet_away RENAME TO livesheet_clock")


def test_a_database_that_is_away(settings: Any) -> None:
    connection = connections["default"]
    connection.close()
    right, connection.settings_dict = connection.settings_dict, {**connection.settings_dict}
    connection.settings_dict.update(NAME="/nowhere/at/all", HOST="127.0.0.1", PORT=free_port())
    try:
        assert health()[1]["databases"] == {"default": "unreachable"}
    finally:
        connection.settings_dict = right
        connection.close()


@override_settings(CHANNEL_LAYERS={"default": BROKEN})
async def test_a_layer_that_is_away_leaves_the_process_in(ann: Any) -> None:
    async with LiveSheetCommunicator("note", user=ann):
        async with asyncio.timeout(10):
            while (await sync_to_async(health)())[1]["others"] != "away":
                await asyncio.sleep(0.05)
        code, told = await sync_to_async(health)()
        assert (code, told["status"]) == (200, "degraded")
        assert (await sync_to_async(scraped)())["livesheet_others_heard"] == 0


# --- metrics ---------------------------------------------------------------------------------


async def test_what_happens_is_counted(ann: Any) -> None:
    before = await sync_to_async(scraped)()
    note = await Note.objects.acreate(key="ä", text="one")
    async with LiveSheetCommunicator("note", user=ann) as sheet:
        reply = await sheet.edit(note.pk, "text", "two", base="one")
        assert reply["ok"]
        await sheet.until(lambda: sheet.value(note.pk, "text") == "two")
        await sheet.edit(note.pk, "text", "three", base="one")
        now = await sync_to_async(scraped)()
        assert now["livesheet_open_sockets/note"] == now["livesheet_audiences/note"] == 1
        assert now["livesheet_behind_sockets"] == 0
        assert now["livesheet_feed_lag_seconds/default"] == 0
    sent = "".join(json.dumps(f, separators=(",", ":"), ensure_ascii=False) for f in sheet.frames)
    frames = now["livesheet_sent_frames_total"] - before["livesheet_sent_frames_total"]
    size = now["livesheet_sent_bytes_total"] - before["livesheet_sent_bytes_total"]
    assert (frames, size) == (len(sheet.frames), len(sent.encode()))

    def grown(name: str) -> float:
        return now.get(name, 0) - before.get(name, 0)

    assert grown("livesheet_requests_total/edit") == 2
    assert grown("livesheet_refusals_total/conflict") == 1
    assert grown("livesheet_edit_seconds_count") == 2
    assert grown("livesheet_read_seconds_count") >= 1
    assert grown("livesheet_batch_rows_bucket/1.0") >= 1
    assert grown("livesheet_thread_wait_seconds_count") >= 4
    assert "livesheet_open_sockets/note" not in await sync_to_async(scraped)()


async def test_a_refused_socket_is_counted_and_logged(caplog: Any) -> None:
    before = await sync_to_async(scraped)()
    with caplog.at_level(logging.INFO, "livesheet"):
        sheet = LiveSheetCommunicator("note")
        await sheet.connect()
        assert (await sheet.receive())["code"] == 4401
    assert await sync_to_async(since)(before, "livesheet_dropped_sockets_total/4401") == 1
    (record,) = [r for r in caplog.records if getattr(r, "event", "") == "socket.refused"]
    assert (record.sheet, record.code, record.user) == ("note", 4401, "")


async def test_lag_is_the_age_of_what_was_not_sent(ann: Any) -> None:
    async with LiveSheetCommunicator("note", user=ann) as sheet:
        (one,) = feed.running()
        for task in one._tasks:
            task.cancel()
        await Note.objects.acreate(key="a")
        await Change.objects.aupdate(at=timezone.now() - timedelta(minutes=5))
        lag = (await sync_to_async(scraped)())["livesheet_feed_lag_seconds/default"]
        assert 300 <= lag < 400
        assert "a" not in sheet.rows


def test_the_log_is_counted_by_its_places() -> None:
    for n in range(3):
        Note.objects.create(key=str(n))
    waiting = 0 if changelog.ordered_by_id("default") else 3
    assert scraped()["livesheet_log_unplaced/default"] == waiting
    changelog.stamp("default")
    assert scraped()["livesheet_log_changes/default"] >= 3
    assert scraped()["livesheet_log_unplaced/default"] == 0


def test_histograms_count_what_is_at_most_their_bound() -> None:
    one = metrics.Histogram(1, 10)
    for value in (0.5, 1, 2, 10, 11):
        one.observe(value)
    assert (one.counts, one.sum) == ([2, 2, 1], 24.5)


# --- who may read them -----------------------------------------------------------------------


@override_settings(LIVESHEET={"METRICS_TOKEN": "s3cret"})
def test_a_scraper_shows_its_token() -> None:
    client = Client()
    assert client.get("/livesheet/metrics/").status_code == 401
    for wrong in ("Bearer other", "Bearer ", "s3cret", "Basic s3cret"):
        given = client.get("/livesheet/metrics/", headers={"authorization": wrong})
        assert given.status_code == 401
    answer = client.get("/livesheet/metrics/", headers={"authorization": "Bearer s3cret"})
    names = {family.name for family in text_string_to_metric_families(answer.content.decode())}
    assert {"livesheet_sent_frames", "livesheet_log_changes", "python_info"} <= names
    assert answer["Cache-Control"].startswith("max-age=0, no-cache")


def test_without_a_token_only_staff_may(ann: Any, viewer: Any) -> None:
    client = Client()
    nothing = client.get("/livesheet/metrics/", headers={"authorization": "Bearer None"})
    assert nothing.status_code == 401
    client.force_login(viewer)
    assert client.get("/livesheet/metrics/").status_code == 401
    client.force_login(ann)
    assert client.get("/livesheet/metrics/").status_code == 200
    get_user_model().objects.filter(pk=ann.pk).update(is_staff=False)
    assert client.get("/livesheet/metrics/").status_code == 401


def test_each_process_takes_a_port_of_its_own() -> None:
    first = free_port()
    taken = [serve_metrics(first, processes=20) for _ in range(2)]
    assert taken[0] is not None and taken[1] is not None and taken[0] != taken[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{taken[1]}/metrics", timeout=10) as answer:
        assert b"livesheet_log_up" in answer.read()


def test_without_prometheus_client_everything_else_works() -> None:
    code = (
        "import sys, os; sys.modules['prometheus_client'] = None;"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import django; django.setup();"
        "from livesheet.monitoring import views; from livesheet import conf;"
        "from django.test import RequestFactory, override_settings;\n"
        "with override_settings(LIVESHEET={'METRICS_TOKEN': 'x'}):\n"
        "    request = RequestFactory().get('/', headers={'authorization': 'Bearer x'})\n"
        "    answer = views.metrics(request); print(answer.status_code, answer.content.decode())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("501 prometheus-client is missing"), done.stderr


# --- what the pages and the dashboard name ---------------------------------------------------


def exported() -> set[str]:
    """Every name that a query may use, with what Prometheus adds to it."""
    registry = CollectorRegistry()
    registry.register(LiveSheetCollector())
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {
        family.name + suffix
        for family in registry.collect()
        for suffix in suffixes.get(family.type, ("",))
    } | {"livesheet_others_heard"}


def test_the_dashboard_asks_only_for_what_there_is() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    named = {name for query in queries for name in re.findall(r"\blivesheet_\w+", query)}
    assert named - exported() == set()
    unasked = {f"{name}_{end}" for name in HISTOGRAMS for end in ("sum", "count")}
    assert exported() - named == unasked
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))


HISTOGRAMS = (
    "livesheet_batch_rows",
    "livesheet_read_seconds",
    "livesheet_edit_seconds",
    "livesheet_thread_wait_seconds",
)


def test_the_page_explains_every_metric() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(livesheet_\w+)` \|", page, re.M))
    assert told == {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported()}


def test_the_page_explains_every_event_and_its_fields() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", page, re.M))
    assert told == set(events())


async def test_the_formatter_of_the_page_writes_the_fields(ann: Any, caplog: Any) -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    (code,) = [body for body in page.split("```python\n")[1:] if body.startswith("# proj/logs.py")]
    namespace: dict[str, Any] = {}
    exec(code.split("```")[0], namespace)
    with caplog.at_level(logging.INFO, "livesheet"):
        sheet = LiveSheetCommunicator("nosuch", user=ann)
        await sheet.connect()
        await sheet.receive()
    (record,) = [r for r in caplog.records if r.name == "livesheet"]
    line = json.loads(namespace["JSONFormatter"]().format(record))
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "livesheet",
        "message": "A socket is closed: There is no such sheet.",
        "event": "socket.refused",
        "user": "",
        "code": 4404,
        "seconds": line["seconds"],
    }


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    for file in (ROOT / "src" / "livesheet").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield file, node


def events() -> Iterator[str]:
    """The texts that the package gives as ``event``: in a dict, or to ``facts("…")``."""
    for _file, node in nodes():
        given: list[ast.expr] = []
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            given = [value for key, value in pairs if getattr(key, "value", "") == "event"]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("facts"):
            given = node.args[:1]
        yield from (str(value.value) for value in given if isinstance(value, ast.Constant))


def test_every_record_of_the_package_has_an_event() -> None:
    calls = [(file, node) for file, node in nodes() if isinstance(node, ast.Call)]
    levels = r"logger\.(debug|info|warning|error|exception|critical|log)"
    records = [(f, call) for f, call in calls if re.fullmatch(levels, ast.unparse(call.func))]
    assert len(records) > 10
    assert [
        f"{file.name}:{call.lineno}"
        for file, call in records
        if "extra" not in {keyword.arg for keyword in call.keywords}
    ] == []
