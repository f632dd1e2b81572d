"""systemd's unit files, where systemd itself does not run: it verifies them, and they agree."""

from __future__ import annotations

import re
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


def test_nginx_asks_where_systemd_and_supervisor_have_them_listen() -> None:
    sockets = [f"{SITE}/run/{name}.sock" for name in ("sheets_0", "sheets_1", "pages")]
    for name in ("quayside.conf", "quayside-behind-tls.conf"):
        text = (DEPLOY / "nginx" / name).read_text()
        assert re.findall(r"server unix:(\S+) max_fails=0;", text) == sockets
    listening = {
        unit.name: re.findall(r"^ListenStream=(.+)$", unit.read_text(), re.M)
        for unit in UNITS
        if unit.suffix == ".socket"
    }
    assert listening == {
        "quayside-sheets@.socket": [f"{SITE}/run/sheets_%i.sock"],
        "quayside-pages.socket": [f"{SITE}/run/pages.sock"],
    }
