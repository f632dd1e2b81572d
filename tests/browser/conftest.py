"""Chromium, sites, and people at them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

import livesheet
from tests.again import pytest_runtest_setup  # noqa: F401
from tests.browser import grids
from tests.browser.desk import Desk, sit_down
from tests.browser.line import Line
from tests.browser.servers import ROOT, SHOP, Databases, Project, Site
from tests.services import service_url

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW = {"width": 1180, "height": 720}

COMPLAINT = re.compile(r"Traceback|\bERROR\b|Exception")
FAILED = pytest.StashKey[bool]()

# What takes an hour of a processor, and is left to `make test-long`: soak tests, and the features
# that stand beside the way of a packet in the newest grid. The bundled one runs them every time.
SOAK = {"test_round_trip", "test_typing_anywhere", "memory"}
LONG = {"test_scripts": "self", "test_large": "whole_column"}  # tests whose names have this
FEATURES = {
    "test_accessibility", "test_actions", "test_cards", "test_cities", "test_clipboard",
    "test_developers", "test_editing", "test_fields", "test_finding", "test_formulas",
    "test_history", "test_jobs", "test_languages", "test_page", "test_people", "test_unsent",
    "test_views",
}  # fmt: skip

OpenSite = Callable[..., Site]
SitDown = Callable[..., Desk]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="all of it, as `make test-long` does")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    left = [item for item in items if is_long(item)]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Pages load the bundle, which in a checkout may be of other modules than stand there now."""
    if Path(livesheet.__file__).is_relative_to(ROOT) and not hasattr(session.config, "workerinput"):
        command = [sys.executable, str(ROOT / "build_support" / "bundle.py")]
        subprocess.run(command, check=True, capture_output=True)


def pytest_report_header(config: pytest.Config) -> str:
    everything = config.getoption("--long")
    return "long tests: all of them" if everything else "long tests: left to `make test-long`"


def is_long(item: pytest.Item) -> bool:
    module = item.path.stem
    is_second = grids.NEWEST in item.name and module in FEATURES
    is_one = any(module == one and part in item.name for one, part in LONG.items())
    return module in SOAK or is_second or is_one


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = chromium(playwright)
        yield running
        running.close()


def chromium(playwright: Playwright, *flags: str) -> Browser:
    """Debian's Chromium; its build without a window, where it is there, takes half the time."""
    found = filter(None, map(shutil.which, CHROMIUM))
    program = os.environ.get("LIVESHEET_TEST_CHROMIUM") or next(found, None)
    assert program, "Chromium is not installed (on Debian: apt-get install chromium)"
    return playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_FLAGS, *flags])


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(params=[grids.BUNDLED, grids.NEWEST], scope="session")
def version(request: pytest.FixtureRequest) -> str:
    """The Handsontable under test."""
    return str(request.param)


@pytest.fixture
def open_site(databases: Databases, tmp_path: Path) -> Iterator[OpenSite]:
    """Make a site: a fresh database, and what its processes find in their environment."""
    with sites(databases, tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def open_shared_site(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenSite]:
    """The same for a whole module, whose tests leave one another's rows alone."""
    with sites(databases, tmp_path_factory.mktemp("shared")) as make:
        yield make


@contextmanager
def sites(databases: Databases, root: Path) -> Iterator[OpenSite]:
    """Stops them all in the end; not one server may have complained in its log."""
    made: list[Site] = []

    def make(
        project: Project = SHOP,
        *,
        engine: str = "sqlite",
        version: str = grids.BUNDLED,
        **variables: str,
    ) -> Site:
        folder = root / f"site-{len(made)}"
        folder.mkdir()
        at, sessions = databases.copy(project, engine, folder)
        if engine == "postgres":
            at["REDIS_URL"] = service_url("redis")
        everything = {"VAR_DIR": str(folder), **grids.environment(version), **at, **variables}
        site = Site(project, everything, sessions)
        made.append(site)
        return site

    try:
        yield make
        assert [site.log() for site in made if COMPLAINT.search(site.log())] == []
    finally:
        for site in made:
            site.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture
def seat(browser: Browser, request: pytest.FixtureRequest) -> Iterator[SitDown]:
    """`seat(site, "ann")` is Ann in a browser of her own, at the site's first server."""
    desks: list[Desk] = []
    sites: list[Site] = []
    with ExitStack() as contexts:

        def sit(site: Site, name: str, port: int | None = None) -> Desk:
            sites.append(site)
            context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
            contexts.callback(context.close)
            address = f"http://127.0.0.1:{port or site.servers[0].port}"
            session = {"name": site.project.session_cookie, "value": site.sessions[name]}
            context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
            desk = sit_down(context, address)
            desks.append(desk)
            return desk

        yield sit
        if request.node.stash.get(FAILED, False):
            for number, desk in enumerate(desks):
                desk.screenshot(re.sub(r"\W+", "-", f"failed-{request.node.name}-{number}"))
        for desk in desks:
            desk.keep_views()
    for site in sites:  # what one test has arranged, the next would find
        site.forget_views()
    assert [text for desk in desks for text in desk.unforgiven] == []


@pytest.fixture
def line() -> Iterator[Callable[[int], Line]]:
    """`line(port)` leads to the port until it is cut."""
    with ExitStack() as lines:

        def make(port: int) -> Line:
            made = Line(port)
            lines.callback(made.close)
            return made

        yield make
