"""A page that contains a sheet, opened like a browser does: the page, its files, and its socket."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from livesheet.doctor.findings import Finding, Findings, failing, fine, warning
from livesheet.doctor.handshake import Answer, Target, get, shake

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
CONFIG = re.compile(r'<live-sheet[^>]*>\s*<script type="application/json">(.*?)</script>', re.S)
OPENING = {"type": "open", "cursor": None, "have": None}


def look(target: Target, path: str, cookie: str = "", mounted_at: str | None = None) -> Findings:
    """``path`` with the one that the site is mounted at. Raises ``OSError``.

    Sockets below ``mounted_at`` have been looked at already, as nobody.
    """
    found = _followed(target, path, cookie)
    if isinstance(found, Finding):
        yield found
        return
    if found.answer.status != 200:
        yield _no_page(target, found)
        return
    config = _config_of(found.answer.text)
    if config is None:
        yield _no_sheet(target, found, path)
        return
    yield from _files(target, found, config)
    if cookie or config["path"].partition("/ws/")[0] != mounted_at:
        yield _socket(target, found, config, cookie)
    else:
        yield fine("site.page", f"The page {found.path} contains a sheet.")


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    answer: Answer


def _followed(target: Target, path: str, cookie: str) -> Page | Finding:
    """The page at the end of redirects; those to another site, or in a circle, are a finding."""
    start = path
    for _try in range(MOST_REDIRECTS):
        answer = get(target, path, cookie)
        if answer.status not in REDIRECTS:
            return Page(path, answer)
        to = urlsplit(urljoin(target.origin + path, answer.headers.get("location", "")))
        if to.netloc != target.host or (to.scheme == "https") != target.secure:
            return fine(
                "site.page", f"The page {start} redirects to {to.geturl()}; examine that address."
            )
        path = to._replace(scheme="", netloc="", fragment="").geturl()
    return failing(
        "site.page-circle",
        f"{target.url} redirects a browser that opens {start} again and again.",
        "The page never opens.",
        "Usually, Django does not know that the proxy uses TLS (SECURE_PROXY_SSL_HEADER), or the"
        " path at which the site is mounted (FORCE_SCRIPT_NAME).",
    )


def _no_page(target: Target, page: Page) -> Finding:
    status = page.answer.status
    saw = f"{target.url} answers {status} for the page {page.path}."
    if status == 400 and _is_known(target):
        return failing(
            "site.page-host",
            saw,
            "Django refuses a request whose Host is not in ALLOWED_HOSTS, but the Host of"
            " this address is there. The proxy passes on a different one.",
            "nginx: `proxy_set_header Host $http_host;` in the location of the pages, too.",
        )
    if status == 400:
        name = split_domain_port(target.host)[0]
        return failing(
            "site.page-host",
            saw,
            "The host is not one of this site's.",
            f"Add {name!r} to ALLOWED_HOSTS.",
        )
    if status == 404:
        return failing(
            "site.no-page",
            saw,
            "Either there is no such page, or the path at which the site is mounted is lost between"
            " the proxy and Django.",
            "If the site is below a path, set FORCE_SCRIPT_NAME: docs/deploying.md. Otherwise,"
            " name a page: --page /products/.",
        )
    return failing(
        "site.page-broken",
        saw,
        "Nobody sees the sheet.",
        "The server's log shows the reason: `--log`.",
    )


def _is_known(target: Target) -> bool:
    allowed = settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"] * settings.DEBUG
    return validate_host(split_domain_port(target.host)[0], allowed)


def _config_of(text: str) -> dict[str, Any] | None:
    """What the template tag wrote into the page."""
    found = CONFIG.search(text)
    try:
        config = json.loads(found[1]) if found else None
    except ValueError:
        return None
    return config if isinstance(config, dict) and isinstance(config.get("path"), str) else None


def _no_sheet(target: Target, page: Page, asked: str) -> Finding:
    if page.path != asked:
        return fine(
            "site.page",
            f"The page {asked} redirects to {page.path}, presumably to sign in. With --cookie"
            f" {settings.SESSION_COOKIE_NAME}=…, the doctor opens the page itself.",
        )
    return warning(
        "site.page-without-sheet",
        f"{target.url} shows {page.path}, which contains no sheet.",
        "The doctor was told to open its sheet.",
        "Name a page with {% livesheet … %}: --page /products/.",
    )


# --- its files -------------------------------------------------------------------------------


class _Files(HTMLParser):
    """Addresses of what the tag lets a page load: modules, scripts, style sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        loads = tag == "link" and given.get("rel") in ("modulepreload", "preload", "stylesheet")
        address = given.get("href" if loads else "src", "")
        if (loads or tag == "script") and "livesheet" in address:
            self.found.append(address)


def _files(target: Target, page: Page, config: dict[str, Any]) -> Findings:
    missing = [
        f"{address} ({status})"
        for address in _addresses(target, page, config)
        if (status := get(target, address).status) != 200
    ]
    if missing:
        yield failing(
            "site.page-files",
            f"The page {page.path} loads {len(missing)} files that are not there: {missing[0]}.",
            "The page shows no sheet.",
            "Run collectstatic, and let the web server serve STATIC_ROOT at STATIC_URL, below the"
            " path at which the site is mounted.",
        )
    else:
        yield fine("site.page-files", f"The files of the page {page.path} are there.")


def _addresses(target: Target, page: Page, config: dict[str, Any]) -> Iterator[str]:
    """Each file once, of those that this server is asked for."""
    parser = _Files()
    parser.feed(page.answer.text)
    grid = config.get("handsontable") or {}
    css = grid.get("css") or []
    named = [*parser.found, grid.get("js"), *([css] if isinstance(css, str) else css)]
    for address in dict.fromkeys(filter(None, named)):
        parts = urlsplit(urljoin(target.origin + page.path, address))
        if parts.netloc == target.host:
            yield parts._replace(scheme="", netloc="", fragment="").geturl()


# --- its socket ------------------------------------------------------------------------------


def _socket(target: Target, page: Page, config: dict[str, Any], cookie: str) -> Finding:
    opening = {**OPENING, "client": secrets.token_hex(16)}
    answer = shake(target, config["path"], target.origin, opening, cookie)
    if answer.status == 101 and (answer.frame or {}).get("type") in ("hello", "bye"):
        said = "opens" if (answer.frame or {})["type"] == "hello" else "answers"
        return fine("site.page", f"The sheet of the page {page.path} {said}.")
    return failing(
        "site.page-socket",
        f"The page {page.path} asks for its socket at {config['path']}, where {target.url}"
        f" answers {answer.ended or answer.status}.",
        "The page shows the sheet's bar, but no rows.",
        "The proxy must pass this path to the ASGI server, and both servers"
        " need the same FORCE_SCRIPT_NAME: docs/deploying.md.",
    )
