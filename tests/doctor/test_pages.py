"""A page with a sheet, opened as a browser does, and what the server itself lets through."""

from __future__ import annotations

from pathlib import Path

from tests.doctor.conftest import Keep, Project
from tests.doctor.site import with_a_page
from tests.doctor.test_walls import HOST, SCHEME, UPGRADE, found
from tests.services import nginx
from tests.services.processes import Service


def signed_in(project: Project) -> str:
    """The cookie of somebody who may do everything."""
    code = (
        "from django.contrib.auth.models import User\n"
        "from django.test import Client\n"
        "client = Client(); client.force_login(User.objects.create_superuser('ann'))\n"
        "print(client.cookies['sessionid'].value)"
    )
    return f"sessionid={project.manage('shell', '-v0', '-c', code).stdout.strip()}"


def site(own: Service, port: int, static: Path, headers: str, files: str = "") -> str:
    return f"""
    server {{
        listen 127.0.0.1:{own.port};
        location / {{ proxy_pass http://127.0.0.1:{port}; {headers} }}
        location /ws/ {{
            proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1; {UPGRADE}{HOST}{SCHEME}
        }}
        location /static/ {{
            types {{ text/javascript js; text/css css; }} {files or f"alias {static}/;"}
        }}
    }}"""


def test_a_proxy_that_drops_the_host_of_pages(project: Project, keep: Keep) -> None:
    """nginx sends the name of the upstream, unless it is told otherwise."""
    with_a_page(project, 'ALLOWED_HOSTS = ["localhost"]')
    server, static = project.serve("uvicorn"), project.folder / "static"
    proxy = keep(nginx(lambda own: site(own, server.port, static, "")))
    url = proxy.url.replace("127.0.0.1", "localhost")
    assert project.doctor("--url", url) == {"site.page-host": found("Host $http_host")}
    proxy = keep(nginx(lambda own: site(own, server.port, static, HOST)))
    url = proxy.url.replace("127.0.0.1", "localhost")
    assert project.doctor("--url", url) == {}, "as it was told to do"


def test_a_page_whose_files_are_missing(project: Project, keep: Keep) -> None:
    with_a_page(project)
    server, static = project.serve("uvicorn"), project.folder / "static"
    broken = "location ~ handsontable { return 404; } " + f"alias {static}/;"
    proxy = keep(nginx(lambda own: site(own, server.port, static, HOST, broken)))
    assert project.doctor("--url", proxy.url) == {"site.page-files": found("handsontable")}


def test_which_page(project: Project, keep: Keep) -> None:
    with_a_page(project)
    server, static = project.serve("uvicorn"), project.folder / "static"
    proxy = keep(nginx(lambda own: site(own, server.port, static, HOST)))

    def said(*words: str) -> str:
        told = project.findings("--url", proxy.url, *words)
        return next(one["id"] for one in told if one["id"].startswith(("site.page", "site.no-p")))

    assert said() == "site.page-files", "found by its template"
    assert said("--page", "/nowhere/") == "site.no-page"
    assert said("--page", "/sheets/product/") == "site.page-broken"
    cookie = signed_in(project)
    told = project.findings("--url", proxy.url, "--page", "/mine/", "--cookie", cookie)
    assert [one for one in told if one["level"] != "fine"] == []
    assert "The sheet of the page /mine/ opens." in [one["saw"] for one in told]


def test_what_a_server_lets_through(project: Project) -> None:
    """By their defaults uvicorn inflates and waits for 16 MB; daphne neither."""
    cookie = signed_in(project)
    loose = ("--ws-max-size", "16777216", "--ws-per-message-deflate", "true")
    server = project.serve("uvicorn", *loose)
    told = project.doctor("--url", f"{server.url}/ws/sheet/product/", "--cookie", cookie)
    assert told["site.compression"] == found("--ws-per-message-deflate false")
    assert told["site.frame-size"] == found("--ws-max-size 131072")
    for server in (project.serve("uvicorn"), project.serve("daphne")):
        told = project.doctor("--url", f"{server.url}/ws/sheet/product/", "--cookie", cookie)
        assert list(told) == ["site.no-script"], "static files are nginx's"
