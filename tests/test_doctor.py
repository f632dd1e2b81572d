"""What the doctor says, as far as it takes no server; tests/doctor has the broken setups."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from livesheet.doctor import asgi_probe, database, hosts, layer, log, site, symptoms
from livesheet.doctor.findings import Finding, fine, worst
from livesheet.doctor.handshake import PATIENCE, Target
from livesheet.doorbell import transports
from livesheet.log import changelog
from livesheet.tables import Change
from tests.app.models import Note
from tests.services import service_url

ROOT = Path(__file__).resolve().parent.parent
CORE = "channels_redis.core.RedisChannelLayer"


def ids(found: Iterator[Finding]) -> dict[str, str]:
    return {finding.id: finding.level for finding in found}


def test_the_page_explains_every_finding_and_no_other() -> None:
    folder = ROOT / "src" / "livesheet" / "doctor"
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    said = set(re.findall(r'(?:warning|failing)\(\s*"([a-z-]+\.[a-z0-9-]+)"', code))
    said |= {symptom[0] for symptom in symptoms.SYMPTOMS}
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+\.[a-z0-9-]+)` \|", page, re.M)) | {"doctor.broke"} == said


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_lines_or_an_object(capsys: Any, settings: Any) -> None:
    settings.LIVESHEET = {"CHANNEL_LAYER": None}
    with pytest.raises(SystemExit) as ended:
        call_command("livesheet_doctor", "--fail-level", "warning", "--log", "/nowhere")
    assert ended.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "fine     No channel layer is used; processes poll every 1.5 s."
    assert lines[-1] == "         → Correct --log. [log-file.unreadable]"
    out = io.StringIO()
    call_command("livesheet_doctor", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["level"] == "warning"  # the tests collect no static files
    assert {"level", "id", "saw", "why", "fix"} == set(told["findings"][0])


@pytest.mark.django_db(transaction=True)
def test_an_area_that_fails_is_a_finding_itself(settings: Any) -> None:
    settings.LIVESHEET = {"KEEP_DAYS": "seven"}
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("livesheet_doctor", "--json", stdout=out)
    told = json.loads(out.getvalue())["findings"]
    (broke,) = [finding for finding in told if finding["id"] == "doctor.broke"]
    assert broke["saw"].startswith("The doctor could not look at database: TypeError")
    assert told[-1]["id"].startswith("asgi."), "the areas after it were looked at"


def test_the_worst_level_counts() -> None:
    assert worst([]) == "fine"
    assert worst([fine("a.b", ""), Finding("warning", "c.d", "")]) == "warning"
    assert worst([Finding("failing", "c.d", ""), fine("a.b", "")]) == "failing"


# --- the layer -------------------------------------------------------------------------------


def test_without_a_layer_one_process_is_fine(settings: Any) -> None:
    assert ids(layer.findings(1)) == {"layer.none": "fine"}
    assert ids(layer.findings(2)) == {"layer.none": "warning"}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "nowhere.Layer"}}
    assert ids(layer.findings(2)) == {"layer.broken": "failing"}


@pytest.mark.parametrize("backend", [CORE, "channels_redis.pubsub.RedisPubSubChannelLayer"])
def test_a_layer_that_works(backend: str, settings: Any) -> None:
    config = {"hosts": [{"address": service_url("redis"), "socket_timeout": None}],
              "prefix": f"works{os.getpid()}"}  # fmt: skip
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}
    found = ids(layer.findings(2))
    assert {found.pop("redis.version"), found.pop("layer.works")} == {"fine"}
    assert set(found) <= {"layer.listeners"}


def test_a_queue_that_is_full_is_told(settings: Any) -> None:
    config = {"hosts": [{"address": service_url("redis"), "socket_timeout": None}],
              "prefix": f"full{os.getpid()}", "capacity": 3}  # fmt: skip
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": CORE, "CONFIG": config}}

    async def fill() -> None:
        one = transports.new_layer()
        channel = await one.new_channel("livesheet")
        await one.group_add(transports.GROUP, channel)
        for _ in range(5):
            await one.group_send(transports.GROUP, {"type": "livesheet.bell", "alias": "x"})

    asyncio.run(fill())
    found = {finding.id: finding for finding in layer.findings(1)}
    assert found["layer.listeners"].saw == "1 process(es) with open sheets listen."
    assert found["layer.full"].saw == "3 messages wait for one process, whose capacity is 3."
    assert found["layer.works"].level == "fine"


def test_hosts_are_named_without_their_password() -> None:
    assert hosts.name({"address": "redis://:s3cret@redis:6379/1?ssl=1"}) == "redis:6379/1"
    assert hosts.name({"host": "redis", "port": 7000}) == "redis:7000"
    assert hosts.name({"master_name": "mine", "sentinels": []}) == "mine by Sentinel"
    assert hosts.socket_timeout({"address": "redis://x", "socket_timeout": None}) is None
    assert hosts.socket_timeout({"address": "redis://x?socket_timeout=7"}) == 7
    assert hosts.decoded("redis://x") == []


# --- the log ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_log_that_nobody_trims(settings: Any) -> None:
    for n in range(3):
        Note.objects.create(key=str(n))
    changelog.stamp("default")
    assert ids(log.findings("default"))["log.trimmed"] == "fine"
    Change.objects.update(at=timezone.now() - timedelta(days=9))
    assert ids(log.findings("default"))["log.not-trimmed"] == "warning"
    Change.objects.update(at=timezone.now())
    settings.LIVESHEET = {"KEEP_CHANGES": 2}
    assert ids(log.findings("default"))["log.not-trimmed"] == "warning"


@pytest.mark.django_db(transaction=True)
def test_looking_changes_nothing() -> None:
    Note.objects.create(key="a")
    changelog.clock("default")
    before = [*Change.objects.values()], changelog.clock("default").last_seq
    assert "log.not-trimmed" not in ids(log.findings("default"))
    assert ([*Change.objects.values()], changelog.clock("default").last_seq) == before


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    if connections["default"].vendor == "sqlite":
        pytest.skip("SQLite has no connections to count")
    assert ids(database.findings(1))["database.connections"] == "fine"
    monkeypatch.setattr(database, "FULL", 0)
    assert ids(database.findings(1))["database.connections"] == "warning"


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_somebody_forgot(monkeypatch: pytest.MonkeyPatch) -> None:
    if connections["default"].vendor != "postgresql":
        pytest.skip("only PostgreSQL tells of them")
    monkeypatch.setattr(database, "LONG_IDLE_SECONDS", -1)
    assert "database.idle-transaction" not in ids(database.findings(1))
    with another_session() as forgotten:
        forgotten.execute("SELECT 1")
        assert ids(database.findings(1))["database.idle-transaction"] == "warning"


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_stays_locked() -> None:
    if changelog.ordered_by_id("default"):
        pytest.skip("SQLite has no clock to lock")
    changelog.clock("default")
    with another_session() as holder:
        holder.execute("SELECT * FROM livesheet_clock FOR UPDATE")
        assert ids(log.findings("default"))["log.clock-locked"] == "failing"
    assert ids(log.findings("default"))["log.clock"] == "fine"


@contextmanager
def another_session() -> Iterator[Any]:
    """A cursor in a transaction of its own."""
    connection = connections.create_connection("default")
    try:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


# --- from outside ----------------------------------------------------------------------------


@contextmanager
def answering(*texts: bytes) -> Iterator[str]:
    """A server that says one of these to each connection, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # nobody came any more
                for text in texts:
                    connection, _address = listening.accept()
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(text)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/ws/sheet/note/"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


