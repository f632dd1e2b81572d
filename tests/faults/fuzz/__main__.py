"""Is there a frame that the server cannot take?

    python -m tests.faults.fuzz --frames 2000000        in this process
    python -m tests.faults.fuzz --sockets 50000         real lines, bytes below the frames, too
    python -m tests.faults.fuzz --requests 5000         REST
    python -m tests.faults.fuzz --cases 100             REST, by schemathesis, of each operation

Nothing may be raised, nothing written that the sheets do not allow, and nobody else be slowed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.databases import Database, new_database
from tests.faults.fuzz import core
from tests.faults.processes import environment, serve

SETTINGS = "tests.faults.fuzz.site.settings"


@contextmanager
def site(kind: str, **variables: str) -> Iterator[Database]:
    """A new database with the tables; this process is set up for it."""
    import django
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as folder:
        database = new_database(kind, Path(folder))
        os.environ.update(environment(database, DJANGO_SETTINGS_MODULE=SETTINGS, **variables))
        try:
            django.setup()
            call_command("migrate", run_syncdb=True, verbosity=0)
            yield database
        finally:
            _let_go()
            database.drop()


def _let_go() -> None:
    from django.db import connections

    from livesheet import threads

    threads.close()
    connections.close_all()


def in_process(kind: str, frames: int, seed: int) -> list[str]:
    with site(kind, FRAMES_PER_SECOND=str(10**9)):
        from tests.faults.fuzz.site import world

        began, users = time.monotonic(), world.make()
        run = core.play(frames, seed, users)
        pace = (frames - max(run.left, 0)) / (time.monotonic() - began)
        print(f"{kind}: {frames - max(run.left, 0):,} frames, {pace:.0f} a second", flush=True)
        return run.found


def over_rest(kind: str, requests: int, seed: int) -> list[str]:
    with site(kind):
        from tests.faults.fuzz import rest
        from tests.faults.fuzz.site import world

        return rest.play(requests, seed, world.make()).found


def by_contract(kind: str, cases: int, seed: int) -> list[str]:
    with site(kind):
        from tests.faults.fuzz import contract
        from tests.faults.fuzz.site import world

        return contract.play(cases, seed, world.make()).found


def on_sockets(kind: str, server_kind: str, frames: int, seed: int) -> list[str]:
    with site(kind) as database:
        from tests.app.models import Product
        from tests.faults.fuzz import lines
        from tests.faults.fuzz.shadow import Shadow
        from tests.faults.fuzz.site import world

        users = world.make()
        sessions = {name: world.session_of(user) for name, user in users.items()}
        row = Product.objects.filter(owner="ash").values_list("pk", flat=True)[0]
        shadow = Shadow(exempt=frozenset({("Product", row)}))
        server = serve(database, server_kind, DJANGO_SETTINGS_MODULE=SETTINGS)
        try:
            attacked = [sessions[name] for name in core.ATTACKERS]
            attack = lines.Attack(server, attacked, frames, seed)
            ashs = (sessions["ash-all"], str(row))
            result = asyncio.run(lines.play(server, ashs, attack, min(20, frames / 500)))
            found = [*lines.log_faults(server), *shadow.faults()]
        finally:
            server.stop()
        times, said, pace = result
        print(f"{server_kind}, {kind}: {frames:,} frames, {pace:.0f} a second; {dict(said)}")
        for when, those in zip(("before", "meanwhile", "afterwards"), times, strict=True):
            slower = those.slower_than(times[0])
            print(f"  another's edits {when:10}: {those}, {slower}", flush=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=0)
    parser.add_argument("--sockets", type=int, default=0)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--cases", type=int, default=0)
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgres", "mariadb"])
    parser.add_argument("--server", default="uvicorn", choices=["uvicorn", "daphne"])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    print(f"--seed {options.seed}", flush=True)
    found: list[str] = []
    if options.frames:
        found += in_process(options.database, options.frames, options.seed)
    if options.requests:
        found += over_rest(options.database, options.requests, options.seed)
    if options.cases:
        found += by_contract(options.database, options.cases, options.seed)
    if options.sockets:
        found += on_sockets(options.database, options.server, options.sockets, options.seed)
    for fault in found:
        print(f"FAULT {fault}\n", flush=True)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
