"""One host as the deploy folder has it: nginx, gunicorn, daphne or uvicorn, under supervisor."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.deploy.files import DEPLOY, NAME, SITE, account, copy_project, fill_in, group
from tests.services import Service
from tests.services.processes import HOST, free_port, hears, program

PATIENCE = 60
SUPERVISOR = """
[unix_http_server]
file = {folder}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://{folder}/supervisor.sock
[supervisord]
nodaemon = true
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {folder}/supervisor.pid
{user}
[include]
files = {folder}/supervisor.d/*.conf
"""
NGINX = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
  client_body_temp_path {folder}/client_body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  access_log off;
  include /etc/nginx/mime.types;
  include {folder}/sites/*.conf;
}}
"""


class Host:
    """A site's folder, filled from the deploy files, and its processes.

    `prefix` are words before each server's command, such as those that enter a network namespace.
    """

    def __init__(self, variables: dict[str, str], prefix: tuple[str, ...] = ()) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="quayside-"))
        self.folder.chmod(0o755)
        self.prefix = prefix
        self.services: list[Service] = []
        for name in ("run", "var", "log", "releases", "supervisor.d", "sites", "tls"):
            (self.folder / name).mkdir()
        (self.folder / "venv").symlink_to(sys.prefix)
        self.project = copy_project(self.folder / "releases" / "1", self.folder)
        (self.folder / "project").symlink_to(self.project)
        self.http, self.https = free_port(), free_port()
        self._environment(variables)
        self._belongs_to_the_account()

    def _environment(self, variables: dict[str, str]) -> None:
        text = fill_in((DEPLOY / "site.env").read_text(), {SITE: str(self.folder)})
        lines = []
        for line in text.splitlines():
            name = line.partition("=")[0]
            lines.append(f'{name}="{variables[name]}"' if name in variables else line)
        lines += [f'{name}="{value}"' for name, value in variables.items() if name not in text]
        (self.folder / "site.env").write_text("\n".join(lines) + "\n")

    def _belongs_to_the_account(self) -> None:
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, account(), group()) if not path.is_symlink() else None

    # --- commands ----------------------------------------------------------------------------

    def run(self, *command: str | Path) -> str:
        """Run a command of the site as its account; its output."""
        done = subprocess.run(
            [*self.prefix, *map(str, command)],
            cwd=self.folder / "project",
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def environment(self) -> dict[str, str]:
        lines = (self.folder / "site.env").read_text().splitlines()
        pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
        return {name: value.strip('"') for name, _, value in pairs}

    def manage(self, *words: str) -> str:
        return self.run(sys.executable, "manage.py", *words)

    # --- processes ---------------------------------------------------------------------------

    def service(self, name: str, stop_signal: signal.Signals = signal.SIGTERM) -> Service:
        folder = self.folder / name
        folder.mkdir()
        service = Service(name, "", 0, folder, stop_signal)
        self.services.append(service)
        return service

    def start_supervisor(self, server: str = "daphne") -> None:
        """supervisor with our configuration; waits until both sockets answer."""
        text = fill_in(
            (DEPLOY / "supervisor" / "quayside.conf").read_text(),
            {
                SITE: str(self.folder),
                "user = quayside": f"user = {account()}",
                # The documented step from one server to the other.
                "start_daphne.sh": f"start_{server}.sh",
            },
        )
        (self.folder / "supervisor.d" / "quayside.conf").write_text(text)
        self.configuration = self.folder / "supervisord.conf"
        user = "user = root" if os.geteuid() == 0 else ""
        self.configuration.write_text(SUPERVISOR.format(folder=self.folder, user=user))
        binary = program("supervisord", "supervisor")
        service = self.service("supervisor")
        service.start(
            [*self.prefix, binary, "-n", "-c", self.configuration],
            lambda: (
                set(self.states().values()) == {"RUNNING"}
                and len(list((self.folder / "run").glob("*.sock"))) == 3
            ),
        )

    def supervisorctl(self, *words: str) -> str:
        """Its output; the exit status says only whether everything runs."""
        done = subprocess.run(
            [str(program("supervisorctl", "supervisor")), "-c", str(self.configuration), *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout

    def states(self) -> dict[str, str]:
        """Of each process, the state that supervisor sees."""
        lines = [line.split() for line in self.supervisorctl("status").splitlines()]
        return {words[0]: words[1] for words in lines if len(words) > 1 and ":" not in words[1]}

    def pid(self, name: str) -> int:
        return int(self.supervisorctl("pid", name))

    def start_nginx(self, name: str, changes: dict[str, str] | None = None) -> Service:
        """nginx with one of our files; `http` and `https` are the ports it listens on."""
        text = (DEPLOY / "nginx" / name).read_text()
        snippet = "/etc/nginx/snippets/quayside.locations"
        here = {
            SITE: str(self.folder),
            snippet: str(self.folder / "quayside.locations"),
            "/etc/letsencrypt/live/" + NAME: str(self.folder / "tls"),
            "listen 80;": f"listen {HOST}:{self.http};",
            "listen 443 ssl;": f"listen {HOST}:{self.https} ssl;",
        }
        wanted = {old: new for old, new in here.items() if old in text} | (changes or {})
        (self.folder / "sites" / name).write_text(fill_in(text, wanted))
        locations = (DEPLOY / "nginx" / "quayside.locations").read_text()
        (self.folder / "quayside.locations").write_text(
            fill_in(locations, {SITE: str(self.folder)})
        )
        binary = program("nginx", "nginx", "/usr/sbin")
        service = self.service(f"nginx-{len(self.services)}", signal.SIGQUIT)
        user = f"user {account()} {group()};" if os.geteuid() == 0 else ""
        main = service.folder / "nginx.conf"
        main.write_text(NGINX.format(folder=self.folder, user=user))
        service.start(
            [*self.prefix, binary, "-c", main, "-e", "stderr", "-p", service.folder],
            (lambda: hears(self.http)) if not self.prefix else (lambda: nginx_is_up(self.folder)),
        )
        return service

    def log(self) -> str:
        logs = [*(self.folder / "log").glob("*"), *(each.log for each in self.services)]
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')}" for log in logs)

    def stop(self) -> None:
        for service in reversed(self.services):
            service.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


def nginx_is_up(folder: Path) -> bool:
    return (folder / "nginx.pid").exists()


def wait_until(what: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.05)
