"""A new version comes into service while two hundred sheets are open and being edited."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.clients import Client, Crowd, Way
from tests.deploy.conftest import MakeHost, SitDown, Site
from tests.deploy.files import NAME, account, copy_project, fill_in
from tests.deploy.stack import Host
from tests.services.processes import HOST, as_user, program

PEOPLE = 200
# Each edits so often, on average; every edit goes to two hundred screens.
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


def next_version(host: Host) -> Path:
    """A release that adds a column to the suppliers, in the database and in the sheet."""
    new = copy_project(host.folder / "releases" / "2", host.folder)
    models, consumers = new / "shop/models.py", new / "shop/consumers.py"
    email = '    email = models.EmailField("e-mail", blank=True)\n'
    phone = "    phone = models.CharField(max_length=40, null=True, blank=True)\n"
    models.write_text(fill_in(models.read_text(), {email: email + phone}))
    consumers.write_text(fill_in(consumers.read_text(), {'"email", ': '"email", "phone", '}))
    release = new / "deploy/release.sh"
    release.write_text(
        fill_in(
            release.read_text(),
            {
                "(supervisorctl)": f"({program('supervisorctl', 'supervisor')}"
                f" -c {host.configuration})"
            },
        )
    )
    host.run("env", "-C", new, host.folder / "venv/bin/python", "manage.py", "makemigrations", "shop")
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
    running: Host, site: Site, certificate: Path, seat: SitDown
) -> None:
    way = Way(HOST, running.https, site[1]["ann"], certificate)
    stock = json.loads(running.manage("shell", "--verbosity=0", "--command", STOCK))
    clients = [
        Client(way, "/ws/sheet/product/", pk, "stock", PAUSE_SECONDS) for pk in list(stock)[:PEOPLE]
    ]
    new = next_version(running)
    pids = {name: running.pid(name) for name in running.states()}
    with Crowd(clients) as crowd:
        crowd.wait(lambda client: client.live); import time; T=time.monotonic(); print('live', flush=True)
        bea = seat("bea", f"https://{NAME}:{running.https}").open("/desk/suppliers/")
        bea.forgiven += ["WebSocket connection to"]
        loaded = bea.page.evaluate("performance.timeOrigin")
        crowd.wait(lambda client: client.saved)

        print('edited', time.monotonic()-T, flush=True)
        with visitor(running, certificate) as outcomes:
            done = subprocess.run(
                [new / "deploy/release.sh", new], capture_output=True, text=True, check=False
            )
        assert done.returncode == 0, done.stdout + done.stderr
        assert set(outcomes) == {"200"}, outcomes

        print('released', time.monotonic()-T, flush=True)
        before = [len(client.saved) for client in clients]
        crowd.wait(lambda client: client.live)
        crowd.wait(lambda client: len(client.saved) > before[clients.index(client)])
        print('edited again', time.monotonic()-T, flush=True)
        crowd.stop_editing()
        crowd.wait(lambda client: client.is_settled)
        truth = json.loads(running.manage("shell", "--verbosity=0", "--command", STOCK))
        at = clients[0].columns.index("stock")
        crowd.wait(lambda client: {pk: row[at] for pk, row in client.rows.items()} == truth)

        print('converged', time.monotonic()-T, flush=True)
        # The sheet that has a new column shows it, on the page that was open all the time.
        bea.wait("() => document.querySelector('live-sheet').textContent.includes('Phone')")
        assert bea.page.evaluate("performance.timeOrigin") == loaded

    for client in clients:
        assert client.refused == []
        # Each adds one to what it sees in its own row: none is missing, none was done twice.
        assert client.saved == list(range(stock[client.pk] + 1, truth[client.pk] + 1))
        # Everybody resumed: nobody had to load the sheet again.
        assert client.seen["lost"] >= 1
        assert client.seen["rows"] == 1, client.seen
    sheets = {name for name in pids if re.search(r"sheets:\d", name)}
    assert len(sheets) == 2
    assert all(running.pid(name) != pids[name] for name in sheets)
    away = sorted(time for client in clients for time in client.away)
    print("away, s:", away[len(away) // 2], away[-1], Counter(code for c in clients for code in c.byes))
