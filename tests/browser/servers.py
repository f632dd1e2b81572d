"""Real sites for the browsers: a fresh database, one or two server processes, other processes.

A database is made once per session and project, with people signed in, and copied for each test.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.browser.elsewhere import Elsewhere
from tests.services import Service, service_url
from tests.services.processes import hears, new_service

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 150


@dataclass(frozen=True)
class Project:
    """A Django project that can be served: where it lies and how its data is made."""

    name: str
    folder: Path
    settings: str
    asgi: str
    session_cookie: str
    prepare: tuple[tuple[str, ...], ...]
    data: str = ""  # code of a shell

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "PYTHONPATH": os.pathsep.join(
                [str(self.folder), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "PYTHONUNBUFFERED": "1",
            "DEBUG": "1",
            "BUNDLE": "1",
            "SECRET_KEY": "only for the tests",
            "ALLOWED_HOSTS": "127.0.0.1 localhost",
        }


MIGRATE = ("migrate", "--verbosity=0", "--run-syncdb")
SHOP = Project(
    name="shop",
    folder=ROOT / "example_project",
    settings="tests.browser.site.shop",
    asgi="config.asgi:application",
    session_cookie="quayside_session",
    prepare=(MIGRATE, ("load_shop", "--people", "--cities=0")),
)
# As many as a sheet loads whole: from `window_above` on it would be shown in windows.
WORLD = Project(
    **{
        **SHOP.__dict__,
        "name": "world",
        "prepare": (MIGRATE, ("load_shop", "--people", "--cities=20000")),
    }
)
KINDS = Project(
    name="kinds",
    folder=ROOT,
    settings="tests.browser.site.settings",
    asgi="tests.browser.site.asgi:application",
    session_cookie="sessionid",
    prepare=(MIGRATE,),
    data="""
from django.contrib.auth.models import User
from tests.browser.site.models import Badge, Customer, Specimen
for name in ("ann", "bea"):
    User.objects.create_superuser(name, first_name=name.title(), password="x")
makers = [Supplier.objects.create(name=name) for name in ("Nordwood", "Südholz", "Eastoak")]
Tag.objects.bulk_create(Tag(name=name) for name in ("new", "sale"))
Product.objects.bulk_create(
    Product(name=f"Product {number}", stock=number, owner="ann", supplier=makers[number % 3])
    for number in range(300)
)
Sample.objects.bulk_create(Sample(char=f"Sample {number}") for number in range(5))
Customer.objects.bulk_create(
    Customer(name=f"Customer {number:04}", hidden=number % 100 == 99) for number in range(3000)
)
Badge.objects.bulk_create(Badge(number=number) for number in range(300))
Specimen.objects.bulk_create(Specimen(char=f"Specimen {number}") for number in range(200))
""",
)

# Signing in takes a second of hashing, by design; a session in the copied database takes none.
SIGN_IN = """
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
keys = {}
for user in User.objects.all():
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    keys[user.username] = session.session_key
print(json.dumps(keys))
"""


def manage(project: Project, variables: dict[str, str], *words: str) -> str:
    """What a management command prints, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "django", *words],
        cwd=project.folder,
        env={**os.environ, **project.environment, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed:\n{done.stdout[-1500:]}{done.stderr[-3000:]}")
    return done.stdout


def shell(project: Project, variables: dict[str, str], code: str) -> str:
    return manage(project, variables, "shell", "--verbosity=0", "--command", code).strip()


class Databases:
    """Makes each project's database once, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.sessions = cache(self._prepare)

    def copy(
        self, project: Project, engine: str, folder: Path
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The variables that lead to a new copy, and the session keys of the people in it."""
        sessions = self.sessions(project, engine)
        if engine == "sqlite":
            shutil.copy(self._original(project) / "db.sqlite3", folder)
            return {}, sessions
        self.count += 1
        name = f"desk_{os.getpid()}_{self.count}"
        postgres(f'CREATE DATABASE "{name}" TEMPLATE "{self._template(project)}"')
        return {"DATABASE_URL": database_url(name)}, sessions

    def _prepare(self, project: Project, engine: str) -> dict[str, str]:
        folder = self._original(project)
        folder.mkdir(exist_ok=True)
        variables = {"VAR_DIR": str(folder)}
        if engine == "postgres":
            postgres(f'CREATE DATABASE "{self._template(project)}"')
            variables["DATABASE_URL"] = database_url(self._template(project))
        for command in project.prepare:
            manage(project, variables, *command)
        sessions: dict[str, str] = json.loads(shell(project, variables, project.data + SIGN_IN))
        return sessions

    def _original(self, project: Project) -> Path:
        return self.folder / project.name

    def _template(self, project: Project) -> str:
        return f"template_{os.getpid()}_{project.name}"


def postgres(statement: str) -> None:
    import psycopg

    with closing(psycopg.connect(service_url("postgres"), autocommit=True)) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def database_url(name: str) -> str:
    return urlunsplit(urlsplit(service_url("postgres"))._replace(path=f"/{name}"))


@dataclass
class Site:
    """One project on one database; as many server processes as asked for."""

    project: Project
    variables: dict[str, str]
    sessions: dict[str, str]
    servers: list[Service] = field(default_factory=list)
    _elsewhere: Elsewhere | None = None

    def serve(self, kind: str) -> Service:
        """Start one more server process, `daphne` or `uvicorn`, on a free port."""
        server = new_service(kind, "http://127.0.0.1:{port}")
        self.servers.append(server)
        self.start(server)
        return server

    def start(self, server: Service) -> None:
        """On its port; also again, after it was halted."""
        variables = {**self.project.environment, "SERVER": server.name, **self.variables}
        words = [f"{name}={value}" for name, value in variables.items()]
        command = COMMANDS[server.name](self.project.asgi, server.port)
        server.start(
            ["env", "-C", self.project.folder, *words, sys.executable, "-m", *command],
            lambda: hears(server.port),
        )

    def replace(self, server: Service) -> None:
        """Kill the process as a crash would, and start a new one on the same port."""
        server.halt(signal.SIGKILL)
        self.start(server)

    @property
    def elsewhere(self) -> Elsewhere:
        """A process that has nothing to do with the servers, to run code in."""
        if self._elsewhere is None:
            variables = {**os.environ, **self.project.environment, **self.variables}
            self._elsewhere = Elsewhere(self.project.folder, variables)
        return self._elsewhere

    def forget_views(self) -> None:
        """How people have arranged their sheets; only of a database that tests may share."""
        if "DATABASE_URL" not in self.variables:
            file = Path(self.variables["VAR_DIR"]) / "db.sqlite3"
            with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection, connection:
                connection.execute("DELETE FROM livesheet_layout")

    def script(self, code: str) -> str:
        """As `manage.py shell -c`: a process that ends as soon as the code has run."""
        return shell(self.project, self.variables, code)

    def manage(self, *words: str) -> str:
        return manage(self.project, self.variables, *words)

    def log(self) -> str:
        return "\n".join(server.log.read_text(errors="replace") for server in self.servers)

    def stop(self) -> None:
        if self._elsewhere is not None:
            self._elsewhere.stop()
        for server in self.servers:
            server.stop()


def daphne(asgi: str, port: int) -> list[str]:
    return ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), asgi]


def uvicorn(asgi: str, port: int) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(port)]
    how = [
        "--ws",
        "websockets-sansio",
        "--log-level",
        "warning",
        "--timeout-graceful-shutdown",
        "3",
    ]
    return ["uvicorn", *where, *how, asgi]


COMMANDS = {"daphne": daphne, "uvicorn": uvicorn}
