"""Who is compared, how each is served, and what a client of it says and hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.harness.environments import own_requirements

LOOP = ("uvloop", "httptools")
CHANNELS = ("channels>=4.3,<5", "channels-redis>=4.3,<5", "redis>=7,<8", "daphne>=4.2,<5")
UVICORN = ("uvicorn>=0.34", "websockets>=14", *LOOP)
DJANGO = ("django>=5.2", "djangorestframework>=3.16", "psycopg[binary]>=3.2")
RELAYED = (
    '{"sheet_name":"product","object_id":{pk},"column_index":1,"new_value":"{mark}",'
    '"broadcaster_id":7}'
)


@dataclass(frozen=True)
class Client:
    """Templates of the frames that the generator sends, and texts that it looks for."""

    path: str
    edit: str
    subprotocol: str = ""
    hello: str = ""
    ready: str = ""
    answer: str = ""
    refusal: str = ""
    ping: str = ""


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    does: str
    requirements: tuple[str, ...]
    command: Callable[[int], list[str]]  # after `python`, by the port
    client: Client
    settings: str = ""  # where there is a database
    compared_up_to: int = 5_000  # sockets
    keeps_up_with: int = 5_000  # sockets, ten edits a second; with more it is measured shortly
    own: bool = False
    with_cookies: bool = False
    package: str = field(default="")  # whose version is told


def uvicorn(application: str, *more: str) -> Callable[[int], list[str]]:
    how = [
        "-m", "uvicorn", application, *more, "--ws", "websockets-sansio", "--loop", "uvloop",
        "--log-level", "warning", "--ws-per-message-deflate", "false",
        "--timeout-graceful-shutdown", "2", "--backlog", "8192",
    ]  # fmt: skip
    return lambda port: [*how, "--host", "127.0.0.1", "--port", str(port)]


def daphne(application: str) -> Callable[[int], list[str]]:
    return lambda port: [
        "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), application
    ]  # fmt: skip


RELAY = Client(path="/ws/sheet/product/", edit=RELAYED)
OBSERVER = Client(
    path="/ws/sheet/product/",
    edit='{"action":"patch","pk":{pk},"data":{"name":"{mark}"},"request_id":"{n}"}',
    hello='{"action":"subscribe","request_id":"s"}',
    ready='"action": "subscribe"',
    answer='"action": "patch", "response_status": 200, "request_id": "',
)
SHEET = Client(
    path="/ws/sheet/product/",
    subprotocol="livesheet.v1",
    edit='{"type":"edit","ref":"{n}","cells":[["{pk}","name","{mark}","{base}"]],"atomic":false}',
    hello='{"type":"open","client":"{client}","cursor":null,"digest":null,"have":null}',
    ready='"done":true',
    answer='{"type":"reply","ref":"',
    refusal='"ok":false',
    ping='{"type":"ping","cursor":"{cursor}"}',
)


def ours() -> tuple[Peer, ...]:
    wanted = (*own_requirements(), *LOOP, "psycopg[binary]>=3.2")
    does = "saves, logs, locks; sessions, permissions, limits"
    names = [("uvicorn", uvicorn), ("daphne", daphne)]
    return tuple(
        Peer(
            name=f"livesheet-{name}", title=f"livesheet, {name}", does=does, requirements=wanted,
            command=serve("sheets.asgi:application"), client=SHEET, settings="sheets.settings",
            own=True, with_cookies=True, package=name,
        )
        for name, serve in names
    )  # fmt: skip


def polling() -> Peer:
    """For a page that asks again and again; it has no sockets."""
    return Peer(
        "polling", "REST framework, uvicorn", "sends all rows to whoever asks", (*UVICORN, *DJANGO),
        uvicorn("django.core.asgi:get_asgi_application", "--factory"), Client("/products/", ""),
        settings="shelf.settings", package="djangorestframework",
    )  # fmt: skip


def empty() -> Peer:
    """What an open socket costs by itself."""
    return Peer(
        "empty", "an empty consumer of Channels, uvicorn", "does nothing", (*CHANNELS, *UVICORN),
        uvicorn("empty:application"), Client("/ws/sheet/product/", ""), package="channels",
    )  # fmt: skip


def empty_in_its_stack() -> Peer:
    """The same where users have sessions, as ours have."""
    return Peer(
        "empty-stack", "the same within `OriginValidator(AuthMiddlewareStack(…))`",
        "does nothing", (*CHANNELS, *UVICORN, *DJANGO), uvicorn("shelf.empty:application"),
        Client("/ws/sheet/product/", ""), settings="shelf.settings", with_cookies=True,
        package="channels",
    )  # fmt: skip


def all_peers() -> dict[str, Peer]:
    relay = Peer(
        "relay", "the article's relay, daphne", "relays; saves and checks nothing",
        CHANNELS, daphne("relay:application"), RELAY, compared_up_to=1_000, keeps_up_with=100,
        package="channels",
    )  # fmt: skip
    stock = Peer(
        "stock", "the best stock Channels, uvicorn", "relays; saves and checks nothing",
        (*CHANNELS, *UVICORN), uvicorn("stock:application"), RELAY, compared_up_to=1_000,
        keeps_up_with=100, package="channels",
    )  # fmt: skip
    observer = Peer(
        "observer", "djangochannelsrestframework, uvicorn",
        "saves; locks nothing, asks no session and no permission",
        (*CHANNELS, *UVICORN, *DJANGO, "djangochannelsrestframework>=1.3"),
        uvicorn("shelf.observer:application"), OBSERVER, settings="shelf.settings",
        compared_up_to=1_000, keeps_up_with=100, package="djangochannelsrestframework",
    )  # fmt: skip
    plain = Peer(
        "plain", "plain `websockets`, uvloop", "relays by Redis; no Django, saves nothing",
        ("websockets>=14", "uvloop", "redis>=7,<8"), lambda port: ["broadcast.py", str(port)],
        Client(path="/", edit=RELAYED), package="websockets",
    )  # fmt: skip
    return {peer.name: peer for peer in (*ours(), relay, stock, observer, plain)}
