"""The walls that the article's reader ran into, as far as they are the deployment files' matter."""

from __future__ import annotations

import socket
import subprocess
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
def test_a_script_that_is_not_told_where_to_listen_says_so(bare: Host, script: str) -> None:
    done = subprocess.run([bare.project / "deploy" / script], capture_output=True, text=True)
    assert (done.returncode, "Say where to listen" in done.stderr) == (2, True)


def test_daphnes_own_switch_still_ends_as_in_the_article(bare: Host) -> None:
    """If this fails, daphne has changed, and docs/deploying.md has to."""
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


def test_a_socket_that_systemd_hands_over_outlives_the_process(bare: Host) -> None:
    """By systemd's own activator, which does what a .socket unit does."""
    path = bare.folder / "run" / "activated.sock"
    script = bare.project / "deploy" / "start_uvicorn.sh"
    service = bare.service("activated")
    activator = ["systemd-socket-activate", f"--listen={path}", "--fdname=sheets"]
    service.start([*activator, script], path.exists)
    assert "101" in handshake(path)
    service.halt()
    assert path.exists()


def test_daphne_starts_where_another_was_killed(bare: Host) -> None:
    """Its lock names a process that lives, as happens to numbers in containers."""
    path = bare.folder / "run" / "killed.sock"
    path.with_name("killed.sock.lock").symlink_to("1")
    service = bare.service("killed")
    script = bare.project / "deploy" / "start_daphne.sh"
    service.start([script, path], path.exists)
    assert "101" in handshake(path)
    service.halt()


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
        return line.recv(4096).decode("latin-1").splitlines()[0]


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
