"""Start and stop one service: its own folder, a free port on loopback, stopped by its pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 20


class ServiceError(Exception):
    """A service is not installed or did not start; the message says which and shows its log."""


@dataclass
class Service:
    """A running server. `folder` holds its data and `log`, and goes when it is stopped."""

    name: str
    url: str
    port: int
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    def start(
        self, command: Sequence[str | Path], ready: Callable[[], bool], user: str | None = None
    ) -> None:
        """Run `command` (as `user`, where we are root) and wait until `ready()`."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*as_user(user, dies_with_us=self.stop_signal), *map(str, command)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal is for the tests; they stop the services in their own time.
                start_new_session=True,
            )
        try:
            self.wait_until(ready)
        except BaseException:
            self.stop()
            raise

    def wait_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                what = "ended" if ended else f"was not ready after {START_SECONDS} s"
                text = self.log.read_text(errors="replace")[-3000:]
                raise ServiceError(f"{self.name} {what}. Its log:\n{text}")
            time.sleep(0.02)

    def halt(self, how: signal.Signals | None = None) -> None:
        """End the process and keep the data, so that a test can start it again."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how or self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


def new_service(name: str, url: str, stop_signal: signal.Signals = signal.SIGTERM) -> Service:
    """Make the folder and choose the port; `{port}` in `url` is filled in."""
    folder = Path(tempfile.mkdtemp(prefix=f"livesheet-{name}-"))
    # mkdtemp makes 700, and the servers that refuse to be root must get in.
    folder.chmod(0o755)
    port = free_port()
    return Service(name, url.format(port=port), port, folder, stop_signal)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def program(name: str, package: str, *folders: str) -> Path:
    """The path of a server's program, from PATH or where Debian puts it."""
    path = shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        raise ServiceError(f"{name} is not installed (on Debian: apt-get install {package})")
    return Path(path)


def as_user(user: str | None, dies_with_us: signal.Signals | None = None) -> list[str]:
    """The words before a command that make it run as `user`, as the very same process."""
    words: list[str | Path] = []
    if user and os.geteuid() == 0:
        # setpriv execs, so the pid is the server's own; with runuser it would be the wrapper's.
        words += [f"--reuid={user}", f"--regid={user}", "--init-groups"]
    if dies_with_us and shutil.which("setpriv"):
        # If the tests are killed outright, nobody is left to stop the service.
        words += [f"--pdeathsig={dies_with_us.name.removeprefix('SIG')}"]
    return ["setpriv", *map(str, words)] if words else []


def run(command: Sequence[str | Path], log: Path, user: str | None = None) -> None:
    """Run a preparing command to its end; raise ServiceError with its output if it fails."""
    done = subprocess.run(
        [*as_user(user), *map(str, command)],
        cwd=log.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"{command[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def hears(port: int, say: bytes = b"", expect: bytes = b"") -> bool:
    """Say whether something on `port` answers `say` with `expect` (b"": accepts a connection)."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            if say:
                connection.sendall(say)
            return not expect or expect in connection.recv(512)
    except OSError:
        return False
