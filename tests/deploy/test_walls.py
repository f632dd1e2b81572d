"""The walls that the article's reader ran into, as far as they are the deployment files' matter."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.conftest import MakeHost
from tests.deploy.stack import Host, wait_until
from tests.services.processes import HOST, free_port, hears

SCRIPTS = ["start_daphne.sh", "start_uvicorn.sh"]


@pytest.fixture(scope="module")
def bare(host: MakeHost) -> Host:
    """A host on which nothing runs."""
    return host()


@pytest.mark.parametrize("script", SCRIPTS)
def test_without_a_socket_the_script_says_what_is_wrong(bare: Host, script: str) -> None:
    """As under supervisor's [program:…], where the article met Errno 88."""
    done = subprocess.run(
        [bare.project / "deploy" / script], stdin=subprocess.PIPE, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "Descriptor 0 is no socket" in done.stderr
    assert "[fcgi-program:…]" in done.stderr


def test_daphnes_own_switch_still_ends_as_in_the_article(bare: Host) -> None:
    """If this fails, daphne has changed, and the script can become simpler."""
    done = subprocess.run(
        [bare.folder / "venv/bin/daphne", "--fd", "0", "config.asgi:application"],
        cwd=bare.project,
        env={**bare.environment(), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "[Errno 88] Socket operation on non-socket" in done.stdout + done.stderr


@pytest.fixture(params=SCRIPTS)
def activated(request: pytest.FixtureRequest, bare: Host) -> Iterator[Path]:
    """A unix socket handed over by systemd's own activator, as a .socket unit does."""
    path = bare.folder / "run" / f"{request.param}.sock"
    script = str(bare.project / "deploy" / request.param)
    service = bare.service(f"activated-{request.param}")
    service.start(
        ["systemd-socket-activate", f"--listen={path}", "--fdname=sheets", script], path.exists
    )
    yield path
    service.halt()


def test_systemd_hands_over_a_unix_socket(activated: Path) -> None:
    assert "101" in handshake(activated)


def handshake(path: Path) -> str:
    """The first line of the answer to a WebSocket's handshake."""
    request = (
        "GET /ws/sheet/product/ HTTP/1.1\r\nHost: desk.example.com\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: livesheet.v1\r\n\r\n"
    )
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(path))
        line.sendall(request.encode())
        return line.recv(4096).decode().splitlines()[0]


@pytest.mark.parametrize("script", ["start_daphne.sh", "start_uvicorn.sh"])
def test_by_hand(bare: Host, script: str) -> None:
    """The article's author wanted to try the script without supervisor."""
    port = str(free_port())
    host_switch = "--bind" if "daphne" in script else "--host"
    service = bare.service(f"by-hand-{script}")
    command = [bare.project / "deploy" / script, host_switch, HOST, "--port", port]
    service.start(command, lambda: hears(int(port)))
    service.halt()
    wait_until(lambda: not hears(int(port)))
