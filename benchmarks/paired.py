"""Is this faster than another revision of ours, and by how much?

    python benchmarks/paired.py main~5
    python benchmarks/paired.py main~5 --sockets 1 300 --rounds 7

The revision is checked out into a folder of its own, and both are served from the same environment,
by turns, each round beginning with the other one. What counts is the ratio: a round's two runs are
neighbours in time, so that what else the machine does is the same to both.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.harness import reports  # noqa: E402
from benchmarks.harness.measures import Figures, Plan, measure, medians  # noqa: E402
from benchmarks.harness.peers import Peer, all_peers  # noqa: E402
from benchmarks.harness.servers import Site, prepare  # noqa: E402

FIGURES = {
    "many_edits_per_s": "edits/s, 16 outstanding",
    "few_deliveries_per_s": "deliveries/s",
    "burst_edits_per_s": "changes/s, 64 outstanding",
    "rate_answer_p50": "answer, p50, ms",
    "rate_each_p50": "change seen, p50, ms",
    "rate_last_p50": "last receiver, p50, ms",
    "rate_edit_ms": "processor for an edit, ms",
    "many_edit_ms": "processor for an edit of 16, ms",
    "open_ms": "processor for an opening, ms",
    "socket_kb": "memory of a socket, KB",
}


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "revision"
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), revision], check=True)
        try:
            yield place / "src"
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def rounds(
    peer: Peer, sockets: int, plan: Plan, sources: tuple[Path, Path], count: int
) -> list[tuple[Figures, Figures]]:
    """Of the other revision and of this, so many times."""
    found = []
    for n in range(count):
        pair: dict[Path, Figures] = {}
        for source in sources if n % 2 == 0 else sources[::-1]:
            site = Site(rows=plan.rows, database=plan.database, source=source)
            pair[source] = measure(peer, sockets, plan, site)
        found.append((pair[sources[0]], pair[sources[1]]))
        print(f"  round {n + 1} of {count}", flush=True)
    return found


def table(found: list[tuple[Figures, Figures]], names: tuple[str, str]) -> str:
    before, after = (medians([pair[side] for pair in found]) for side in (0, 1))
    lines = [["", *names, "ratio", "of each round"]]
    for key, title in FIGURES.items():
        was, now = before.get(key), after.get(key)
        if was and now:
            each = [b / a for pair in found if (a := pair[0].get(key)) and (b := pair[1].get(key))]
            ratio = f"{statistics.median(each):.2f}" if each else "–"
            span = f"{min(each):.2f} … {max(each):.2f}" if each else "–"
            lines.append([title, reports.rough(was), reports.rough(now), ratio, span])
    return reports.lines(lines)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ours = [peer.name for peer in all_peers().values() if peer.own]
    parser.add_argument("revision", help="as git names it")
    parser.add_argument("--server", choices=ours, default=ours[0])
    parser.add_argument("--sockets", type=int, nargs="+", default=[1, 100])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--audiences", type=int, default=1)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    return parser.parse_args()


def main() -> None:
    given = options()
    peer = all_peers()[given.server]
    prepare([peer], given.database)
    plan = Plan(given.seconds, given.rows, given.audiences, database=given.database)
    with checked_out(given.revision) as other:
        for sockets in given.sockets:
            print(f"{peer.title}, {sockets} sockets", flush=True)
            found = rounds(peer, sockets, plan, (other, ROOT / "src"), given.rounds)
            print(f"\n{table(found, (given.revision, 'here'))}\n", flush=True)


if __name__ == "__main__":
    main()
