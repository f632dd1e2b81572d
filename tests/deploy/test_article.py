"""The article's stack on one machine: nginx, gunicorn, daphne, supervisor, Redis, PostgreSQL.

Unix sockets between them; browsers come by https and wss. The same with uvicorn.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.browser.desk import Desk
from tests.deploy.conftest import MakeHost, SitDown, socket_addresses
from tests.deploy.files import NAME
from tests.deploy.stack import Host, wait_until

# The widget waits up to half a minute, at random, before it tries once more.
BACK_MS = 60_000
PATCH = """async (path) => {
    const token = await cookieStore.get("quayside_csrf");
    const headers = {"Content-Type": "application/json", "X-CSRFToken": token?.value ?? ""};
    const body = JSON.stringify({stock: 901});
    return (await fetch(path, {method: "PATCH", headers, body})).status;
}"""


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def article(request: pytest.FixtureRequest, host: MakeHost) -> Iterator[Host]:
    here = host()
    here.start_supervisor(request.param)
    here.start_nginx("quayside.conf")
    yield here
    for service in reversed(here.services):
        service.halt()


@pytest.fixture
def people(article: Host, seat: SitDown) -> tuple[Desk, Desk]:
    address = f"https://{NAME}:{article.https}"
    return (
        seat("ann", address).open("/desk/products/"),
        seat("bea", address).open("/desk/products/"),
    )


def test_two_people_edit_over_https_and_wss(article: Host, people: tuple[Desk, Desk]) -> None:
    ann, bea = people
    assert socket_addresses(ann) == [f"wss://{NAME}/ws/sheet/product/"]
    first, second = ann.pks()[:2]
    ann.type(first, "price", "12.5")
    bea.wait_text(first, "price", "12.50")
    ann.wait_settled()
    bea.type(second, "stock", "77")
    ann.wait_text(second, "stock", "77")
    bea.wait_settled()


def test_what_a_gunicorn_worker_saves_reaches_the_sockets(
    article: Host, people: tuple[Desk, Desk], seat: SitDown
) -> None:
    """In the admin and over REST: pages of WSGI workers, sockets of other processes."""
    in_admin, over_rest = people[0].pks()[2:4]

    page = seat("admin", people[0].address).page
    page.goto(f"{people[0].address}/admin/shop/product/{in_admin}/change/")
    page.fill("input[name=stock]", "4711")
    page.click("input[name=_save]")
    for desk in people:
        desk.wait_text(in_admin, "stock", "4711")

    assert people[0].page.evaluate(PATCH, f"/sheets/product/{over_rest}/") == 200
    for desk in people:
        desk.wait_text(over_rest, "stock", "901")


def test_what_a_script_saves_reaches_the_sockets(article: Host, people: tuple[Desk, Desk]) -> None:
    pk = people[0].pks()[4]
    code = f"p = Product.objects.get(pk={pk}); p.stock = 4321; p.save()"
    article.manage("shell", "--verbosity=0", "--command", code)
    for desk in people:
        desk.wait_text(pk, "stock", "4321")


def test_supervisor_restarts_what_was_killed_and_sheets_come_back(
    article: Host, people: tuple[Desk, Desk]
) -> None:
    ann, bea = people
    for desk in people:
        desk.forgiven += ["WebSocket connection to"]
    names = [name for name in article.states() if "sheets" in name]
    assert len(names) == 2
    before = {name: article.pid(name) for name in names}
    pk = ann.pks()[5]
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    for desk in people:
        desk.wait_status("reconnecting")
    typed = f"typed while nobody listened at {article.https}"
    ann.type(pk, "name", typed)
    for desk in people:
        desk.wait_status("live", BACK_MS)
    ann.wait_settled()
    bea.wait_text(pk, "name", typed)
    wait_until(lambda: set(article.states().values()) == {"RUNNING"})
    assert {article.pid(name) for name in names}.isdisjoint(before.values())
    for desk in people:
        types = [frame["type"] for frame in desk.frames]
        last = len(types) - 1 - types[::-1].index("hello")
        assert "rows" not in types[last:]
