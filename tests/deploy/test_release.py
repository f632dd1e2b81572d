"""A new version comes into service while many sheets are open and being edited; with ``--long``,
two hundred of them.
"""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import livesheet
from tests.deploy.clients import Client, Crowd, Way
from tests.deploy.conftest import MakeHost, SitDown, Site
from tests.deploy.files import NAME, copy_project, fill_in
from tests.deploy.stack import Host
from tests.services.processes import HOST, program

PEOPLE, LONG_PEOPLE = 60, 200
# Each edits so often, on average; every edit goes to all the screens.
PAUSE_SECONDS = 10.0
STOCK = """
import json
print(json.dumps({str(pk): stock for pk, stock in Product.objects.values_list("pk", "stock")}))
"""


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def running(request: pytest.FixtureRequest, host: MakeHost) -> Host:
    here = host()
    here.start_supervisor(request.param)
    here.start_nginx("quayside.conf")
    return here


def release(host: Host, number: str) -> Path:
    """The project once more, beside the one that runs."""
    new = copy_project(host.folder / "releases" / number, host.folder)
    script = new / "deploy/release.sh"
    supervisorctl = program("supervisorctl", "supervisor")
    here = {"(supervisorctl)": f"({supervisorctl} -c {host.configuration})"}
    script.write_text(fill_in(script.read_text(), here))
    return new