GONE = b"HTTP/1.1 404 Not Found\r\n\r\n"
UPGRADED = b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Protocol: livesheet.v1\r\n\r\n"


def text(frame: dict[str, Any]) -> bytes:
    payload = json.dumps(frame).encode()
    return b"\x89\x00\x81" + bytes([len(payload)]) + payload  # after a ping


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([b"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n"], "site.redirect"),
        ([b"HTTP/1.1 503 Away\r\n\r\n"], "site.nobody-there"),
        ([b"HTTP/1.1 426 Upgrade\r\n\r\n"], "site.no-upgrade"),
        ([b"HTTP/1.1 200 OK\r\n\r\n"], "site.no-socket"),
        ([b"SSH-2.0-OpenSSH\r\n"], "site.unreachable"),
        ([b"HTTP/1.1 403 No\r\n\r\n"] * 3, "site.forbidden"),
        ([b"HTTP/1.1 101 Switching\r\n\r\n", GONE], "site.other-protocol"),
        ([UPGRADED + text({"type": "bye", "code": 4404}), GONE, GONE], "site.other-sheets"),
        ([UPGRADED + text({"type": "bye", "code": 4401}), GONE], "site.socket"),
        ([UPGRADED + text({"type": "hello"}), GONE], "site.socket"),
        ([UPGRADED + b"\x88\x02\x03\xf3", GONE], "site.broken-off"),
        ([UPGRADED, GONE], "site.broken-off"),
        ([UPGRADED + text({"type": "hello"}), UPGRADED], "site.foreign-origin"),
    ],
)
def test_each_answer_is_told_apart(answers: list[bytes], expected: str) -> None:
    asked_for_its_script = expected not in ("site.unreachable",)
    # Its script, and what it lets through.
    with answering(*answers, *([GONE] * 3 if asked_for_its_script else [])) as url:
        found = ids(site.findings([url]))
    if expected == "site.foreign-origin":
        assert found[expected] == "failing"
    else:
        assert found.pop(expected) == ("fine" if expected == "site.socket" else "failing")
        assert set(found) <= {"site.foreign-origin", "site.no-script"}


