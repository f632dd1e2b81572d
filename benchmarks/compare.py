"""How fast is it, beside what one would use instead?

    python benchmarks/compare.py --minutes 15 --rounds 1        # everything, once
    python benchmarks/compare.py --quick            # some two
    python benchmarks/compare.py --peers livesheet-uvicorn plain --sockets 1000 5000 --rounds 1
    python benchmarks/compare.py --write docs/performance.md

Everything is on this machine's loopback: the peers from PyPI, each in an environment of its own in
`benchmarks/.cache`, PostgreSQL and Redis of its own, and a load generator in C that is built first.
The server has a core for itself, everything else another. Rounds are interleaved; what is told are
medians, also of what is there when it is interrupted. Every peer is first measured with one socket
and with a thousand, then comes what only some of them have, and at last other numbers of sockets,
as far as there is time. It wants a C compiler, PostgreSQL and Redis, and nothing else that is
installed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shlex
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.harness import machine, reports  # noqa: E402
from benchmarks.harness.crowds import audiences, crowd  # noqa: E402
from benchmarks.harness.environments import CACHE, environment, versions  # noqa: E402
from benchmarks.harness.loading import loading, polled  # noqa: E402
from benchmarks.harness.measures import Figures, Plan, measure, medians  # noqa: E402
from benchmarks.harness.peers import (  # noqa: E402
    Peer,
    all_peers,
    empty,
    empty_in_its_stack,
    polling,
)
from benchmarks.harness.servers import prepare  # noqa: E402
from tests.services import ServiceError  # noqa: E402
from tests.services.servers import IS_DURABLE  # noqa: E402

Rounds = dict[tuple[str, int], list[Figures]]
QUICK_PEERS = ["livesheet-uvicorn", "relay", "stock", "observer", "plain"]
# Of the time that there is, what further rounds may take; the first is always carried out whole.
ROUNDS_SHARE = 0.45
TROUBLES = (AssertionError, OSError, ServiceError, subprocess.SubprocessError)


def options() -> argparse.Namespace:
    names = list(all_peers())
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", nargs="+", choices=names, default=names)
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 1000])
    parser.add_argument("--more", type=int, nargs="*", default=[100], help="sockets, at last")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=0, help="begin nothing new later than so")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rows", type=int, default=100, help="of the sheet")
    parser.add_argument("--audiences", type=int, default=1, help="of ours; users by turns")
    parser.add_argument("--processes", type=int, default=1, help="of uvicorn, not pinned then")
    parser.add_argument("--idle", type=float, default=0, help="seconds of doing nothing, too")
    parser.add_argument("--load", type=int, nargs="*", default=[50, 100_000], help="so many rows")
    parser.add_argument("--crowd", type=int, default=5_000, help="sockets that are only open")
    parser.add_argument("--still", type=float, default=40.0, help="seconds of the crowd")
    parser.add_argument("--apart", type=int, default=500, help="users with rows of their own")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument(
        "--beside",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="one editor on SQLite, too, for those that save",
    )
    parser.add_argument("--quick", action="store_true", help="a first impression")
    parser.add_argument("--write", type=Path, default=CACHE / "report.md", help="the page")
    if "--quick" in sys.argv:
        parser.set_defaults(
            sockets=[1, 100],
            more=[],
            rounds=1,
            seconds=1.5,
            peers=QUICK_PEERS,
            load=[],
            crowd=0,
            apart=0,
            beside=False,
        )
    return parser.parse_args()


def attempt(peer: Peer, sockets: int, plan: Plan) -> Figures:
    """One that fails is told of, and does not end the others' race."""
    began = time.monotonic()
    try:
        figures = measure(peer, sockets, plan)
    except TROUBLES as trouble:
        print(f"{peer.title}, {sockets} sockets: {trouble}", flush=True)
        return {}
    took = time.monotonic() - began
    print(f"{peer.title}, {sockets} sockets, {took:.0f} s: {one_line(figures)}", flush=True)
    return figures


def one_line(figures: Figures) -> str:
    columns = {
        "many_edits_per_s": "edits/s", "few_deliveries_per_s": "deliveries/s",
        "rate_each_p50": "ms p50", "rate_edit_ms": "ms of processor an edit",
        "busy_cores": "cores busy in all",
    }  # fmt: skip
    return ", ".join(f"{reports.cell(figures, key, '')} {unit}" for key, unit in columns.items())


def race(peers: list[Peer], given: argparse.Namespace, found: Rounds, end: float) -> None:
    """Fill `found`, so that what is there is told of when somebody interrupts."""
    for n in range(given.rounds):
        until = end if n else float("inf")
        for sockets in given.sockets:
            one_round(peers, sockets, plan_of(given), found, until)


def one_round(peers: list[Peer], sockets: int, plan: Plan, found: Rounds, until: float) -> None:
    for peer in peers:
        if sockets <= peer.compared_up_to and time.monotonic() < until:
            found.setdefault((peer.name, sockets), []).append(attempt(peer, sockets, plan))


