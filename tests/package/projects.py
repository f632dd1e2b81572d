"""A stranger's project, made by following a page of the documentation to the letter."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# `# proj/settings.py, at the end` or `<!-- shop/templates/products.html -->` opens such a block.
FENCE = re.compile(
    r"^```\w+\n(?P<title>(?:#|<!--) (?P<path>[\w/]+\.\w+).*)\n(?P<body>[^`]*)^```", re.M
)
START_SECONDS = 30


@dataclass
class Project:
    folder: Path
    python: Path

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [self.python, *words],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def follow(self, page: Path) -> None:
        """Make the project and put every named block of `page` where it says."""
        self.run("-m", "django", "startproject", "proj", ".")
        self.run("manage.py", "startapp", "shop")
        blocks = list(FENCE.finditer(page.read_text(encoding="utf-8")))
        assert blocks, f"{page.name} names no file"
        for block in blocks:
            path = self.folder / block["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text() + "\n" if "at the end" in block["title"] else ""
            path.write_text(before + block["body"], encoding="utf-8")
        self.run("manage.py", "makemigrations", "shop")
        self.run("manage.py", "migrate", "--verbosity=0")

    def sign_in(self) -> str:
        """A superuser's session cookie."""
        return self.run("manage.py", "shell", "-v0", "-c", SIGN_IN).strip()

    @contextmanager
    def served(self) -> Iterator[str]:
        """`host:port` of a running `runserver`, which is daphne's."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            host = f"127.0.0.1:{probe.getsockname()[1]}"
        log = (self.folder / "server.log").open("w+")
        command = [self.python, "manage.py", "runserver", "--noreload", host]
        with (
            log,
            subprocess.Popen(
                command, cwd=self.folder, env=environment(), stdout=log, stderr=log
            ) as server,
        ):
            try:
                wait_for(host, server, self.folder / "server.log")
                yield host
            finally:
                server.terminate()
                server.wait(10)


SIGN_IN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
user = get_user_model().objects.create_superuser("ann", "ann@example.com", "x")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
"""


def environment() -> dict[str, str]:
    """This process's, without what would choose other settings or another Python's packages."""
    foreign = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    own = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**own, "PYTHONUNBUFFERED": "1"}


def make_venv(folder: Path, wheel: Path) -> Path:
    """A fresh environment with the wheel and its `daphne` extra; the path of its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, f"{wheel}[daphne]"], env=environment(), check=True)
    return python


def wait_for(host: str, server: subprocess.Popen[bytes], log: Path) -> None:
    name, _, port = host.partition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        try:
            socket.create_connection((name, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
