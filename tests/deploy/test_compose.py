"""compose.yaml, where no containers can run: its shape, its references, its commands."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.conftest import MakeHost
from tests.deploy.files import DEPLOY, ROOT
from tests.deploy.stack import Host
from tests.services.processes import HOST, free_port, hears

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KNOWN = {"image", "build", "command", "environment", "env_file", "restart", "init", "volumes"} | {
    "depends_on",
    "scale",
    "ports",
    "healthcheck",
}


def test_every_key_is_one_of_composes() -> None:
    assert set(COMPOSE) == {"name", "x-site", "services", "volumes"}
    assert {key for service in SERVICES.values() for key in service} == KNOWN


def test_what_is_referred_to_is_there() -> None:
    mounted = [
        volume.split(":") for each in SERVICES.values() for volume in each.get("volumes", [])
    ]
    for source, *_ in mounted:
        assert (DEPLOY / source).is_file() if source[0] == "." else source in COMPOSE["volumes"]
    for name, service in SERVICES.items():
        for other in service.get("depends_on", ()):
            assert other in SERVICES and other != name
    build = COMPOSE["x-site"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    copied = re.findall(r"^COPY (\S+)", (DEPLOY / "Dockerfile").read_text(), re.M)
    assert all((ROOT / source).exists() for source in copied)


def test_nginx_accepts_its_file(tmp_path: Path) -> None:
    """With this machine's address for the containers' names."""
    text = (DEPLOY / "nginx" / "quayside-compose.conf").read_text()
    names = re.findall(r"server (\w+):\d+", text)
    assert set(names) < set(SERVICES)
    for name in names:
        text = text.replace(f"server {name}:", f"server {HOST}:")
    text = text.replace("/etc/nginx/snippets/", f"{DEPLOY}/nginx/")
    (tmp_path / "default.conf").write_text(text)
    main = f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/default.conf; }}"
    (tmp_path / "nginx.conf").write_text(main)
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [nginx, "-t", "-q", "-c", tmp_path / "nginx.conf", "-e", "stderr", "-p", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def bare(host: MakeHost) -> Host:
    return host()


@pytest.mark.parametrize("name", ["pages", "sheets"])
def test_the_commands_serve(bare: Host, name: str) -> None:
    """As they stand, on another port of this machine alone."""
    port = free_port()
    command = re.sub(r":?(800[01])", lambda m: m[0].replace(m[1], str(port)), command_of(name))
    words = shlex.split(command.replace("0.0.0.0", HOST))
    service = bare.service(f"compose-{name}")
    variables = [f"{key}={value}" for key, value in bare.environment().items()]
    program = bare.folder / "venv" / "bin" / words[0]
    service.start(["env", "-C", bare.project, *variables, program, *words[1:]], lambda: hears(port))
    service.halt()


def command_of(name: str) -> str:
    command = SERVICES[name]["command"]
    assert isinstance(command, str)
    return command


def test_every_variable_is_one_that_the_settings_read() -> None:
    settings = (ROOT / "example_project" / "config" / "settings.py").read_text()
    told = set(COMPOSE["x-site"]["environment"])
    told |= set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "site.env").read_text(), re.M))
    told = {name for name in told if not name.startswith("MALLOC_")}  # the C library reads these
    assert told == {name for name in told if f'"{name}"' in settings}
    assert os.path.exists(DEPLOY / "site.env")
