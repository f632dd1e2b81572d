"""A running site, examined from outside like a browser: ``--url https://desk.example.com``."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.templatetags.static import static
from django.urls import get_script_prefix

from livesheet.doctor import addresses, limits, pages
from livesheet.doctor.findings import Finding, Findings, failing, fine
from livesheet.doctor.handshake import LOOPBACK, Answer, Target, get, shake
from livesheet.exceptions import NO_SHEET
from livesheet.page.assets import entry
from livesheet.sheet.declaration import all_sheets
from livesheet.wire import protocol

FOREIGN = "https://livesheet-doctor.invalid"
REFUSALS = {protocol.SIGNED_OUT: "asks to sign in", protocol.NOT_ALLOWED: "refuses nobody"}
JAVASCRIPT = ("text/javascript", "application/javascript")


def findings(urls: Sequence[str], page: str = "", cookie: str = "") -> Findings:
    """``urls`` as in ``--url``; a server behind the proxy is asked by the name of the site.

    The first is the site as users have it, where pages are opened too.
    """
    host = _name_of_the_site(urls)
    for n, url in enumerate(urls):
        try:
            target = Target.parse(url, host)
        except ValueError as error:
            yield failing(
                "site.address", f"--url: {error}.", "This address was not examined.", "Correct it."
            )
            continue
        try:
            yield from _look(target, cookie)
            if n == 0:
                yield from _pages(target, page, cookie)
        except ssl.SSLCertVerificationError as error:
            yield _bad_certificate(target, error)
        except OSError as error:
            yield _unreachable(target, error)


def _name_of_the_site(urls: Iterable[str]) -> str:
    hosts = [urlsplit(url).netloc.rpartition("@")[-1] for url in urls]
    public = [host for host in hosts if host and split_domain_port(host)[0] not in LOOPBACK]
    names = [name for name in settings.ALLOWED_HOSTS if name[:1] not in ("*", ".")]
    return next(iter([*public, *filter(None, hosts), *names]), "localhost")


def _look(target: Target, cookie: str) -> Findings:
    path = _path(target)
    answer = shake(target, path, target.origin, _opening())
    if answer.status == 101:
        elsewhere = _elsewhere(target, path, answer) if _knows_no_sheet(answer) else None
        yield elsewhere or _spoken(target, path, answer)
        yield _foreign(target, path)
        yield from limits.look(target, path, cookie)
    elif answer.status == 403:
        yield _why_forbidden(target, path)
    else:
        yield _elsewhere(target, path, answer) or _no_socket(target, path, answer)
    if not target.url.startswith("unix:"):
        yield from _script(target)


def _opening() -> dict[str, Any]:
    return {"type": "open", "client": secrets.token_hex(16), "cursor": None, "have": None}


def _path(target: Target) -> str:
    given = urlsplit(target.url).path if "://" in target.url else ""
    return given if "/ws/" in given else _mounted_at(target) + _inner_path()


def _mounted_at(target: Target) -> str:
    """The path of the site: that of its address, else that of the settings."""
    given = urlsplit(target.url).path if "://" in target.url else ""
    return (given.partition("/ws/")[0] or get_script_prefix()).rstrip("/")


def _inner_path() -> str:
    name = next((sheet.get_name() for sheet in all_sheets()), "none")
    return f"/ws/sheet/{name}/"


def _pages(target: Target, page: str, cookie: str) -> Findings:
    """The page that was named, else the first that the URLs and templates tell of."""
    mounted_at = _mounted_at(target)
    known = [f"{mounted_at}/{address}" for address in addresses.known_pages()]
    asked = page or next(iter(known), "")
    if asked:
        yield from pages.look(target, asked, cookie, mounted_at)


# --- a socket came about ---------------------------------------------------------------------


def _spoken(target: Target, path: str, answer: Answer) -> Finding:
    if answer.headers.get("sec-websocket-protocol") != protocol.VERSION:
        return failing(
            "site.other-protocol",
            f"{target.url} opens {path}, but does not speak {protocol.VERSION}.",
            "Another consumer of yours, or another version of livesheet, answers there.",
            "Put livesheet.routing first for ws/sheet/, and restart the servers.",
        )
    frame = answer.frame or {}
    if frame.get("type") == "hello" or frame.get("code") in REFUSALS:
        what = REFUSALS.get(frame.get("code", 0), "opens the sheet to everybody")
        return fine("site.socket", f"{target.url} answers at {path} and {what}.")
    if _knows_no_sheet(answer):
        return failing(
            "site.other-sheets",
            f"{target.url} does not know the sheet of {path}.",
            "The server runs different code or settings from this command, or does not know below"
            " which path the site is.",
            "Restart it after each deployment; compare its DJANGO_SETTINGS_MODULE. If its log"
            " (`--log`) says `No route found for path`, set FORCE_SCRIPT_NAME to the site's path"
            " for every server.",
        )
    ended = frame.get("message") or answer.ended or "it said something else"
    return failing(
        "site.broken-off",
        f"{target.url} opened {path}, and then: {ended}.",
        "The sheet tries again for ever. A time-out means that a proxy holds back frames; a silent"
        " end means that the server failed.",
        "Look into the server's log (`--log`), and set `proxy_buffering off` for /ws/.",
    )


def _foreign(target: Target, path: str) -> Finding:
    if shake(target, path, FOREIGN).status != 101:
        return fine("site.foreign-origin", f"{target.url} refuses pages of other sites.")
    return failing(
        "site.foreign-origin",
        f"{target.url} opens a socket to a page of {FOREIGN}.",
        "Any website could open sheets as the user who visits it, with that user's cookies.",
        "Let the proxy pass on Origin unchanged, and look for wildcards in CSRF_TRUSTED_ORIGINS.",
    )


def _knows_no_sheet(answer: Answer) -> bool:
    return (answer.frame or {}).get("code") == NO_SHEET


# --- none did --------------------------------------------------------------------------------


def _why_forbidden(target: Target, path: str) -> Finding:
    name = split_domain_port(target.host)[0]
    other = f"{'http' if target.secure else 'https'}://{target.host}"
    allowed = settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"] * settings.DEBUG
    saw = f"{target.url} refuses its own pages (403 for Origin: {target.origin})"
    why = "The browser reports only `WebSocket connection failed`, and no sheet opens."
    if shake(target, path, other).status == 101:
        return failing(
            "site.wrong-scheme",
            f"{saw}, but accepts {other}.",
            f"{why} TLS ends in front of the proxy, which reports to Django the scheme that it"
            " sees itself.",
            "Let it pass on the X-Forwarded-Proto that it receives, or add the origin to"
            f" CSRF_TRUSTED_ORIGINS: {target.origin!r}.",
        )
    if not validate_host(name, allowed):
        fix = f"Add {name!r} to ALLOWED_HOSTS."
        return failing("site.unknown-host", f"{saw}; the host is not one of this site's.", why, fix)
    if shake(target, path, "").status == 101:
        return failing(
            "site.wrong-host",
            f"{saw}, but accepts a client without an origin.",
            f"{why} The Host that reaches the server is not the host of this address.",
            "nginx: `proxy_set_header Host $http_host;` in the location /ws/. If a service in"
            f" front of it changes the host, set CSRF_TRUSTED_ORIGINS = [{target.origin!r}].",
        )
    return failing(
        "site.forbidden",
        f"{saw} and all other clients.",
        f"{why} Something in front of livesheet refuses: a firewall, or a consumer that closes"
        " before it accepts.",
        "Ask the server behind the proxy: --url unix:/run/daphne.sock or http://127.0.0.1:8001.",
    )


def _elsewhere(target: Target, path: str, answer: Answer) -> Finding | None:
    """A site below a path, of which the proxy and the server know different ones."""
    others = {_inner_path(), f"{get_script_prefix().rstrip('/')}{_inner_path()}"} - {path}
    for other in sorted(others) if answer.status in (101, 404, 500) else ():
        found = shake(target, other, target.origin, _opening())
        if found.status == 101 and not _knows_no_sheet(found):
            return failing(
                "site.sub-path",
                f"{target.url} has no sheet at {path}, but opens one at {other}.",
                "Pages connect below the path at which the site is mounted, so no sheet opens.",
                "Set FORCE_SCRIPT_NAME to that path for every server of the site, and put the"
                " proxy's location for sockets below it, too: docs/deploying.md.",
            )
    return None


def _no_socket(target: Target, path: str, answer: Answer) -> Finding:
    saw = f"{target.url} answers {answer.status} at {path}"
    if answer.status in (301, 302, 303, 307, 308):
        return failing(
            "site.redirect",
            f"{saw} and points to {answer.headers.get('location', 'nowhere')}.",
            "A browser's socket follows no redirect.",
            "Give the address that users see. If it redirects to itself, Django does not know that"
            " the proxy uses TLS: SECURE_PROXY_SSL_HEADER.",
        )
    if answer.status in (502, 503, 504):
        return failing(
            "site.nobody-there",
            f"{saw}: the proxy finds no server behind it.",
            "Pages may work, because another server serves them, but no sheet opens.",
            "Is the ASGI server running, and listening on that socket? Its log shows the reason:"
            " `--log`. `[Errno 88]` is daphne's `-fd 0` without a socket; say"
            " `-u /run/daphne.sock` instead.",
        )
    if answer.status in (400, 404, 426):
        return failing(
            "site.no-upgrade",
            f"{saw}, as to a plain request.",
            "Either a WSGI server (gunicorn, runserver without daphne) received it, or the proxy"
            " did not pass on that it is a WebSocket.",
            "nginx, location /ws/: the ASGI server, `proxy_http_version 1.1`, `proxy_set_header"
            ' Upgrade $http_upgrade`, `proxy_set_header Connection "upgrade"`. To find out'
            " which, ask that server directly: --url unix:/run/daphne.sock.",
        )
    if answer.status == 500:
        return failing(
            "site.server-error",
            f"{saw}: it failed.",
            "The sheet tries again for ever.",
            "Its log shows the reason: `--log`. `No route found for path` means that asgi.py has"
            " no route there; below a path, it needs FORCE_SCRIPT_NAME.",
        )
    return failing(
        "site.no-socket",
        f"{saw}.",
        "Something other than an ASGI server answered.",
        "Point the location /ws/ to the ASGI server.",
    )


def _bad_certificate(target: Target, error: ssl.SSLCertVerificationError) -> Finding:
    return failing(
        "site.certificate",
        f"The certificate of {target.url} is not trusted ({error.verify_message}).",
        "Users can ignore the warning for a page, but not for a socket, which just fails.",
        "Renew it, or name your certificate authority: SSL_CERT_FILE=….",
    )


def _unreachable(target: Target, error: OSError) -> Finding:
    return failing(
        "site.unreachable",
        f"{target.url} cannot be reached ({type(error).__name__}: {error}).",
        "Neither pages nor sheets can be loaded from there.",
        "Is the server running and listening there? If not, its log shows the reason: `--log`.",
    )


# --- the script ------------------------------------------------------------------------------


def _script(target: Target) -> Findings:
    address = urlsplit(urljoin(target.origin, static(entry())))
    if address.netloc != target.host:
        yield fine("site.script", f"The script comes from {address.netloc}.")
        return
    # A site below a path may be the only one who knows it: this command has no request to ask.
    below = f"{_mounted_at(target)}/{address.path.removeprefix(get_script_prefix())}"
    answer = get(target, address.path)
    if answer.status != 200 and below != address.path:
        answer = get(target, below)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200:
        yield failing(
            "site.no-script",
            f"{target.url} answers {answer.status} for {address.path}.",
            "The page shows no sheet.",
            "Run collectstatic, and let the web server serve STATIC_ROOT at STATIC_URL.",
        )
    elif kind not in JAVASCRIPT:
        yield failing(
            "site.script-type",
            f"{target.url} serves {address.path} as {kind or 'nothing'!r}.",
            "Browsers refuse modules whose type is not JavaScript.",
            "nginx: `include mime.types;` in its http block.",
        )
    else:
        yield fine("site.script", f"{target.url} serves the script as {kind}.")
