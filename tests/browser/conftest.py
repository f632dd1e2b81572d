"""Chromium, sites, and people at them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import grids
from tests.browser.desk import Desk, sit_down
from tests.browser.line import Line
from tests.browser.servers import SHOP, Databases, Project, Site
from tests.services import service_url

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

FAILED = pytest.StashKey[bool]()

OpenSite = Callable[..., Site]
SitDown = Callable[..., Desk]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is not installed (on Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(params=[grids.BUNDLED, grids.NEWEST])
def version(request: pytest.FixtureRequest) -> str:
    """The Handsontable under test."""
    return str(request.param)


@pytest.fixture
def open_site(databases: Databases, tmp_path: Path) -> Iterator[OpenSite]:
    """Make a site: a fresh database, and what its processes find in their environment."""
    made: list[Site] = []

    def make(
        project: Project = SHOP,
        *,
        engine: str = "sqlite",
        version: str = grids.BUNDLED,
        **variables: str,
    ) -> Site:
        at, sessions = databases.copy(project, engine, tmp_path)
        if engine == "postgres":
            at["REDIS_URL"] = service_url("redis")
        everything = {"VAR_DIR": str(tmp_path), **grids.environment(version), **at, **variables}
        site = Site(project, everything, sessions)
        made.append(site)
        return site

    yield make
    logs = [site.log() for site in made]
    for site in made:
        site.stop()
    assert [log for log in logs if "Traceback" in log or "ERROR" in log] == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    item.stash[FAILED] = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture
def seat(browser: Browser, request: pytest.FixtureRequest) -> Iterator[SitDown]:
    """`seat(site, "ann")` is Ann in a browser of her own, at the site's first server."""
    desks: list[Desk] = []
    with ExitStack() as contexts:

        def sit(site: Site, name: str, port: int | None = None) -> Desk:
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
                desk.screenshot(f"failed-{request.node.name}-{number}")
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
