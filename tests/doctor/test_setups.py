"""More setups that are broken on purpose; of each the doctor says what is wrong, and no more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.doctor.conftest import Keep, Project
from tests.doctor.test_walls import HOST, LAYER, UPGRADE, found, sockets_to
from tests.services import free_port, nginx, service_url

POSTGRES = """
from tests.services.environment import settings_of
DATABASES = {{"default": settings_of("{url}")}}
"""


def test_what_the_settings_and_files_tell(project: Project) -> None:
    """Six at once, since each run takes seconds; each is named on its own."""
    project.write(
        LAYER.format(port=free_port(), more=GOOD_HOST)
        + """
INSTALLED_APPS = ["whitenoise.runserver_nostatic", *INSTALLED_APPS]
DATABASES["default"]["OPTIONS"] = {}
DATABASES["default"]["CONN_MAX_AGE"] = 60
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = ["https://desk.example.com/"]
LIVESHEET = {"HANDSONTABLE": {"js": "nowhere/handsontable.js", "languages": {"de": "no/de.js"}}}
"""
    )
    (project.folder / "static" / "livesheet" / "wire" / "socket.js").write_text("// of yesterday")
    assert project.doctor() == {
        "redis.unreachable": found("does not answer"),
        "livesheet.W005": found("whitenoise.runserver_nostatic"),
        "runserver.wsgi": found("serves WSGI only"),
        "database.sqlite": found("database is locked"),
        "livesheet.W023": found("CONN_MAX_AGE"),
        "livesheet.W024": found("every host"),
        "livesheet.W025": found("Write 'https://desk.example.com'."),
        "livesheet.W026": found("license_key"),
        "grid.missing": found("not a static file"),
        "grid.words-missing": found("'no/de.js'"),
        "static.stale": found("socket.js"),
    }


GOOD_HOST = ', "socket_timeout": None'


def test_several_processes_with_a_layer_in_memory(project: Project) -> None:
    project.write("""
        CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    """)
    told = project.manage("livesheet_doctor", "--fail-level", "warning")
    assert told.returncode == 1 and "[layer.in-memory]" in told.stdout
    assert project.manage("livesheet_doctor").returncode == 0
    assert project.doctor("--processes", "3") == {"layer.in-memory": found("The site runs 3.")}


def test_a_database_that_was_not_migrated(project: Project) -> None:
    project.write('DATABASES["default"]["NAME"] = SITE / "empty.sqlite3"')
    assert project.doctor() == {"log.not-migrated": found("0001_initial")}


def test_sockets_that_reach_gunicorn(project: Project, keep: Keep) -> None:
    server = project.serve("gunicorn")
    proxy = keep(nginx(lambda own: sockets_to(own, server.port, project.folder / "static")))
    assert project.doctor("--url", proxy.url) == {"site.no-upgrade": found("gunicorn")}


def test_a_proxy_that_is_not_told_of_sockets(project: Project, keep: Keep) -> None:
    """No upgrade; no Host; and scripts of the wrong type. The server itself is sound."""
    server, static = project.serve("daphne"), project.folder / "static"
    deaf = keep(nginx(lambda own: sockets_to(own, server.port, static, HOST)))
    assert project.doctor("--url", deaf.url) == {"site.no-upgrade": found("Upgrade $http_upgrade")}
    hostless = keep(nginx(lambda own: sockets_to(own, server.port, static, UPGRADE)))
    assert project.doctor("--url", hostless.url) == {"site.wrong-host": found("Host $http_host")}
    plain = "types { } default_type text/plain;"
    mistyped = keep(
        nginx(lambda own: sockets_to(own, server.port, static, UPGRADE + HOST, types=plain))
    )
    assert project.doctor("--url", mistyped.url) == {"site.script-type": found("text/plain")}


def test_a_clock_that_somebody_holds(project: Project) -> None:
    """On PostgreSQL, by a real session, which the doctor names; so is a log that stands still."""
    with database() as url:
        project.write(POSTGRES.format(url=url) + 'LIVESHEET = {"NOTIFY_DATABASE": "default"}')
        assert project.manage("migrate", "-v0", "--run-syncdb").returncode == 0
        assert project.doctor() == {}
        with psycopg.connect(url) as holder:
            change = "INSERT INTO livesheet_change (model, kind, pks, fields, actor, origin,"
            holder.execute(
                f"{change} client, ref, tag, at) VALUES"
                " ('app.note', 'save', '[]', '', '', '', '', '', 'x', now() - interval '1 hour')"
            )
            holder.commit()
            holder.execute("SELECT * FROM livesheet_clock FOR UPDATE")
            told = project.doctor()
    assert told == {
        "log.clock-locked": found("It is the backend with pid"),
        "log.lag": found("the oldest for 3"),
    }


@contextmanager
def database() -> Iterator[str]:
    """A database of its own on the shared server."""
    whole, name = service_url("postgres"), f"doctor_{os.getpid()}"
    with psycopg.connect(whole, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{whole.rpartition('/')[0]}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
