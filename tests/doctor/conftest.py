"""Small projects that are broken on purpose, and the real servers that they are served by."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.services import Service
from tests.services.processes import hears, new_service

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 90

SETTINGS = """
from tests.settings import *
from pathlib import Path
HERE = Path(__file__).resolve().parent
SITE = Path(os.environ["SITE"])
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": SITE / "db.sqlite3",
    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode = WAL"},
}}
ASGI_APPLICATION = "asgi.application"
WSGI_APPLICATION = "wsgi.application"
STATIC_ROOT = SITE / "static"
SILENCED_SYSTEM_CHECKS = []
"""
ASGI = """
import os
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from livesheet.routing import websocket_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": websocket_application}
)
"""
WSGI = """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
application = get_wsgi_application()
"""


class Project:
    """A project of three files: its settings are those of the tests, and what is given here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[Service] = []
        self.commands: dict[str, list[str]] = {}
        self.write("")

    def write(self, settings: str = "", asgi: str = ASGI) -> None:
        whole = f"import os\n{SETTINGS}\n{textwrap.dedent(settings)}"
        (self.folder / "site_settings.py").write_text(whole)
        (self.folder / "asgi.py").write_text(asgi)
        (self.folder / "wsgi.py").write_text(WSGI)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
            "PYTHONPATH": os.pathsep.join(map(str, (self.folder, ROOT / "src", ROOT))),
            "PYTHONUNBUFFERED": "1",
            "SITE": str(self.folder),
        }

    def manage(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "django", *words],
            cwd=self.folder,
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "site_settings", **variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def findings(self, *words: str, **variables: str) -> list[dict[str, str]]:
        done = self.manage("livesheet_doctor", "--json", *words, **variables)
        assert done.stdout, done.stderr
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert done.returncode == (1 if told["level"] == "failing" else 0), done.stderr
        assert done.stderr == ""
        found: list[dict[str, str]] = told["findings"]
        return found

    def doctor(self, *words: str, **variables: str) -> dict[str, str]:
        """What is not fine, by id, as ``saw why fix``."""
        bad = [one for one in self.findings(*words, **variables) if one["level"] != "fine"]
        assert all(one["saw"] and one["why"] and one["fix"] for one in bad)
        return {one["id"]: f"{one['saw']} {one['why']} {one['fix']}" for one in bad}

    def status(self, url: str) -> int:
        """Of the answer to a plain request."""
        try:
            with urlopen(url, timeout=PATIENCE) as response:
                status: int = response.status
        except HTTPError as error:
            with error:
                status = error.code
        return status

    # --- servers -----------------------------------------------------------------------------

    def serve(self, kind: str, *words: str) -> Service:
        """daphne, uvicorn or gunicorn with this project, on a port of its own."""
        service = new_service(kind, "http://127.0.0.1:{port}")
        commands = {
            "daphne": ["-b", "127.0.0.1", "-p", str(service.port), "asgi:application"],
            "uvicorn": ["--port", str(service.port), "asgi:application"],
            "gunicorn": ["-b", f"127.0.0.1:{service.port}", "wsgi:application"],
        }
        # As docs/deploying.md starts it; `words` may say otherwise.
        bounded = ["--ws-max-size", "131072", "--ws-per-message-deflate", "false"]
        given = [*(bounded if kind == "uvicorn" else []), *words]
        self.start(service, kind, *given, *commands[kind])
        return service

    def start(self, service: Service, module: str, *words: str) -> None:
        # A service gets the environment of the tests, which names their settings.
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        prefix = ["env", "-u", "DJANGO_SETTINGS_MODULE", "-C", str(self.folder), *variables]
        self.commands[service.url] = [*prefix, sys.executable, "-m", module, *words]
        self.running.append(service)
        self.again(service)

    def again(self, service: Service) -> None:
        """Start it, once more if it runs, with the settings of now."""
        service.halt()
        service.start(self.commands[service.url], lambda: hears(service.port))

    def run_to_its_end(self, module: str, *words: str) -> Path:
        """The log of a server that does not come up."""
        log = self.folder / f"{module}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        return log


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its tables and its static files, to be copied."""
    project = Project(tmp_path_factory.mktemp("prepared"))
    for words in (("migrate", "-v0", "--run-syncdb"), ("collectstatic", "-v0", "--noinput")):
        done = project.manage(*words)
        assert done.returncode == 0, done.stderr
    return project.folder


@pytest.fixture
def project(prepared: Path) -> Iterator[Project]:
    # Not pytest's folder: a web server that is not root may not look into it.
    root = Path(tempfile.mkdtemp(prefix="livesheet-site-"))
    root.chmod(0o755)
    shutil.copytree(prepared, root / "site")
    (root / "site").chmod(0o755)
    one = Project(root / "site")
    yield one
    for service in one.running:
        service.stop()
    shutil.rmtree(root)


Keep = Callable[[Service], Service]


@pytest.fixture
def keep() -> Iterator[Keep]:
    """``keep(nginx(…))`` is stopped with the test."""
    kept: list[Service] = []
    yield lambda service: kept.append(service) or service  # type: ignore[func-returns-value]
    for service in reversed(kept):
        service.stop()
