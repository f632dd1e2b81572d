"""A stranger copies the README, or the quickstart, into an empty folder: it is a working sheet."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.test_docs import ROOT, blocks

FILE = re.compile(r"\A(?:# |<!-- )(?P<path>[\w/]+\.\w+)(?P<end>, at the end)?(?: -->)?\n")
SECONDS = 60

# A superuser who is signed in; prints the cookie.
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

ann = User.objects.create_superuser("ann", password="x")
session = SessionStore()
session[SESSION_KEY] = str(ann.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = ann.get_session_auth_hash()
session.save()
print("cookie", "sessionid=" + session.session_key)
"""

README_SAVES = """
from shop.models import Product
Product.objects.create(name="Oak table", price="349.00")
"""


# What the examples of docs/consumers.md speak of.
MODELS_OF_THE_SHEETS_PAGE = {
    "shop": """
from django.contrib.auth.models import User
from django.db import models
from livesheet.models import LiveSheetMixin

class Branch(models.Model):
    staff = models.ManyToManyField(User)

class Category(models.Model):
    name = models.CharField(max_length=40)

class Product(LiveSheetMixin, models.Model):
    name = models.CharField(max_length=80)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    cost = models.DecimalField(max_digits=9, decimal_places=2)
    stock = models.IntegerField()
    counted_on = models.DateField()
    category = models.ForeignKey(Category, models.PROTECT)
    active = models.BooleanField()

class Order(LiveSheetMixin, models.Model):
    number = models.IntegerField()
    customer = models.CharField(max_length=80)
    total = models.DecimalField(max_digits=9, decimal_places=2)
    paid = models.BooleanField()
    branch = models.ForeignKey(Branch, models.PROTECT)
""",
    "work": """
from django.contrib.auth.models import User
from django.db import models
from livesheet.models import LiveSheetMixin

class Project(models.Model):
    members = models.ManyToManyField(User)

class Task(LiveSheetMixin, models.Model):
    title = models.CharField(max_length=80)
    due = models.DateField()
    done = models.BooleanField()
    project = models.ForeignKey(Project, models.CASCADE)
""",
}


@pytest.fixture(params=["README.md", "docs/quickstart.md"])
def document(request: pytest.FixtureRequest) -> Path:
    return ROOT / request.param


def test_the_usage_in_the_readme_fits_twenty_lines() -> None:
    lines = [line for _path, _end, body in files(ROOT / "README.md") for line in body.splitlines()]
    written = [line for line in lines if line.strip() and not line.startswith(("# ", "<!-- "))]
    assert len(written) <= 20


def test_the_page_makes_a_sheet_that_is_live(document: Path, tmp_path: Path) -> None:
    run(tmp_path, "-m", "django", "startproject", "proj", ".")
    manage(tmp_path, "startapp", "shop")
    write_files(document, tmp_path)
    manage(tmp_path, "makemigrations", "shop")
    manage(tmp_path, "migrate")
    cookie = shell(tmp_path, SIGN_IN).split("cookie ")[1].split()[0]
    saves = [body for _line, body in blocks(document, "python") if "objects.create(" in body]
    with server(tmp_path) as address:
        html = get(f"http://{address}/", cookie)
        assert '<live-sheet sheet="product">' in html
        for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', html):
            assert get(f"http://{address}{asset}", cookie)
        names = asyncio.run(names_seen(address, cookie, tmp_path, *saves or [README_SAVES]))
    assert "Oak table" in names


def test_the_tests_of_the_testing_page_pass(tmp_path: Path) -> None:
    run(tmp_path, "-m", "django", "startproject", "proj", ".")
    manage(tmp_path, "startapp", "shop")
    write_files(ROOT / "docs/quickstart.md", tmp_path)
    write_files(ROOT / "docs/testing.md", tmp_path)
    (refused,) = [b for _n, b in blocks(ROOT / "docs/testing.md", "python") if "4401" in b]
    with (tmp_path / "shop/tests.py").open("a") as tests:
        tests.write("\n" + textwrap.indent(refused, "    "))
    manage(tmp_path, "makemigrations", "shop")
    assert "Ran 5 tests" in manage(tmp_path, "test")
    by_pytest = ("--ds", "proj.settings", "-p", "no:cacheprovider", "shop/test_sheet.py")
    assert "1 passed" in run(tmp_path, "-m", "pytest", *by_pytest)


def test_the_sheets_of_the_sheets_page_are_sheets(tmp_path: Path) -> None:
    run(tmp_path, "-m", "django", "startproject", "proj", ".")
    write_files(ROOT / "docs/quickstart.md", tmp_path)
    settings = tmp_path / "proj" / "settings.py"
    settings.write_text(settings.read_text() + '\nINSTALLED_APPS += ["work"]\n')
    for app, models in MODELS_OF_THE_SHEETS_PAGE.items():
        (tmp_path / app).mkdir(exist_ok=True)
        (tmp_path / app / "__init__.py").touch()
        (tmp_path / app / "models.py").write_text(models)
    page = blocks(ROOT / "docs/consumers.md", "python")
    sheets = [body for _line, body in page if "(LiveSheetConsumer)" in body]
    assert len(sheets) > 5
    (tmp_path / "shop/consumers.py").write_text("\n".join(sheets))
    assert "no issues" in manage(tmp_path, "check")


async def names_seen(address: str, cookie: str, folder: Path, saves: str) -> set[str]:
    """Open the product sheet, save in another process, and see what comes."""
    async with (
        asyncio.timeout(SECONDS),
        connect(
            f"ws://{address}/ws/sheet/product/",
            subprotocols=["livesheet.v1"],  # type: ignore[list-item]
            origin=f"http://{address}",  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
        ) as line,
    ):
        frame: dict[str, Any] = {"type": "open", "client": secrets.token_hex(16)}
        await line.send(json.dumps({**frame, "cursor": None, "digest": None, "have": None}))
        names: set[str] = set()
        async for text in line:
            frame = json.loads(text)
            if frame.get("done"):
                assert names == set(), "the sheet is empty at first"
                await asyncio.to_thread(shell, folder, saves)
            names.update(row[1] for row in frame.get("rows", ()))
            if "Oak table" in names:
                break
        return names


# --- the folder ------------------------------------------------------------------------------


def write_files(document: Path, folder: Path) -> None:
    for path, at_the_end, body in files(document):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        before = target.read_text() if at_the_end else ""
        target.write_text(before + "\n" + body)


def files(document: Path) -> Iterator[tuple[str, bool, str]]:
    """The blocks that name the file they belong in: path, whether at its end, text."""
    for kind in ("python", "html"):
        for _line, body in blocks(document, kind):
            if match := FILE.match(body):
                yield match["path"], match["end"] is not None, body


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def manage(folder: Path, *arguments: str) -> str:
    return run(folder, "manage.py", *arguments)


def shell(folder: Path, code: str) -> str:
    return manage(folder, "shell", "-c", code)


def environment() -> dict[str, str]:
    """Ours, without what would make it our project and not the stranger's."""
    ours = ("DJANGO_SETTINGS_MODULE", "PYTHONPATH", "COVERAGE_PROCESS_START", "PYTHONDEVMODE")
    return {name: value for name, value in os.environ.items() if name not in ours}


# --- the server ------------------------------------------------------------------------------


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """`runserver`, as both pages say. Yields host and port."""
    address = f"127.0.0.1:{free_port()}"
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", address],
            cwd=folder,
            env=environment(),
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"The server did not start:\n{log.read_text()}")


def get(url: str, cookie: str) -> str:
    request = urllib.request.Request(url, headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        text: str = response.read().decode()
        return text
