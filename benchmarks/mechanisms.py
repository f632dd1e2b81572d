"""What does each mechanism save that is there only for speed?

    python benchmarks/mechanisms.py                        # each, three rounds
    python benchmarks/mechanisms.py frames collector --rounds 5
    python benchmarks/mechanisms.py --write docs/performance.md

The benchmark's site is served with the mechanism and without it (`peers/sheets/without.py`), by
turns, each round beginning with the other one. A figure is the ratio of two neighbours in time: of
the server's processor, which a busy machine disturbs least, unless something else is named.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.harness import reports  # noqa: E402
from benchmarks.harness.crowds import FIRST_CHECKS, OWN_PATH, standstill  # noqa: E402
from benchmarks.harness.environments import environment  # noqa: E402
from benchmarks.harness.generator import Generator  # noqa: E402
from benchmarks.harness.loading import loading  # noqa: E402
from benchmarks.harness.measures import (  # noqa: E402
    PATIENCE,
    RATE,
    Figures,
    Plan,
    opening,
    settle,
)
from benchmarks.harness.peers import all_peers  # noqa: E402
from benchmarks.harness.servers import (  # noqa: E402
    PEERS,
    Site,
    new_database,
    paths,
    prepare,
    served,
)

BEGIN, END = "<!-- mechanisms.py: begin -->", "<!-- mechanisms.py: end -->"
SECONDS = 3.0
UVICORN = "livesheet-uvicorn"
Measured = Callable[[Site], Figures]


def edits(
    site: Site, outstanding: int = 1, sockets: int = 1, users: int = 0, server: str = UVICORN,
    seconds: float = SECONDS,
) -> Figures:  # fmt: skip
    """Of an edit, and of opening. `users` have rows of their own; without, all see the same.

    Where none is to be `outstanding`, there are ten edits a second.
    """
    peer = all_peers()[server]
    client = replace(peer.client, path=OWN_PATH) if users else peer.client
    site = replace(site, users=users or sockets)
    with (
        served(peer, site) as held,
        Generator(held.port, client, site.rows, held.cookies) as generator,
    ):
        figures = opening(held, generator, sockets)
        settle(generator, sockets)
        generator.closed(1, 1.0)  # so that nothing below is the first of its kind
        settle(generator, sockets)
        standstill(held, "edit")
        spent = held.spent()
        if outstanding:
            seen = generator.closed(outstanding, seconds, min(outstanding, sockets))
        else:
            seen = generator.rate(RATE, seconds)
        figures |= {"edit_ms": (held.spent() - spent) / max(1, seen["sent"]) * 1e3}
        figures |= {"took_ms": seen["seconds"] / max(1, seen["whole"]) * 1e3}
        return figures | standstill(held, "edit")


def idle(site: Site, sockets: int, seconds: float, first: float = 0.0) -> Figures:
    """`first` seconds are not counted."""
    peer = all_peers()[UVICORN]
    with (
        served(peer, replace(site, users=sockets)) as held,
        Generator(held.port, peer.client, site.rows, held.cookies) as generator,
    ):
        generator.open(sockets, 20, PATIENCE)
        settle(generator, sockets)
        generator.idle(first)
        spent = held.spent()
        generator.idle(seconds)
        return {"idle_s": held.spent() - spent}


def whole(site: Site) -> Figures:
    return loading(all_peers()[UVICORN], site.rows, Plan(database=site.database), site.without)


def transactions(site: Site) -> Figures:
    """Of an empty one, in a process by itself."""
    peer, folder = all_peers()[UVICORN], Path()
    with new_database(site.database, folder) as url:
        python = environment(peer.requirements)
        variables = {
            "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": peer.settings, "WITHOUT": site.without,
            "PYTHONPATH": paths(peer, site), "REDIS_URL": "",
        }  # fmt: skip
        words = [*map(str, (python, PEERS / "transactions.py", 3_000))]
        told = subprocess.run(
            words, env={**os.environ, **variables}, check=True, capture_output=True, text=True
        )
        return {"transaction_ms": float(told.stdout)}


@dataclass(frozen=True)
class Mechanism:
    does: str
    figure: str
    told: str  # the figure, in words
    measure: Measured
    rows: int = 100
    beneath: str = ""  # mechanisms that are switched off both times, because they hide this one


LONE, MANY = partial(edits, outstanding=1), partial(edits, outstanding=16)
FULL = partial(edits, outstanding=4, sockets=1_000)
OPENED = partial(edits, sockets=300, outstanding=1, seconds=1.0)
APART = partial(edits, outstanding=1, sockets=200, users=100)
OF_LONE, OF_MANY = "a lone edit", "an edit, sixteen under way"
OF_FULL, OF_OPENED = "an edit that reaches 1,000 sockets", "an opening, of 300"
OF_APART = "an edit, 100 users with rows of their own"
OF_SOCKETS = "memory of a socket, of 300"

MECHANISMS = {
    "together": Mechanism("edits that wait are carried out together", "edit_ms", OF_MANY, MANY),
    "receiving": Mechanism(
        "and wait for what is just being received", "edit_ms", "the same, of 100 sockets",
        partial(edits, outstanding=16, sockets=100),
    ),
    "updates": Mechanism(
        "rows updated by plain SQL, not `bulk_update()`", "edit_ms", OF_MANY, MANY
    ),
    "inserts": Mechanism("changes inserted by plain SQL, not the ORM", "edit_ms", OF_MANY, MANY),
    "rights": Mechanism("rights compared instead of built anew", "edit_ms", OF_LONE, LONE),
    "rows_kept": Mechanism(
        "the statements that lock and read one row, kept", "edit_ms", OF_LONE, LONE
    ),
    "serializer": Mechanism("the serializer of the last edit, kept", "edit_ms", OF_LONE, LONE),
    "numbered": Mechanism("a change numbered by one text of statements", "edit_ms", OF_LONE, LONE),
    "begin": Mechanism(
        "BEGIN sent with its limits", "transaction_ms", "an empty transaction", transactions
    ),
    "ring": Mechanism(
        "no ring where no other process listens", "edit_ms", "an edit, ten a second",
        partial(edits, outstanding=0, seconds=8.0),
    ),
    "frames": Mechanism("a frame built once and written to transports", "edit_ms", OF_FULL, FULL),
    "tasks": Mechanism(
        "sends begun without a task (daphne)", "edit_ms", OF_FULL,
        partial(edits, outstanding=4, sockets=1_000, server="livesheet-daphne"),
    ),
    "past": Mechanism(
        "sends past the session's middleware, without that", "edit_ms", OF_FULL, FULL,
        beneath="frames",
    ),
    "slices": Mechanism(
        "others have their turn during a delivery", "edit_still_own",
        "the longest turn of the loop, 1,000 sockets", FULL,
    ),
    "snapshots": Mechanism("those who open at once read together", "open_ms", OF_OPENED, OPENED),
    "presence": Mechanism("people told by ticks, fifty by name", "open_ms", OF_OPENED, OPENED),
    "permissions": Mechanism("a user's rights in one statement", "open_ms", OF_OPENED, OPENED),
    "marks": Mechanism(
        "what was sent noted a chunk at a time", "load_ms", "loading 50,000 rows", whole, 50_000
    ),
    "database": Mechanism(
        "JSON written by the database", "load_ms", "loading 50,000 rows", whole, 50_000
    ),
    "values": Mechanism(
        "rows read as values, not as instances, where it is not", "load_ms",
        "loading 20,000 rows", whole,
        20_000, beneath="database",
    ),
    "pings": Mechanism(
        "equal pings and cursors read once", "idle_s", "300 idle sockets, for 25 s",
        partial(idle, sockets=300, seconds=25.0),
    ),
    "checks": Mechanism(
        "rights of all that are due checked together", "idle_s", "300 idle sockets, for 35 s",
        partial(idle, sockets=300, seconds=35.0, first=FIRST_CHECKS),
    ),
    "passing": Mechanism(
        "no task for a check that finds nothing new", "idle_s", "1,000 idle sockets, for 35 s",
        partial(idle, sockets=1_000, seconds=35.0, first=FIRST_CHECKS),
    ),
    "parts": Mechanism(
        "what only a client that asks needs, made then", "socket_kb", OF_SOCKETS, OPENED
    ),
    "scope": Mechanism(
        "of the scope only what checks need", "socket_kb", OF_SOCKETS, OPENED
    ),
    "handshake": Mechanism(
        "the handshake's headers released", "socket_kb", OF_SOCKETS, OPENED
    ),
    "slots": Mechanism("objects of a socket without dictionaries", "socket_kb", OF_SOCKETS, OPENED),
    "one_task": Mechanism("one task a socket", "socket_kb", OF_SOCKETS, OPENED),
    "bodies": Mechanism(
        "frames of audiences encoded once, but for the cursor", "edit_ms", OF_APART, APART
    ),
    "audiences_together": Mechanism("audiences read together", "edit_ms", OF_APART, APART),
    "statements": Mechanism("each user's statement, kept", "edit_ms", OF_APART, APART),
    "sheets": Mechanism(
        "columns shared by users with rows of their own", "socket_kb",
        "memory of a socket, 100 users", APART,
    ),
    "in_step": Mechanism(
        "changes noted, and frames written, in one task", "edit_ms", OF_APART, APART
    ),
    "turns": Mechanism(
        "turns between audiences", "edit_still_own", "the longest turn of the loop, 500 users",
        partial(edits, outstanding=1, sockets=500, users=500),
    ),
    "after_work": Mechanism(
        "new objects looked at after the work", "edit_still_own",
        "the longest turn of the loop, 500 users",
        partial(edits, outstanding=1, sockets=1_000, users=500, seconds=20.0),
    ),
    "collector": Mechanism(
        "the collector leaves out what stays", "edit_still_own",
        "the longest turn of the loop, 200 users",
        partial(edits, outstanding=1, sockets=400, users=200, seconds=10.0),
    ),
}  # fmt: skip


def paired(name: str, rounds: int, site: Site) -> tuple[list[float], list[float], list[float]]:
    """With it, without it, and their ratios."""
    mechanism = MECHANISMS[name]
    found: dict[str, list[float]] = {"": [], name: []}
    site = replace(site, rows=mechanism.rows)
    for n in range(rounds):
        for without in ("", name) if n % 2 == 0 else (name, ""):
            off = f"{mechanism.beneath} {without}".strip()
            value = mechanism.measure(replace(site, without=off))[mechanism.figure]
            found[without].append(value or 0.0)
    ratios = [a / b for a, b in zip(found[""], found[name], strict=True) if b]
    return found[""], found[name], ratios


def line(name: str, given: tuple[list[float], list[float], list[float]]) -> list[str]:
    own, others, ratios = given
    mechanism, rough = MECHANISMS[name], reports.rough
    span = f"{min(ratios):.2f} … {max(ratios):.2f}" if ratios else ""
    return [
        f"{mechanism.does} (`{name}`)", mechanism.told,
        f"{statistics.median(ratios):.2f} ({span})" if ratios else "–",
        f"{rough(statistics.median(own))} / {rough(statistics.median(others))}",
    ]  # fmt: skip


def write(page: Path, table: str) -> None:
    before = page.read_text(encoding="utf-8")
    told = f"{before.split(BEGIN)[0]}{BEGIN}\n\n{table}\n\n{END}{before.split(END)[1]}"
    page.write_text(told, encoding="utf-8")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=[*MECHANISMS], metavar="mechanism")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--write", type=Path, help="the page")
    given = parser.parse_args()
    if unknown := set(given.names) - MECHANISMS.keys():
        parser.error(f"{', '.join(unknown)}: there are {', '.join(MECHANISMS)}")
    return given


def main() -> None:
    given = options()
    prepare([all_peers()[UVICORN]], given.database)
    lines = [["mechanism", "of", "with / without", "milliseconds, KB or s"]]
    for name in given.names:
        lines.append(line(name, paired(name, given.rounds, Site(database=given.database))))
        print(f"| {' | '.join(lines[-1])} |", flush=True)
    if given.write:
        write(given.write, reports.lines(lines))


if __name__ == "__main__":
    main()
