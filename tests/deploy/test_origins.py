"""Whose pages may open a socket: by daphne and uvicorn, direct and behind nginx, TLS before it."""

from __future__ import annotations

import base64
import os
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.servers import COMMANDS
from tests.deploy.origins_site import NAME, SETTINGS
from tests.services import Service, nginx
from tests.services.processes import HOST, hears, new_service

ROOT = Path(__file__).resolve().parent.parent.parent
SOCKET = "ws/sheet/product/"
# How nginx hands on a handshake, by the first part of its path.
HANDED_ON = {
    "whole": "proxy_set_header Host $http_host;",
    "tls": "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto https;"
    " proxy_set_header X-Proxy proto;",
    "bare": "",  # as nginx does by itself: the upstream's name
    "apart": "proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Proxy host;",
    "portless": "proxy_set_header Host $host;",
}


@dataclass(frozen=True)
class Way:
    """The page's scheme and host as its browser has them, and what may come this way.

    ``through`` is a part of HANDED_ON; empty for no nginx at all.
    """

    through: str
    scheme: str
    host: str
    accepted: frozenset[str]


SAME = frozenset({"own", "none", "upper case", "final dot"})
WAYS = {
    # Nobody tells whether TLS ended somewhere before: both schemes may be the page's.
    "direct": Way("", "http", f"{NAME}:8000", SAME | {"other scheme"}),
    "nginx": Way("whole", "http", f"{NAME}:8000", SAME | {"other scheme"}),
    "TLS before nginx": Way("tls", "https", NAME, SAME),
    "TLS before nginx, at a port": Way("tls", "https", f"{NAME}:8443", SAME),
    "TLS before nginx, untold": Way("whole", "https", NAME, SAME | {"other scheme"}),
    "host not handed on": Way("bare", "https", NAME, frozenset({"none"})),
    "host handed on apart": Way("apart", "https", NAME, SAME | {"other scheme"}),
    # What is left of the address is that of another page.
    "port not handed on": Way("portless", "https", f"{NAME}:8443", frozenset({"none", "no port"})),
}
TRUSTED = {"trusted", "below a trusted one"}


def origins(way: Way) -> dict[str, str | None]:
    scheme, host = way.scheme, way.host
    name, colon, port = host.partition(":")
    other = "http" if scheme == "https" else "https"
    found = {
        "own": f"{scheme}://{host}",
        "none": None,
        "null": "null",
        "other host": f"{scheme}://evil.example",
        "other port": f"{scheme}://{name}:9999",
        "other scheme": f"{other}://{host}",
        "subdomain": f"{scheme}://a.{host}",
        "suffix": f"{scheme}://{name}.evil.com{colon}{port}",
        "prefix": f"{scheme}://evil-{host}",
        "user information": f"{scheme}://{name}@evil.example",
        "user of ours": f"{scheme}://evil.example@{host}",
        "punycode": f"{scheme}://xn--shp-1na.example{colon}{port}",
        "not of ASCII": f"{scheme}://sh\u00f6p.example{colon}{port}",
        "upper case": f"{scheme}://{name.upper()}{colon}{port}",
        "final dot": f"{scheme}://{name}.{colon}{port}",
        "IPv6": f"{scheme}://[::1]{colon}{port}",
        "two": f"{scheme}://{host}, {scheme}://evil.example",
        "trusted": "https://trusted.example",
        "below a trusted one": "https://a.partner.example",
        "trusted by its end": "https://evilpartner.example",
        "trusted in the middle": "https://a.partner.example.evil.com",
        "trusted without TLS": "http://trusted.example",
    }
    return found | ({"no port": f"{scheme}://{name}"} if port else {})


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest) -> Iterator[Service]:
    service = new_service(request.param, "http://127.0.0.1:{port}")
    command = COMMANDS[request.param]("tests.deploy.origins_app:application", service.port)
    words = ["DJANGO_SETTINGS_MODULE=tests.settings", "LIVESHEET_TEST_DATABASE=sqlite"]
    path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(ROOT)])
    service.start(
        ["env", "-C", ROOT, *words, f"PYTHONPATH={path}", sys.executable, "-m", *command],
        lambda: hears(service.port),
    )
    yield service
    service.stop()


@pytest.fixture(scope="module")
def proxy(server: Service) -> Iterator[Service]:
    places = "".join(
        f"location /{name}/ {{ proxy_pass http://{HOST}:{server.port}/; proxy_http_version 1.1;"
        f" proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; {how} }}\n"
        for name, how in HANDED_ON.items()
    )
    service = nginx(lambda own: f"server {{ listen {HOST}:{own.port};\n{places}}}")
    yield service
    service.stop()


def status(port: int, path: str, host: str, origin: str | None, settings: str) -> int:
    """Of a handshake with these headers, byte for byte."""
    lines = [
        f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: livesheet.v1",
        f"X-Settings: {settings}", *([f"Origin: {origin}"] if origin is not None else []),
    ]  # fmt: skip
    with socket.create_connection((HOST, port), timeout=60) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        answer = b""
        while b"\r\n" not in answer and (more := line.recv(1024)):
            answer += more
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    assert found, answer
    return int(found[1])


@pytest.mark.parametrize("name", WAYS)
def test_which_pages_may_open_a_socket(server: Service, proxy: Service, name: str) -> None:
    way, accepted = WAYS[name], {}
    port = proxy.port if way.through else server.port
    path = f"/{way.through}/{SOCKET}" if way.through else f"/{SOCKET}"
    for settings in SETTINGS:
        said = {
            kind: status(port, path, way.host, origin, settings)
            for kind, origin in origins(way).items()
        }
        assert set(said.values()) <= {101, 403, 400}, said
        accepted[settings] = {kind for kind, code in said.items() if code == 101}
    assert accepted == {
        settings: way.accepted | (TRUSTED if settings == "trusted origins" else set())
        for settings in SETTINGS
    }


def test_a_host_that_is_none_of_ours_counts_only_where_every_host_does(server: Service) -> None:
    """A name of somebody else's that leads to this server, and the page that is served by it."""
    said = {
        settings: status(server.port, f"/{SOCKET}", "evil.com", "http://evil.com", settings)
        for settings in SETTINGS
    }
    assert [name for name, code in said.items() if code == 101] == ["every host"]


def test_a_subdomain_is_its_own_page_alone(server: Service) -> None:
    host, settings = f"a.{NAME}", "its subdomains, too"
    said = [
        status(server.port, f"/{SOCKET}", host, f"http://{name}", settings)
        for name in (host, NAME, f"b.{NAME}")
    ]
    assert said == [101, 403, 403]
