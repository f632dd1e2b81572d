"""The real servers that the tests run against, each as Debian packages it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from .processes import HOST, Service, hears, new_service, program, run

# Durability is not what these servers are here for; a test run should not wait for the disk. What
# measures what a write costs has to: LIVESHEET_TEST_DURABLE leaves it to the servers' own defaults.
IS_DURABLE = bool(os.environ.get("LIVESHEET_TEST_DURABLE"))
POSTGRES_SETTINGS = {"max_connections": "300", "shared_buffers": "256MB"}
MARIADB_SETTINGS = ["--skip-name-resolve", "--max-connections=300"]
if not IS_DURABLE:
    POSTGRES_SETTINGS |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    MARIADB_SETTINGS += ["--innodb-flush-log-at-trx-commit=0"]


def postgres() -> Service:
    """PostgreSQL, superuser `postgres` without a password."""
    service = new_service(
        "postgres", "postgres://postgres@127.0.0.1:{port}/postgres", signal.SIGINT
    )
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    # PATH may hold a link to the one program; its companions stand beside the real one.
    binary = program("postgres", "postgresql", *folders).resolve()
    data = prepare_folder(service, "postgres")
    try:
        initdb = [str(binary.with_name("initdb")), "-A", "trust", "-U", "postgres", "--no-sync"]
        encoding = ["--encoding=UTF8", "--locale=C.UTF-8"]
        run([*initdb, *encoding, "-D", str(data)], service.log, user="postgres")
        settings = [f"-c{name}={value}" for name, value in POSTGRES_SETTINGS.items()]
        where = ["-D", str(data), "-k", str(data), "-h", HOST, "-p", str(service.port)]
        ready = [str(binary.with_name("pg_isready")), "-q", "-h", HOST, "-p", str(service.port)]
        service.start(
            [binary, *where, *settings],
            lambda: subprocess.run(ready, check=False).returncode == 0,
            user="postgres",
        )
    except BaseException:
        service.stop()
        raise
    return service


def mariadb() -> Service:
    """MariaDB, user `root` without a password."""
    service = new_service("mariadb", "mysql://root@127.0.0.1:{port}/mysql")
    binary = program("mariadbd", "mariadb-server", "/usr/sbin")
    install = program("mariadb-install-db", "mariadb-server")
    data, spare = (prepare_folder(service, "mysql", name) for name in ("data", "tmp"))
    owner = ["--user=mysql"] if os.geteuid() == 0 else []
    # One that starts removes the temporary tables of all that share the folder for them.
    common = ["--no-defaults", f"--datadir={data}", f"--tmpdir={spare}"]
    where = [f"--bind-address={HOST}", f"--port={service.port}", f"--socket={data}/socket"]
    settings = ["--character-set-server=utf8mb4", *MARIADB_SETTINGS]
    try:
        root = "--auth-root-authentication-method=normal"
        run([install, *common, *owner, "--skip-test-db", root], service.log)
        service.start(
            [binary, *common, *where, f"--pid-file={data}/pid", *settings],
            lambda: hears(service.port, expect=b"MariaDB"),
            user="mysql",
        )
    except BaseException:
        service.stop()
        raise
    return service


def redis() -> Service:
    """Redis, in memory only."""
    service = new_service("redis", "redis://127.0.0.1:{port}/0")
    try:
        start_redis(service)
    except BaseException:
        service.stop()
        raise
    return service


def start_redis(service: Service) -> None:
    """Start a Redis on the service's port; once more after `halt()`, for the tests of its death."""
    binary = program("redis-server", "redis-server")
    where = ["--bind", HOST, "--port", str(service.port), "--dir", str(service.folder)]
    service.start(
        [binary, *where, "--save", "", "--appendonly", "no"],
        lambda: hears(service.port, b"PING\r\n", b"+PONG"),
    )


def pgbouncer(behind: int, size: int = 20, idle_seconds: int = 600) -> Service:
    """PgBouncer before the PostgreSQL on port `behind`, in transaction mode.

    It shares `size` connections for each database, and ends one that is idle for so long.
    """
    service = new_service("pgbouncer", "postgres://postgres@127.0.0.1:{port}/postgres")
    binary = program("pgbouncer", "pgbouncer", "/usr/sbin")
    users = service.folder / "users.txt"
    users.write_text('"postgres" ""\n', encoding="utf-8")
    settings = {
        "listen_addr": HOST,
        "listen_port": service.port,
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": users,
        "admin_users": "postgres",
        "pool_mode": "transaction",
        "default_pool_size": size,
        "max_client_conn": 1000,
        "max_db_connections": size,
        "server_idle_timeout": idle_seconds,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    text = f"[databases]\n* = host={HOST} port={behind}\n[pgbouncer]\n{lines}"
    configuration = service.folder / "pgbouncer.ini"
    configuration.write_text(text, encoding="utf-8")
    try:
        service.start([binary, configuration], lambda: hears(service.port), user="postgres")
    except BaseException:
        service.stop()
        raise
    return service


def nginx(configuration: Callable[[Service], str]) -> Service:
    """nginx with the text that `configuration(service)` makes of the service's port and folder.

    The text is the inside of an `http` block, e.g. a `server` listening on `service.port`.
    """
    service = new_service("nginx", "http://127.0.0.1:{port}", signal.SIGQUIT)
    binary = program("nginx", "nginx", "/usr/sbin")
    folder = service.folder
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    text = (
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log stderr;\n"
        "events { worker_connections 4096; }\n"
        f"http {{\n{paths}  access_log off;\n{configuration(service)}\n}}\n"
    )
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    try:
        service.start(
            [binary, "-c", folder / "nginx.conf", "-e", "stderr", "-p", folder],
            lambda: hears(service.port),
        )
    except BaseException:
        service.stop()
        raise
    return service


def prepare_folder(service: Service, owner: str, name: str = "data") -> Path:
    """A folder, such as that of the data, owned by the user that the server runs as."""
    data = service.folder / name
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, owner, owner)
    return data


STARTERS: dict[str, Callable[[], Service]] = {
    "postgres": postgres,
    "mariadb": mariadb,
    "redis": redis,
}
