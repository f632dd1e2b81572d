"""Hosts of a network of their own: namespaces on one bridge, with cables that can be cut.

Only root can make them. Where it cannot be done, the tests fail and say why: it is not skipped.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import Service
from tests.services.processes import as_user, program, run
from tests.services.servers import POSTGRES_SETTINGS, prepare_folder

# A killed test leaves its network behind: the kernel keeps what is made of it.
OURS = re.compile(r"^quay(\d+)", re.MULTILINE)


class NoNetwork(AssertionError):
    """This machine cannot make network namespaces."""


def ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNetwork(
            f"`ip {' '.join(words)}` failed: {done.stderr.strip()}\nThis test needs root, Linux, "
            "network namespaces and veth (on Debian: apt-get install iproute2; in a container: "
            "--cap-add NET_ADMIN --cap-add SYS_ADMIN)."
        )
    return done.stdout


def remove_leftovers() -> None:
    """Remove the networks of killed tests: the name of a bridge holds its process's number."""
    links, spaces = ip("-brief", "link"), ip("netns", "list")
    for pid in {*OURS.findall(links), *OURS.findall(spaces)}:
        if Path(f"/proc/{pid}").exists():
            continue
        for line in spaces.splitlines():
            if line.startswith(f"quay{pid}-"):
                ip("netns", "del", line.split()[0])
        if f"quay{pid} " in links:
            ip("link", "del", f"quay{pid}")


def free_subnet() -> str:
    """The first three numbers of addresses that nothing on this machine uses."""
    taken = ip("-brief", "addr") + ip("route")
    for number in range(77, 255):
        if f"10.213.{number}." not in taken:
            return f"10.213.{number}"
    raise NoNetwork("All subnets of 10.213 are taken on this machine.")


class Network:
    """`names` become the addresses .11, .12, …; this machine itself is .1."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.subnet = free_subnet()
        self.here = f"{self.subnet}.1"
        # Not longer: Linux gives an interface's name 15 characters.
        self.bridge = f"quay{os.getpid()}"
        self.made: list[str] = []

    def address(self, name: str) -> str:
        return f"{self.subnet}.{11 + self.names.index(name)}"

    def namespace(self, name: str) -> str:
        return f"{self.bridge}-{name}"

    def cable(self, name: str) -> str:
        """The end of a host's cable that is on our side."""
        return f"{self.bridge}v{self.names.index(name)}"

    def inside(self, name: str) -> tuple[str, ...]:
        """The words before a command that is to run on this host."""
        return ("ip", "netns", "exec", self.namespace(name))

    def make(self) -> None:
        if os.geteuid() != 0:
            raise NoNetwork("Network namespaces are made by root alone, and this is not root.")
        ip("link", "add", self.bridge, "type", "bridge")
        ip("addr", "add", f"{self.here}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        for name in self.names:
            self._make(name)

    def _make(self, name: str) -> None:
        inside, cable = self.namespace(name), self.cable(name)
        ip("netns", "add", inside)
        self.made.append(inside)
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", inside)
        ip("link", "set", cable, "master", self.bridge)
        ip("link", "set", cable, "up")
        ip("-n", inside, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
        ip("-n", inside, "link", "set", "eth0", "up")
        ip("-n", inside, "link", "set", "lo", "up")

    def cut(self, name: str) -> None:
        """Pull the cable: nothing is refused, nothing arrives."""
        ip("link", "set", self.cable(name), "nomaster")

    def mend(self, name: str) -> None:
        ip("link", "set", self.cable(name), "master", self.bridge)

    def remove(self) -> None:
        for inside in self.made:
            ip("netns", "del", inside)
        subprocess.run(["ip", "link", "del", self.bridge], capture_output=True, check=False)


@contextmanager
def network(*names: str) -> Iterator[Network]:
    remove_leftovers()
    made = Network(list(names))
    try:
        made.make()
        yield made
    finally:
        made.remove()


def start_data(network: Network, name: str, folder: Path) -> tuple[list[Service], dict[str, str]]:
    """PostgreSQL and Redis on a host of the network, open to the others; and how to reach them."""
    address, inside = network.address(name), network.inside(name)
    redis_folder, postgres_folder = folder / "redis", folder / "postgres"
    for each in (redis_folder, postgres_folder):
        each.mkdir()
        each.chmod(0o755)

    redis = Service("redis", "", 6379, redis_folder)
    where = ["--bind", address, "--protected-mode", "no", "--dir", str(redis_folder)]
    redis.start(
        [*inside, program("redis-server", "redis-server"), *where, "--save", ""],
        lambda: answers(address, 6379),
    )

    postgres = Service("postgres", "", 5432, postgres_folder, signal.SIGINT)
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    binary = program("postgres", "postgresql", *folders).resolve()
    data = prepare_folder(postgres, "postgres")
    initdb = [str(binary.with_name("initdb")), "-A", "trust", "-U", "postgres", "--no-sync"]
    run([*initdb, "--encoding=UTF8", "--locale=C.UTF-8", "-D", str(data)], postgres.log, "postgres")
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all samenet trust\n")
    settings = [f"-c{name}={value}" for name, value in POSTGRES_SETTINGS.items()]
    server = [str(binary), "-D", str(data), "-k", str(data), "-h", address, *settings]
    postgres.start([*inside, *as_user("postgres"), *server], lambda: answers(address, 5432))
    return [redis, postgres], {
        "DATABASE_URL": f"postgres://postgres@{address}:5432/postgres",
        "REDIS_URL": f"redis://{address}:6379/0",
    }


def answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False
