"""The four walls that the article's author ran into, and the fifth of today, each named.

Every one is built up for real, with the server that shows it.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.doctor.conftest import Keep, Project
from tests.doctor.lines import Line
from tests.services import free_port, nginx
from tests.services.processes import Service, hears, new_service, program

LAYER = """
CHANNEL_LAYERS = {{"default": {{
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {{"hosts": [{{"address": "redis://127.0.0.1:{port}/0"{more}}}]}},
}}}}
"""
GOOD = ', "socket_timeout": None'
# A consumer as everybody writes it, which stands idle on the channel layer.
OTHERS = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
from django.core.asgi import get_asgi_application
http = get_asgi_application()
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path
from livesheet.routing import websocket_urlpatterns
from channels.auth import AuthMiddlewareStack

class Chat(AsyncWebsocketConsumer):
    groups = ["chat"]

chat = re_path("^ws/chat/$", Chat.as_asgi())
application = ProtocolTypeRouter({
    "http": http, "websocket": AuthMiddlewareStack(URLRouter([*websocket_urlpatterns, chat])),
})
"""


def redis_without(*commands: str) -> Service:
    """A real Redis that lacks a command, as one before it was invented."""
    service = new_service("redis", "redis://127.0.0.1:{port}/0")
    renamed = [word for name in commands for word in ("--rename-command", name, "")]
    where = ["--port", str(service.port), "--dir", str(service.folder), "--save", ""]
    service.start(
        [program("redis-server", "redis-server"), *where, *renamed],
        lambda: hears(service.port, b"PING\r\n", b"+PONG"),
    )
    return service


def test_a_sound_project_is_fine(project: Project, keep: Keep) -> None:
    redis = keep(redis_without())
    project.write(LAYER.format(port=redis.port, more=GOOD))
    server = project.serve("daphne")
    proxy = keep(nginx(lambda own: sockets_to(own, server.port, project.folder / "static")))
    assert project.doctor("--url", proxy.url, "--log", str(server.log), WEB_CONCURRENCY="2") == {}
    other = project.serve("uvicorn")
    assert project.doctor("--url", proxy.url, "--url", f"{other.url}/ws/sheet/product/") == {
        "site.no-script": found(f"{other.url}/ws/sheet/product/ answers 404")
    }


def test_errno_88(project: Project, keep: Keep) -> None:
    """``-fd 0`` by a script: daphne ends, and nginx finds nobody."""
    log = project.run_to_its_end("daphne", "--fd", "0", "asgi:application")
    proxy = keep(nginx(lambda own: sockets_to(own, free_port(), project.folder / "static")))
    assert project.doctor("--url", proxy.url, "--log", str(log)) == {
        "site.nobody-there": found(f"{proxy.url} answers 502"),
        "log-file.errno-88": found("Socket operation on non-socket"),
    }


def test_an_asgi_file_that_works_locally_and_not_in_production(project: Project) -> None:
    project.write(asgi="import tests.app.consumers\n" + OTHERS)
    served = project.manage("check")
    assert served.returncode == 0, "with Django set up, as runserver does, it can be imported"
    log = project.run_to_its_end("daphne", "asgi:application")
    assert project.doctor("--log", str(log)) == {
        "asgi.not-ready": found("works locally and not in production"),
        "log-file.not-configured": found("settings are not configured"),
    }
    first = "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site_settings'\n"
    project.write(asgi=first + "import tests.app.consumers\n" + OTHERS)
    log = project.run_to_its_end("daphne", "asgi:application")
    assert project.doctor("--log", str(log)) == {
        "asgi.not-ready": found("AppRegistryNotReady"),
        "log-file.not-ready": found("AppRegistryNotReady"),
    }


def test_a_redis_without_bzpopmin(project: Project, keep: Keep) -> None:
    redis = keep(redis_without("BZPOPMIN"))
    project.write(LAYER.format(port=redis.port, more=GOOD), OTHERS)
    server = project.serve("daphne")
    with Line(server.port, "/ws/chat/") as line:
        line.wait_for_the_end()
    assert project.doctor("--log", str(server.log)) == {
        "redis.no-bzpopmin": found("does not know BZPOPMIN"),
        "log-file.bzpopmin": found("unknown command 'BZPOPMIN'"),
    }


def test_a_redis_without_hello(project: Project, keep: Keep) -> None:
    """Redis 5 and redis-py 8, which speaks Redis 6's protocol unless it is told not to."""
    redis = keep(redis_without("HELLO"))
    project.write(LAYER.format(port=redis.port, more=GOOD))
    assert project.doctor() == {"redis.no-hello": found("protocol")}
    project.write(LAYER.format(port=redis.port, more=GOOD + ', "protocol": 2'))
    assert project.doctor() == {}


def test_ws_against_wss(project: Project, keep: Keep, tmp_path: Path) -> None:
    """TLS ends before nginx, which then tells Django the scheme that it sees itself."""
    certificate(tmp_path)
    project.write('SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")')
    server = project.serve("daphne")
    static = project.folder / "static"
    inner = keep(nginx(lambda own: sockets_to(own, server.port, static)))
    outer = keep(nginx(lambda own: tls_before(own, inner.port, tmp_path)))
    url = outer.url.replace("http:", "https:").replace("127.0.0.1", "localhost")
    trusted = {"SSL_CERT_FILE": str(tmp_path / "cert.pem")}
    assert project.doctor("--url", url, **trusted) == {
        "site.wrong-scheme": found("TLS ends in front of the proxy")
    }
    assert project.doctor("--url", url) == {"site.certificate": found("is not trusted")}
    project.write(f"""
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        CSRF_TRUSTED_ORIGINS = ["{url}"]
    """)
    project.again(server)
    assert project.doctor("--url", url, **trusted) == {}, "as it was told to do"


def test_idle_sockets_die_with_redis_py_8(project: Project, keep: Keep) -> None:
    redis = keep(redis_without())
    project.write(LAYER.format(port=redis.port, more=""), OTHERS)
    server = project.serve("daphne")
    with Line(server.port, "/ws/chat/") as line:
        began = time.monotonic()
        line.wait_for_the_end()
        assert time.monotonic() - began > 4
    assert project.doctor("--log", str(server.log)) == {
        "livesheet.W022": found("gives up on Redis after 5 s of silence"),
        "log-file.idle-socket": found("Timeout reading from"),
    }


# --- the proxies -----------------------------------------------------------------------------


UPGRADE = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'
HOST = "proxy_set_header Host $http_host;"
SCHEME = "proxy_set_header X-Forwarded-Proto $scheme;"


def sockets_to(
    own: Service, port: int, static: Path, headers: str = UPGRADE + HOST + SCHEME, types: str = ""
) -> str:
    types = types or "types { text/javascript js; }"
    return f"""
    server {{
        listen 127.0.0.1:{own.port};
        location /ws/ {{
            proxy_pass http://127.0.0.1:{port};
            proxy_http_version 1.1;
            {headers}
        }}
        location /static/ {{ {types} alias {static}/; }}
    }}"""


def tls_before(own: Service, port: int, folder: Path) -> str:
    return f"""
    server {{
        listen 127.0.0.1:{own.port} ssl;
        ssl_certificate {folder}/cert.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass http://127.0.0.1:{port};
            proxy_http_version 1.1;
            {UPGRADE}{HOST}{SCHEME}
        }}
    }}"""


def certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out",
         folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


class found:
    """Equal to every text that holds this one."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return self.text in str(other)

    def __repr__(self) -> str:
        return f"…{self.text}…"
