"""Two hosts with two processes each, a third with PostgreSQL and Redis, and nginx in front of all.

The hosts are network namespaces. Where they cannot be made, this fails and says so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.servers import SHOP, SIGN_IN, manage, shell
from tests.deploy.clients import Client, Crowd, Way
from tests.deploy.conftest import SitDown, Site
from tests.deploy.files import NAME
from tests.deploy.hosts import Network, answers, network, start_data
from tests.deploy.stack import Host, wait_until
from tests.services.processes import HOST

PEOPLE = 24
STOCK = """
import json
print(json.dumps({str(pk): stock for pk, stock in Product.objects.values_list("pk", "stock")}))
"""


@dataclass
class Park:
    """The machines of one site."""

    network: Network
    front: Host
    hosts: dict[str, Host]
    sessions: dict[str, str]

    def stock(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(
            shell(SHOP, self.front.environment() | {"DEBUG": "0"}, STOCK)
        )
        return found


@pytest.fixture(scope="module")
def park(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Park]:
    folder = tmp_path_factory.mktemp("data")
    for each in (folder, *folder.parents[:2]):
        each.chmod(0o755)
    started: list[Host] = []
    with network("east", "west", "data") as net:
        services, there = start_data(net, "data", folder)
        try:
            variables = {
                "SECRET_KEY": SHOP.environment["SECRET_KEY"],
                "ALLOWED_HOSTS": NAME,
            } | there
            for command in SHOP.prepare:
                manage(SHOP, {"VAR_DIR": str(folder), **variables}, *command)
            sessions = json.loads(shell(SHOP, {"VAR_DIR": str(folder), **variables}, SIGN_IN))
            hosts = {}
            for name in ("east", "west"):
                hosts[name] = make(name, net, variables)
                started.append(hosts[name])
            front = Host(variables)
            started.append(front)
            for file in certificate.iterdir():
                shutil.copy(file, front.folder / "tls")
            front.start_nginx(
                "quayside-hosts.conf",
                {"192.0.2.11:80": f"{net.address('east')}:80"}
                | {"192.0.2.12:80": f"{net.address('west')}:80"},
            )
            yield Park(net, front, hosts, sessions)
        finally:
            for host in reversed(started):
                host.stop()
            for service in services:
                service.stop()


@pytest.fixture(scope="module")
def site(park: Park) -> Site:
    """For those who sit down: the people of this site."""
    return park.front.environment(), park.sessions


def make(name: str, net: Network, variables: dict[str, str]) -> Host:
    """A host as the deploy folder has it, behind the nginx that ends TLS."""
    host = Host(variables, net.inside(name))
    host.manage("collectstatic", "--no-input", "--verbosity=0")
    host.start_supervisor("daphne")
    host.start_nginx(
        "quayside-behind-tls.conf",
        # The address of the machine in front, where ours documents a CDN's.
        {f"listen {HOST}:{host.http};": "listen 80;", "203.0.113.0/24": f"{net.here}/32"},
    )
    wait_until(lambda: answers(net.address(name), 80))
    return host


def people(park: Park, pause: float) -> list[Client]:
    way = Way(HOST, park.front.https, park.sessions["ann"], park.front.folder / "tls")
    pks = list(park.stock())[:PEOPLE]
    return [Client(way, "/ws/sheet/product/", pk, "stock", pause) for pk in pks]


def sockets(park: Park) -> dict[str, int]:
    """How many connections the front has to each host, by nginx's own ends."""
    found = {}
    for name in park.hosts:
        text = Path("/proc/net/tcp").read_text()
        found[name] = text.count(as_in_proc(park.network.address(name), 80) + " 01")
    return found


def as_in_proc(address: str, port: int) -> str:
    one, two, three, four = (int(part) for part in address.split("."))
    return f"{four:02X}{three:02X}{two:02X}{one:02X}:{port:04X}"


@pytest.mark.timeout(300)
def test_two_people_on_two_hosts(park: Park, seat: SitDown) -> None:
    """Browsers, through the front: the sheets converge whichever host serves them."""
    address = f"https://{NAME}:{park.front.https}"
    ann = seat("ann", address).open("/desk/products/")
    bea = seat("bea", address).open("/desk/products/")
    pk = ann.pks()[3]
    ann.type(pk, "stock", "31")
    bea.wait_text(pk, "stock", "31")
    bea.type(pk, "price", "2.5")
    ann.wait_text(pk, "price", "2.50")
    ann.wait_settled()
    bea.wait_settled()


@pytest.mark.timeout(300)
def test_a_host_is_cut_off_and_comes_back_and_nothing_is_lost(park: Park) -> None:
    before = park.stock()
    clients = people(park, pause=1.0)
    with Crowd(clients) as crowd:
        crowd.wait(lambda client: client.live)
        shared = sockets(park)
        assert min(shared.values()) >= PEOPLE // 4, shared
        crowd.wait(lambda client: client.saved)

        park.network.cut("east")
        # Nothing is refused and nothing arrives: a client notices by the silence.
        wait_until(lambda: sum(each.seen["lost"] for each in clients) >= shared["east"], 90)
        crowd.wait(lambda client: client.live)
        counts = {client.pk: len(client.saved) for client in clients}
        crowd.wait(lambda client: len(client.saved) > counts[client.pk])

        park.network.mend("east")
        wait_until(lambda: answers(park.network.address("east"), 80))
        counts = {client.pk: len(client.saved) for client in clients}
        crowd.wait(lambda client: len(client.saved) > counts[client.pk])
        crowd.stop_editing()
        crowd.wait(lambda client: client.is_settled)
        truth = park.stock()
        at = clients[0].columns.index("stock")
        crowd.wait(lambda client: {pk: row[at] for pk, row in client.rows.items()} == truth)
    for client in clients:
        assert client.refused == []
        assert client.saved == list(range(before[client.pk] + 1, truth[client.pk] + 1))
        assert client.snapshots == 1