def load(peers: list[Peer], given: argparse.Namespace) -> reports.Results:
    """By peer and number of rows: ours, on the first server, and REST framework's list."""
    plan, found = plan_of(given), reports.Results()
    for rows in given.load:
        with suppress(*TROUBLES):
            for peer in [peer for peer in peers if peer.own][:1]:
                found[peer.name, rows] = loading(peer, rows, plan)
            found[polling().name, rows] = polled(rows, plan)
    return found


def crowds(peers: list[Peer], given: argparse.Namespace) -> reports.Results:
    plan, found = plan_of(given), reports.Results()
    for peer in [*[peer for peer in peers if peer.own][:1], empty(), empty_in_its_stack()]:
        with suppress(*TROUBLES):
            found[peer.name, given.crowd] = crowd(peer, given.crowd, plan, given.still)
    return found


def apart(peers: list[Peer], given: argparse.Namespace) -> reports.Results:
    found = reports.Results()
    for peer in [peer for peer in peers if peer.own][:1]:
        with suppress(*TROUBLES):
            found[peer.name, given.apart] = audiences(peer, given.apart, plan_of(given))
    return found


def beside(peers: list[Peer], given: argparse.Namespace, rounds: Rounds) -> reports.Results:
    """One editor on SQLite, by those that save."""
    plan = replace(plan_of(given), database="sqlite")
    saving = [peer for peer in peers if peer.settings and peer.title.endswith("uvicorn")]
    for _ in range(given.rounds):
        for peer in saving:
            print("SQLite: ", end="")
            rounds.setdefault((peer.name, 1), []).append(attempt(peer, 1, plan))
    return {key: medians(found) for key, found in rounds.items() if any(found)}


def plan_of(given: argparse.Namespace) -> Plan:
    return Plan(
        given.seconds, given.rows, given.audiences, given.processes, given.database, given.idle
    )


def about(peers: list[Peer], given: argparse.Namespace, results: reports.Results) -> list[str]:
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    revision = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    busy = medians(list(results.values())).get("busy_cores") or 0.0
    shares = [value for each in results.values() if (value := each.get("few_generator_share"))]
    told = {peer.package: versions(environment(peer.requirements)) for peer in peers}
    packages = dict.fromkeys(f"{name} {known[name]}" for name, known in told.items())
    return [
        f"{datetime.date.today():%d %B %Y}, revision {revision}: "
        f"`python benchmarks/compare.py {shlex.join(sys.argv[1:])}`",
        machine.description(),
        f"{alone(given.processes)} generator, Redis and {given.database} on the other. In all "
        f"{busy:.1f} cores were busy at the median; the generator took up to "
        f"{max(shares, default=0):.0%} of one",
        f"{'One round' if given.rounds == 1 else f'Medians of {given.rounds} rounds'} of "
        f"{given.seconds:g} s for each figure; {disk(given.database)}; {', '.join(packages)}",
    ]


def alone(processes: int) -> str:
    if processes > 1:
        return f"{processes} server processes on every core;"
    return "Server alone on one core;"


def disk(database: str) -> str:
    if database == "sqlite":
        return "SQLite in WAL mode"
    return f"PostgreSQL {'waits' if IS_DURABLE else 'does not wait'} for the disk"


def others(peers: list[Peer], given: argparse.Namespace, texts: list[str]) -> None:
    """What only some of them have, one text each."""
    if given.beside and given.database != "sqlite":
        texts.append(reports.beside(beside(peers, given, {}), peers))
    if given.load:
        texts.append(reports.loads(load(peers, given), [*peers, polling()]))
    if given.crowd:
        texts.append(reports.crowds(crowds(peers, given), [*peers, empty(), empty_in_its_stack()]))
    if given.apart:
        texts.append(reports.audiences(apart(peers, given), peers))


def main() -> None:
    given = options()
    peers = [all_peers()[name] for name in given.peers]
    prepare((*peers, polling(), empty(), empty_in_its_stack()), given.database)
    began, seconds = time.monotonic(), 60 * given.minutes or float("inf")
    found: Rounds = {}
    texts: list[str] = []
    with suppress(KeyboardInterrupt):
        race(peers, given, found, began + seconds * ROUNDS_SHARE)
        others(peers, given, texts)
        for sockets in given.more:
            one_round(peers, sockets, plan_of(given), found, began + seconds)
    results = {key: medians(rounds) for key, rounds in found.items() if any(rounds)}
    raw = [{"peer": name, "sockets": n, "rounds": each} for (name, n), each in found.items()]
    (CACHE / "figures.json").write_text(json.dumps(raw, indent=1), encoding="utf-8")
    text = "\n".join([reports.markdown(results, peers, about(peers, given, results)), *texts])
    reports.write(given.write, text, reports.charts(results, peers))
    print(text)
    print(f"It took {(time.monotonic() - began) / 60:.1f} minutes.")


if __name__ == "__main__":
    main()
