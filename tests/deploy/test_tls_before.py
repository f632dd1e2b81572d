"""TLS that ends before nginx, as at a CDN: the widget picks wss, and the origin check holds."""

from __future__ import annotations

import http.client
import re
import socket
from contextlib import closing

import pytest
from websockets import Origin, Subprotocol
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.deploy.conftest import MakeHost, SitDown, Site, socket_addresses
from tests.deploy.files import NAME
from tests.deploy.stack import Host
from tests.services.processes import HOST

SOCKET = "/ws/sheet/product/"
OPEN = """(address) => new Promise((resolve) => {
    const line = new WebSocket(address, ["livesheet.v1"]);
    line.onopen = () => { resolve("open"); line.close(); };
    line.onclose = (event) => resolve(event.code);
    setTimeout(() => resolve("silence"), 10_000);
})"""
NO_SECOND = {"    server 192.0.2.12:80 max_fails=2 fail_timeout=10s;\n": ""}


@pytest.fixture(scope="module")
def behind(host: MakeHost) -> Host:
    here = host()
    here.start_supervisor("daphne")
    here.start_nginx("quayside-behind-tls.conf")
    return here


@pytest.fixture(scope="module")
def edge(behind: Host, host: MakeHost) -> Host:
    """What ends TLS: the nginx of quayside-hosts.conf, with this one host behind it."""
    front = host()
    there = f"server {HOST}:{behind.http} max"
    front.start_nginx("quayside-hosts.conf", {"server 192.0.2.11:80 max": there, **NO_SECOND})
    return front


def handshake(port: int, origin: str, session: str, source: str) -> int:
    """The status of a handshake that comes to nginx from `source`, claiming to be https."""
    address = f"ws://{NAME}:{port}{SOCKET}"
    claims = {"Cookie": f"quayside_session={session}", "X-Forwarded-Proto": "https"}
    with socket.create_connection((HOST, port), source_address=(source, 0)) as dialled:
        try:
            with connect(
                address,
                sock=dialled,
                origin=Origin(origin),
                additional_headers=claims,
                subprotocols=[Subprotocol("livesheet.v1")],
            ):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


def test_people_edit_over_wss_though_nginx_speaks_plain_http(
    behind: Host, edge: Host, seat: SitDown
) -> None:
    address = f"https://{NAME}:{edge.https}"
    ann = seat("ann", address).open("/desk/products/")
    bea = seat("bea", address).open("/desk/products/")
    assert socket_addresses(ann) == [f"wss://{NAME}/ws/sheet/product/"]
    pk = ann.pks()[1]
    ann.type(pk, "price", "12.5")
    bea.wait_text(pk, "price", "12.50")
    ann.wait_settled()


def test_a_foreign_page_gets_no_socket(behind: Host, edge: Host, seat: SitDown) -> None:
    """The same browser, with all its cookies, on a page of another site."""
    ann = seat("ann", f"https://{NAME}:{edge.https}").open("/desk/products/")
    elsewhere = ann.page.context.new_page()
    elsewhere.route("https://evil.example.net/", lambda route: route.fulfill(body="<p>hello"))
    elsewhere.goto("https://evil.example.net/")
    code = elsewhere.evaluate(OPEN, f"wss://{NAME}:{edge.https}{SOCKET}")
    assert code == 1006
    assert ann.page.evaluate(OPEN, f"wss://{NAME}:{edge.https}{SOCKET}") == "open"


def test_only_a_proxy_in_the_list_is_believed(behind: Host, site: Site) -> None:
    def status(scheme: str, source: str) -> int:
        origin = f"{scheme}://{NAME}:{behind.http}"
        return handshake(behind.http, origin, site[1]["ann"], source)

    assert status("https", HOST) == 101
    assert status("http", HOST) == 403
    assert handshake(behind.http, "https://evil.example.net", site[1]["ann"], HOST) == 403
    # 127.0.0.2 does not end TLS for us: what it claims is not passed on.
    assert status("https", "127.0.0.2") == 403
    assert status("http", "127.0.0.2") == 101


@pytest.mark.parametrize(("source", "secure"), [(HOST, True), ("127.0.0.2", False)])
def test_a_page_knows_that_it_came_over_tls(behind: Host, source: str, secure: bool) -> None:
    """Else no form of an https page would be accepted: Django compares its Origin."""
    with closing(
        http.client.HTTPConnection(HOST, behind.http, source_address=(source, 0), timeout=20)
    ) as connection:
        headers = {"Host": NAME, "X-Forwarded-Proto": "https", "Origin": f"https://{NAME}"}
        connection.request("GET", "/login/", headers=headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        assert token is not None
        form = f"csrfmiddlewaretoken={token[1]}&username=ann&password=wrong"
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        connection.request("POST", "/login/", form, {**headers, **kind})
        status = connection.getresponse().status
    assert status == (200 if secure else 403)


@pytest.mark.parametrize(
    ("name", "kept"), [("sheet.js", "no-cache"), ("sheet.????????????.js", "immutable")]
)
def test_only_a_hashed_name_stays_in_the_browser(behind: Host, name: str, kept: str) -> None:
    """A module's plain name is the same in the next release."""
    (file,) = (behind.folder / "var/static/livesheet").glob(name)
    with closing(http.client.HTTPConnection(HOST, behind.http, timeout=20)) as connection:
        connection.request("GET", f"/static/livesheet/{file.name}", headers={"Host": NAME})
        answer = connection.getresponse()
        answer.read()
    assert (answer.status, answer.headers.get_content_subtype()) == (200, "javascript")
    assert kept in answer.headers["Cache-Control"]
