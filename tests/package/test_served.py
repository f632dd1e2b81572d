"""The README, followed to the letter with nothing but the built wheel, gives a live sheet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from projects import Project, make_venv
from websockets.sync.client import ClientConnection, connect

OPEN = {"type": "open", "client": "0123456789abcdef" * 2, "cursor": None, "have": None}

FIRST_ROW = "from shop.models import *; Product.objects.create(name='Chair', price='89.00')"


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_venv(tmp_path_factory.mktemp("venv"), wheel)


@pytest.fixture(scope="module")
def project(python: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(tmp_path_factory.mktemp("project"), python)
    made.follow(root / "README.md")
    made.run("manage.py", "shell", "-v0", "-c", FIRST_ROW)
    return made


def test_the_readme_followed_to_the_letter_gives_a_live_sheet(project: Project) -> None:
    assert "no issues" in project.run("manage.py", "check", "--fail-level", "WARNING")
    cookie = project.sign_in()
    with project.served() as host:
        page = get(host, "/", cookie)
        for url in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            assert get(host, url, cookie)
        config = json.loads(
            re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page)[0]
        )
        assert "Handsontable" in get(host, config["handsontable"]["js"], cookie)
        with socket(host, config["path"], cookie) as opened:
            opened.send(json.dumps(OPEN))
            hello, *_, rows = until(opened, "rows")
            names = [column["name"] for column in hello["columns"]]
            (row,) = rows["rows"]
            assert dict(zip(["pk", *names], row, strict=True)).items() >= {
                ("pk", "1"),
                ("name", "Chair"),
                ("price", "89.00"),
            }
            # Another process saves, and the open sheet hears of it.
            save = "from shop.models import Product; Product.objects.get().delete()"
            project.run("manage.py", "shell", "-v0", "-c", save)
            assert until(opened, "change")[-1]["gone"] == ["1"]


def test_a_stranger_is_told_that_he_may_not(project: Project) -> None:
    with project.served() as host, socket(host, "/ws/sheet/product/", "") as opened:
        assert until(opened, "bye")[-1]["code"] == 4401


def get(host: str, path: str, cookie: str) -> str:
    connection = HTTPConnection(host, timeout=20)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        assert answer.status == 200, (path, answer.status)
        return answer.read().decode()
    finally:
        connection.close()


def socket(host: str, path: str, cookie: str) -> ClientConnection:
    """Open the sheet's socket as a browser on that page would."""
    return connect(
        f"ws://{host}{path}",
        subprotocols=["livesheet.v1"],  # type: ignore[list-item]
        origin=f"http://{host}",  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie} if cookie else {},
        open_timeout=20,
    )


def until(opened: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """The frames up to the first of a kind, that one included."""
    return list(frames(opened, kind))


def frames(opened: ClientConnection, kind: str) -> Iterator[dict[str, Any]]:
    while True:
        frame: dict[str, Any] = json.loads(opened.recv(timeout=20))
        yield frame
        if frame["type"] == kind:
            return