def test_a_host_that_is_not_ours(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["desk.example.com"]
    with answering(b"HTTP/1.1 403 No\r\n\r\n", b"HTTP/1.1 403 No\r\n\r\n", GONE) as url:
        assert "site.unknown-host" in ids(site.findings([url]))


def test_a_server_behind_a_proxy_is_asked_by_the_name_of_the_site() -> None:
    assert site._name_of_the_site(["http://127.0.0.1:8001", "https://a.b"]) == "a.b"
    assert site._name_of_the_site(["http://127.0.0.1:8001", "unix:/x"]) == "127.0.0.1:8001"
    assert site._name_of_the_site(["unix:/x"]) == "testserver"
    behind = Target.parse("http://127.0.0.1:8001", "a.b")
    assert (behind.address, behind.host) == (("127.0.0.1", 8001), "a.b")


def test_addresses() -> None:
    assert Target.parse("https://a.b:444/x").address == ("a.b", 444)
    assert Target.parse("wss://a.b/x").origin == "https://a.b"
    assert Target.parse("unix:/run/x.sock", "a.b").origin == "http://a.b"
    assert ids(site.findings(["a.b"])) == {"site.address": "failing"}
    assert PATIENCE > 5


def test_long_logs_are_read_from_their_end(tmp_path: Path) -> None:
    log_file = tmp_path / "server.log"
    old = "[Errno 88] Socket operation on non-socket\n"
    log_file.write_text(old + "x" * symptoms.TAIL_BYTES)
    assert ids(symptoms.findings([str(log_file)])) == {"log-file.clean": "fine"}
    log_file.write_text("x" * symptoms.TAIL_BYTES + "\n" + old)
    assert ids(symptoms.findings([str(log_file)])) == {"log-file.errno-88": "failing"}


# --- the application -------------------------------------------------------------------------


def test_an_application_without_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "httponly.py").write_text(
        "from django.core.handlers.asgi import ASGIHandler\napplication = ASGIHandler()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    told = asgi_probe.main("httponly:application", "note")
    assert told["subprotocol"] is None
    assert "Django can only handle ASGI/HTTP connections" in told["said"]
    assert asgi_probe.main("httponly:nothing", "note")["error"].startswith("AttributeError")
    sys.modules.pop("httponly")
