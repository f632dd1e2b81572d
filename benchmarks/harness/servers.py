"""A peer's server, freshly started on a database of its own, and ended by its pid."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks.harness import machine
from benchmarks.harness.environments import BENCHMARKS, ROOT, environment, generator
from benchmarks.harness.peers import Peer
from tests.services import Service, service_url
from tests.services.processes import hears, new_service

PEERS = BENCHMARKS / "peers"
PATIENCE = 300
# As our start scripts have it; for everybody.
MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}


@dataclass(frozen=True)
class Site:
    """`users` are signed in; all see `rows` rows. `source` holds our package, of which one
    mechanism may be switched off: see `peers/sheets/without.py`.
    """

    rows: int = 100
    users: int = 1
    database: str = "postgres"
    source: Path = ROOT / "src"
    processes: int = 1
    without: str = ""


@dataclass
class Served:
    service: Service
    cookies: Path | None

    @property
    def pid(self) -> int:
        assert self.service.process is not None
        return self.service.process.pid

    @property
    def port(self) -> int:
        return self.service.port

    def spent(self) -> float:
        return machine.processor_seconds(self.pid)

    def memory(self) -> int:
        return machine.memory(self.pid)


def prepare(peers: Iterable[Peer], database: str) -> None:
    """Everything that must be there before the first is measured; what installs goes first."""
    for peer in peers:
        environment(peer.requirements)
    generator()
    machine.open_many_files()
    machine.go_apart()
    machine.leave_the_servers_core()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for name in ("redis", database):
        if name != "sqlite":
            service_url(name)


@contextmanager
def served(peer: Peer, site: Site) -> Iterator[Served]:
    """Redis is emptied: the layer remembers the sockets of servers that were killed."""
    python = environment(peer.requirements)
    forget_sockets()
    with tempfile.TemporaryDirectory() as folder:
        variables = {"REDIS_URL": service_url("redis"), "PYTHONPATH": paths(peer, site), **MALLOC}
        cookies = None
        with ExitStack() as open_things:
            if peer.settings:
                url = open_things.enter_context(new_database(site.database, Path(folder)))
                variables |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": peer.settings}
                cookies = fill(peer, site, python, variables, Path(folder))
            if site.without:
                variables["WITHOUT"] = site.without
            if site.processes > 1:
                variables["WEB_CONCURRENCY"] = str(site.processes)  # uvicorn's workers
            service = start(peer, python, variables, machine.server_core(site.processes))
            open_things.callback(service.stop)
            yield Served(service, cookies if peer.with_cookies else None)


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty one."""
    if kind == "sqlite":
        yield f"sqlite://{folder / 'database.sqlite3'}"
        return
    server, name = service_url(kind), f"benchmark_{secrets.token_hex(4)}"
    told = client(kind, server)
    subprocess.run([*told, f"CREATE DATABASE {name}"], check=True)
    try:
        yield urlunsplit(urlsplit(server)._replace(path=name))
    finally:
        force = "WITH (FORCE)" if kind == "postgres" else ""
        subprocess.run([*told, f"DROP DATABASE {name} {force}"], check=True)


def client(kind: str, server: str) -> list[str]:
    """The words before a statement."""
    if kind == "postgres":
        return ["psql", "--quiet", server, "--command"]
    url = urlsplit(server)
    return ["mariadb", f"-h{url.hostname}", f"-P{url.port}", f"-u{url.username}", "-e"]


def paths(peer: Peer, site: Site) -> str:
    return os.pathsep.join([str(PEERS), *([str(site.source)] if peer.own else [])])


def fill(peer: Peer, site: Site, python: Path, variables: dict[str, str], folder: Path) -> Path:
    cookies = folder / "cookies"
    words = [*map(str, (python, PEERS / "fill.py", site.rows, site.users, cookies))]
    done = subprocess.run(
        words, env={**os.environ, **variables}, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{peer.name}: {done.stderr[-2000:]}"
    return cookies


def start(peer: Peer, python: Path, variables: dict[str, str], core: list[str]) -> Service:
    service = new_service(peer.name, "http://127.0.0.1:{port}")
    words = [f"{name}={value}" for name, value in variables.items()]
    command = ["env", "-C", str(PEERS), *words, *core, str(python)]
    service.start([*command, *peer.command(service.port)], lambda: hears(service.port))
    return service


def forget_sockets() -> None:
    port = service_url("redis").rsplit(":", 1)[1].split("/")[0]
    hears(int(port), b"FLUSHALL\r\n", b"+OK")
