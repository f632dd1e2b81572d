"""A site below a path, by real servers and nginx, and what the doctor says if it is not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.conftest import Keep, Project
from tests.doctor.site import with_a_page
from tests.doctor.test_walls import HOST, SCHEME, UPGRADE, found
from tests.services import nginx
from tests.services.processes import Service

FORCED = 'FORCE_SCRIPT_NAME = "/app"\n'


def below(own: Service, port: int, static: Path, cut: bool, headers: str = HOST) -> str:
    """nginx with the site below /app; ``cut``: what it hands on has lost that path."""
    return f"""
    server {{
        listen 127.0.0.1:{own.port};
        location /app/ {{
            proxy_pass http://127.0.0.1:{port}{"/" if cut else ""};
            proxy_http_version 1.1;
            {UPGRADE}{headers}{SCHEME}
        }}
        location /app/static/ {{ types {{ text/javascript js; text/css css; }} alias {static}/; }}
    }}"""


WAYS = [
    # server, words, FORCE_SCRIPT_NAME, whether nginx cuts the path off
    ("uvicorn", ("--ws", "websockets-sansio"), True, False),
    ("uvicorn", (), True, True),
    ("uvicorn", ("--root-path", "/app"), False, True),
    ("daphne", (), True, False),
    ("daphne", ("--root-path", "/app"), False, False),
    ("daphne", ("--root-path", "/app"), False, True),
    ("daphne", ("--root-path", "/app"), True, True),
]


@pytest.mark.parametrize(("server", "words", "forced", "cut"), WAYS)
def test_ways_to_serve_a_site_below_a_path(
    project: Project, keep: Keep, server: str, words: tuple[str, ...], forced: bool, cut: bool
) -> None:
    """Page, its files, its socket and REST: the doctor opens the page as a browser does."""
    with_a_page(project, FORCED if forced else "")
    running = project.serve(server, *words)
    proxy = keep(nginx(lambda own: below(own, running.port, project.folder / "static", cut)))
    told = project.findings("--url", f"{proxy.url}/app")
    assert [one for one in told if one["level"] != "fine"] == []
    said = {one["id"]: one["saw"] for one in told}
    assert "/app/products/" in said["site.page"]
    assert "/app/ws/sheet/" in said["site.socket"]
    assert project.status(f"{proxy.url}/app/sheets/product/") == 403, "REST asks to sign in"


def test_a_server_that_does_not_know_its_path(project: Project, keep: Keep) -> None:
    """nginx hands on the whole path, and nobody told Django."""
    with_a_page(project)
    server, static = project.serve("uvicorn"), project.folder / "static"
    proxy = keep(nginx(lambda own: below(own, server.port, static, cut=False)))
    told = project.doctor("--url", f"{proxy.url}/app")
    assert told["site.no-page"] == found("FORCE_SCRIPT_NAME")
    assert told["site.other-sheets"] == found("FORCE_SCRIPT_NAME")
    # The settings know, the proxy leads /ws/ alone to the server.
    with_a_page(project, FORCED)
    project.again(server)
    root = keep(nginx(lambda own: below(own, server.port, static, True).replace("/app", "")))
    assert project.doctor("--url", root.url) == {
        "site.no-script": found("/app/static/livesheet/"),
        "site.page-files": found("/app/static/livesheet/"),
    }


def test_pages_and_sockets_that_know_different_paths(project: Project, keep: Keep) -> None:
    with_a_page(project)
    sockets = project.serve("uvicorn")
    with_a_page(project, FORCED)  # which the pages and the doctor know
    pages, static = project.serve("gunicorn"), project.folder / "static"

    def both(own: Service) -> str:
        whole = below(own, pages.port, static, cut=True)  # WSGI does not cut it off
        ws = f"location /app/ws/ {{ proxy_pass http://127.0.0.1:{sockets.port}; {UPGRADE}{HOST}"
        return whole.replace("location /app/ {", ws + "proxy_http_version 1.1; } location /app/ {")

    proxy = keep(nginx(both))
    assert project.doctor("--url", f"{proxy.url}/app") == {
        "site.other-sheets": found("No route found")
    }
    project.again(sockets)
    assert project.doctor("--url", f"{proxy.url}/app") == {}, "as it was told to do"