def put_into_service(new: Path) -> None:
    done = subprocess.run(
        [new / "deploy/release.sh", new], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def sheets_of(host: Host) -> list[str]:
    found = [name for name in host.states() if re.search(r"sheets:\d", name)]
    assert len(found) == 2
    return found


def next_version(host: Host) -> Path:
    """A release that adds a column to the suppliers, in the database and in the sheet."""
    new = release(host, "2")
    models, consumers = new / "shop/models.py", new / "shop/consumers.py"
    email = '    email = models.EmailField("e-mail", blank=True)\n'
    phone = "    phone = models.CharField(max_length=40, null=True, blank=True)\n"
    models.write_text(fill_in(models.read_text(), {email: email + phone}))
    consumers.write_text(fill_in(consumers.read_text(), {'"email", ': '"email", "phone", '}))
    python = host.folder / "venv/bin/python"
    host.run("env", "-C", new, python, "manage.py", "makemigrations", "shop")
    return new


@contextmanager
def visitor(host: Host, certificate: Path) -> Iterator[Counter[str]]:
    """Somebody who asks for a page again and again; what came of it."""
    context = ssl.create_default_context(cafile=certificate / "fullchain.pem")
    context.check_hostname = False
    outcomes: Counter[str] = Counter()
    enough = threading.Event()
    request = urllib.request.Request(
        f"https://{HOST}:{host.https}/login/", headers={"Host": f"{NAME}:{host.https}"}
    )

    def ask() -> None:
        while not enough.wait(0.2):
            try:
                with urllib.request.urlopen(request, context=context, timeout=60) as answer:
                    outcomes[str(answer.status)] += 1
            except OSError as error:
                outcomes[repr(error)] += 1

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield outcomes
    finally:
        enough.set()
        asking.join()


@pytest.mark.timeout(400)
def test_a_release_loses_nothing_and_needs_no_reload(
    running: Host, site: Site, certificate: Path, seat: SitDown, request: pytest.FixtureRequest
) -> None:
    people = LONG_PEOPLE if request.config.getoption("--long") else PEOPLE
    way = Way(HOST, running.https, site[1]["ann"], certificate)
    stock = json.loads(running.manage("shell", "--verbosity=0", "--command", STOCK))
    clients = [
        Client(way, "/ws/sheet/product/", pk, "stock", PAUSE_SECONDS) for pk in list(stock)[:people]
    ]
    new = next_version(running)
    pids = {name: running.pid(name) for name in sheets_of(running)}
    with Crowd(clients) as crowd:
        crowd.wait(lambda client: client.live)
        bea = seat("bea", f"https://{NAME}:{running.https}").open("/desk/suppliers/")
        bea.forgiven += ["WebSocket connection to"]
        loaded = bea.page.evaluate("performance.timeOrigin")
        crowd.wait(lambda client: client.saved)

        with visitor(running, certificate) as outcomes:
            put_into_service(new)
        assert set(outcomes) == {"200"}, outcomes

        counts = {client.pk: len(client.saved) for client in clients}
        crowd.wait(lambda client: client.live)
        crowd.wait(lambda client: len(client.saved) > counts[client.pk])
        crowd.stop_editing()
        crowd.wait(lambda client: client.is_settled)
        truth = json.loads(running.manage("shell", "--verbosity=0", "--command", STOCK))
        at = clients[0].columns.index("stock")
        crowd.wait(lambda client: {pk: row[at] for pk, row in client.rows.items()} == truth)

        # The sheet that has a new column shows it, on the page that was open all the time.
        bea.wait("() => document.querySelector('live-sheet').textContent.includes('Phone')")
        assert bea.page.evaluate("performance.timeOrigin") == loaded

    for client in clients:
        assert client.refused == []
        # Each adds one to what it sees in its own row: none is missing, none was done twice.
        assert client.saved == list(range(stock[client.pk] + 1, truth[client.pk] + 1))
        # Everybody resumed: nobody had to load the sheet again.
        assert client.seen["lost"] >= 1
        assert client.snapshots == 1
    assert all(running.pid(name) != pids[name] for name in pids)
    away = sorted(seconds for client in clients for seconds in client.away)
    print(f"away: half of them {away[len(away) // 2]:.1f} s, the last one {away[-1]:.1f} s")


NEWER_SETTINGS = """
STATICFILES_DIRS = [*STATICFILES_DIRS, BASE_DIR / "newer"]
"""
NEWER_PROTOCOL = """
import livesheet.wire.protocol

livesheet.wire.protocol.VERSION = "livesheet.v2"
"""


def next_protocol(host: Host) -> Path:
    """A release whose livesheet speaks another version, in Python and in the browser."""
    new = release(host, "3")
    for name, more in (("settings", NEWER_SETTINGS), ("asgi", NEWER_PROTOCOL)):
        module = new / "config" / f"{name}.py"
        module.write_text(module.read_text() + more)
    ours = Path(livesheet.__file__).parent / "static/livesheet/livesheet.js"
    theirs = new / "newer/livesheet/livesheet.js"
    theirs.parent.mkdir(parents=True)
    theirs.write_text(fill_in(ours.read_text(), {'"livesheet.v1"': '"livesheet.v2"'}))
    return new


@pytest.mark.timeout(300)
def test_a_new_protocol_asks_for_a_reload_and_what_was_not_sent_is_kept(
    running: Host, seat: SitDown
) -> None:
    ann = seat("ann", f"https://{NAME}:{running.https}").open("/desk/products/")
    ann.forgiven += ["WebSocket connection to"]
    asked: list[str] = []
    ann.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    new = next_protocol(running)
    pk = ann.pks()[2]
    # Another one than there is, also for the second kind of server.
    price = f"{float(ann.text(pk, 'price')) + 1:.2f}"

    # The processes hear nothing any more: what is typed now is on its way, and never arrives.
    pids = [running.pid(name) for name in sheets_of(running)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        ann.type(pk, "price", price)
        ann.wait_class(pk, "price", "ls-pending")
        put_into_service(new)
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    ann.wait_status("reload", 90_000)
    assert ann.text(pk, "price") == price
    assert "ls-pending" in ann.classes(pk, "price")
    with ann.page.expect_navigation():
        ann.page.click(".ls-reload")
    ann.wait_status("live")
    ann.wait_text(pk, "price", price)
    ann.wait_settled()
    assert asked == []
    code = f"print(Product.objects.get(pk={pk}).price)"
    assert running.manage("shell", "--verbosity=0", "--command", code).strip() == price
