#!/usr/bin/env python
"""The demo in one command: tables, data, a server on loopback, and a page with two people on it.

Safe to ask for again: what is there is kept, a load that was interrupted begins anew, a port that
is taken is passed over, and a second demo beside the first one shares its database.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
PORTS_TO_TRY = 50

TRY = """
  Open       {address}

  Ann works on the left, Bea on the right, on the same products.

    1  Change a price on one side and watch it arrive on the other.
    2  Make it -1: refused on the cell, with the reason, and nobody else ever sees it.
    3  Change it from a terminal in this folder:
       {shell}
    4  Let another process sell things:
       {till}
    5  Right-click a changed row: its history says who did it, and gives the old value back.

  To sign in by hand: ann, bea, cleo (views only) or admin; the password is "{password}".
  Ctrl+C stops the demo.
"""


def main() -> int:
    options = arguments()
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", SHOP_DEMO="1", DEBUG="1")
    try:
        import django

        django.setup()
    except ImportError as error:
        return explain_missing(error)
    try:
        prepare(options.fresh, options.cities, options.orders)
    except KeyboardInterrupt:
        say("\n  Interrupted. Nothing is left half-loaded; the next run begins anew.")
        return 130
    if not options.no_serve:
        serve(options.port)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the django-livesheet demo on this machine.")
    parser.add_argument(
        "--port", type=int, default=8000, help="or the next free one (default 8000)"
    )
    parser.add_argument("--fresh", action="store_true", help="empty the demo's database first")
    parser.add_argument("--cities", type=int, help="load only so many, the largest (default all)")
    parser.add_argument("--orders", type=int, default=0, help="make so many orders (default none)")
    parser.add_argument("--no-serve", action="store_true", help="prepare everything, then stop")
    return parser.parse_args()


def explain_missing(error: ImportError) -> int:
    folder = short(Path(__file__).resolve().parent.parent)
    say(
        f"  {error}.\n\n  Install what the demo needs first, or let `make demo` do it:\n"
        f"    pip install '{folder}[daphne]' -r {folder}/example_project/requirements.txt"
    )
    return 1


# Data


def prepare(fresh: bool, cities: int | None, orders: int) -> None:
    from django.conf import settings
    from django.core.management import call_command

    say("\n  django-livesheet: a wholesaler's desk\n")
    with alone(settings.VAR_DIR / "prepare.lock"):
        say(f"  {'database':<10} {database_name()}")
        call_command("migrate", verbosity=0, interactive=False)
        if fresh:
            call_command("flush", verbosity=0, interactive=False)
        call_command("load_shop", people=True, cities=cities, orders=orders)


def database_name() -> str:
    from django.db import connection

    if connection.vendor == "sqlite":
        return short(Path(connection.settings_dict["NAME"]))
    return f"{connection.display_name} on {connection.settings_dict['HOST'] or 'this machine'}"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One demo prepares at a time; the lock goes with its process, however that ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  Another demo is preparing its data; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# Server


def serve(port: int) -> None:
    from config.asgi import application
    from daphne.server import Server

    with closing(listen(port)) as listener:
        taken = listener.getsockname()[1]
        if port and taken != port:  # 0 is whichever is free
            say(f"  port       {port} is taken, so {taken}")
        Server(
            application,
            endpoints=[f"fd:fileno={listener.fileno()}"],
            ready_callable=lambda: say(what_to_try(f"http://{LOOPBACK}:{taken}/")),
        ).run()
    say("\n  Stopped. Everything is kept for the next time.")


def listen(port: int) -> socket.socket:
    """A listening socket on the port, or on the next one that is free."""
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise SystemExit(f"  No free port from {port} on. Name one: --port 9000")


def what_to_try(address: str) -> str:
    from shop.demo import manage_command, shell_command
    from shop.people import PASSWORD

    return TRY.format(
        address=address, shell=shell_command(), till=manage_command("till"), password=PASSWORD
    )


def short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
