"""systemd's unit files, where systemd itself does not run: it verifies them, and they agree."""

from __future__ import annotations

import configparser
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, SITE, account, fill_in, group

UNITS = sorted((DEPLOY / "systemd").iterdir())


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, on a machine on which the site's folder and account exist."""
    scripts = tmp_path / "project" / "deploy"
    scripts.mkdir(parents=True)
    for script in DEPLOY.glob("*.sh"):
        (scripts / script.name).symlink_to(script)
    folder = tmp_path / "units"
    folder.mkdir()
    for unit in UNITS:
        text = unit.read_text().replace("User=quayside", f"User={account()}")
        text = text.replace("Group=www-data", f"Group={group()}")
        (folder / unit.name).write_text(fill_in(text, {SITE: str(tmp_path)}))
    return folder


def test_systemd_finds_nothing_wrong(units: Path) -> None:
    names = [unit.name.replace("@.", "@1.") for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(units / name for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if str(units) in line or "quayside" in line]
    assert (done.returncode, told) == (0, [])


def test_systemd_would_find_a_mistake(units: Path) -> None:
    unit = units / "quayside-pages.service"
    unit.write_text(unit.read_text().replace("start_gunicorn.sh", "start_nothing.sh"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert "start_nothing.sh" in done.stderr


def read(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / name)
    return unit


def test_nginx_looks_where_systemd_and_supervisor_listen() -> None:
    listening = {
        read(f"quayside-{name}.socket")["Socket"]["ListenStream"] for name in ("sheets", "pages")
    }
    assert listening == {f"{SITE}/run/sheets.sock", f"{SITE}/run/pages.sock"}
    for name in ("quayside.conf", "quayside-behind-tls.conf"):
        text = (DEPLOY / "nginx" / name).read_text()
        assert all(f"server unix:{path} fail_timeout=0;" in text for path in listening)
    supervisor = (DEPLOY / "supervisor" / "quayside.conf").read_text()
    assert f"socket = unix://{SITE}/run/sheets.sock" in supervisor
    assert "$SITE/run/pages.sock" in (DEPLOY / "start_gunicorn.sh").read_text()
