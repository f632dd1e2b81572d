"""Hosts made of the deploy files, and people in Chromium who reach them by name, through nginx."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.again import pytest_runtest_setup  # noqa: F401
from tests.browser.conftest import COMPLAINT, WINDOW, chromium
from tests.browser.desk import Desk, sit_down
from tests.browser.servers import SHOP, Databases
from tests.deploy.files import NAME
from tests.deploy.stack import Host
from tests.deploy.tls import fingerprint, make_certificate
from tests.services import redis

MakeHost = Callable[..., Host]
SitDown = Callable[..., Desk]
# The sessions that a new database has, by the names of the people.
Site = tuple[dict[str, str], dict[str, str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="all of it, as `make test-long` does")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    return folder


@pytest.fixture(scope="session")
def browser(certificate: Path) -> Iterator[Browser]:
    """Chromium, which finds the site's name on this machine and trusts its certificate."""
    here = [
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1,MAP evil.example.net 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={fingerprint(certificate)}",
    ]
    with sync_playwright() as playwright:
        running = chromium(playwright, *here)
        yield running
        running.close()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """What the processes of one site find in their environment, and who is signed in to it."""
    there, sessions = databases.copy(SHOP, "postgres", tmp_path_factory.mktemp("site"))
    doorbell = redis()
    variables = {
        "SECRET_KEY": SHOP.environment["SECRET_KEY"],
        "ALLOWED_HOSTS": NAME,
        "REDIS_URL": doorbell.url,
        **there,
    }
    yield variables, sessions
    doorbell.stop()


@pytest.fixture(scope="module")
def host(site: Site, certificate: Path) -> Iterator[MakeHost]:
    """Make hosts of the site. None of their processes may have complained in its log."""
    made: list[Host] = []

    def make(prefix: tuple[str, ...] = ()) -> Host:
        new = Host(site[0], prefix)
        made.append(new)
        for file in certificate.iterdir():
            shutil.copy(file, new.folder / "tls")
        new.manage("collectstatic", "--no-input", "--verbosity=0")
        return new

    try:
        yield make
        assert [each.log() for each in made if COMPLAINT.search(each.log())] == []
    finally:
        for each in made:
            each.stop()


@pytest.fixture
def seat(browser: Browser, site: Site) -> Iterator[SitDown]:
    """`seat("ann", "https://…")` is Ann, signed in, in a browser of her own."""
    desks: list[Desk] = []
    with ExitStack() as contexts:

        def sit(name: str, address: str) -> Desk:
            context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
            contexts.callback(context.close)
            session = {"name": SHOP.session_cookie, "value": site[1][name], "secure": True}
            context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
            desk = sit_down(context, address)
            desks.append(desk)
            return desk

        yield sit
    assert [text for desk in desks for text in desk.unforgiven] == []


def socket_addresses(desk: Desk) -> list[str]:
    """Where the page's sockets go, whatever they say of the page."""
    addresses: list[str] = desk.page.evaluate(
        "() => [...document.querySelectorAll('live-sheet')].map((each) => each.sheet.socket.url)"
    )
    return [re.sub(r":\d+/", "/", address.split("?")[0]) for address in addresses]
