"""How does livesheet behave with more sockets, more audiences, more processes?

    python benchmarks/curves.py --write docs/scaling.md
    python benchmarks/curves.py sockets --sockets 1 100 5000

The same site, generator and figures as in `compare.py`; each point is one run of a server that was
freshly started. `orders.py --chart` draws the curve of more rows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.compare import TROUBLES  # noqa: E402
from benchmarks.harness import reports  # noqa: E402
from benchmarks.harness.charts import chart  # noqa: E402
from benchmarks.harness.measures import Figures, Plan, measure  # noqa: E402
from benchmarks.harness.peers import all_peers  # noqa: E402
from benchmarks.harness.servers import Site, prepare  # noqa: E402
from benchmarks.mechanisms import edits  # noqa: E402

BEGIN, END = "<!-- curves.py: begin -->", "<!-- curves.py: end -->"
PEER = all_peers()["livesheet-uvicorn"]
# By so many sockets, of which ten edits a second reach each.
OF_PROCESSES = 500

RECEIVED = {
    "deliveries/s": ("few_deliveries_per_s", ""),
    "seen, p50 / p99": ("rate_each_p50 rate_each_p99", " ms"),
    "last receiver, p50": ("rate_last_p50", " ms"),
    "processor for an edit": ("rate_edit_ms", " ms"),
    "processor for an opening": ("open_ms", " ms"),
}
OF_AUDIENCES = {
    "processor for an edit": ("edit_ms", " ms"),
    "the loop stands still at most": ("edit_still_own", " ms"),
    "memory of a socket": ("socket_kb", " KB"),
}


def of_sockets(count: int) -> Figures:
    return measure(PEER, count, Plan(seconds=2.0))


def of_audiences(count: int) -> Figures:
    """Two sockets each; the users' rows are their own."""
    return edits(Site(), outstanding=1, sockets=2 * count, users=count)


def of_processes(count: int) -> Figures:
    return measure(PEER, OF_PROCESSES, Plan(seconds=2.0, processes=count))


@dataclass(frozen=True)
class Curve:
    title: str
    counted: str
    counts: Sequence[int]
    measure: Callable[[int], Figures]
    columns: dict[str, tuple[str, str]]
    lines: dict[str, str]  # of the chart: what each is called, and its figure


CURVES = {
    "sockets": Curve(
        "Sockets on one sheet, one process", "sockets", (1, 10, 100, 300, 1_000, 3_000, 5_000),
        of_sockets, RECEIVED,
        {"seen, p50, ms": "rate_each_p50", "processor for an edit, ms": "rate_edit_ms"},
    ),
    "audiences": Curve(
        "Users with rows of their own, two sockets each", "users", (1, 10, 50, 100, 200, 500),
        of_audiences, OF_AUDIENCES,
        {"processor for an edit, ms": "edit_ms", "longest standstill, ms": "edit_still_own"},
    ),
    "processes": Curve(
        f"Processes that share {OF_PROCESSES} sockets and all cores", "processes", (1, 2, 3, 4),
        of_processes, RECEIVED,
        {"deliveries a second": "few_deliveries_per_s", "edits a second": "many_edits_per_s"},
    ),
}  # fmt: skip


def measured(curve: Curve, counts: Sequence[int]) -> dict[int, Figures]:
    found = {}
    for count in counts:
        with suppress(*TROUBLES):
            found[count] = curve.measure(count)
            cells = [reports.cell(found[count], *column) for column in curve.columns.values()]
            print(f"{curve.counted} {count:,}: {', '.join(cells)}", flush=True)
    return found


def table(curve: Curve, found: dict[int, Figures]) -> str:
    rows = [[curve.counted, *curve.columns]]
    for count, figures in found.items():
        rows.append([f"{count:,}", *(reports.cell(figures, *c) for c in curve.columns.values())])
    return f"**{curve.title}**\n\n{reports.lines(rows)}\n"


def drawn(curve: Curve, found: dict[int, Figures]) -> str:
    lines = []
    for name, key in curve.lines.items():
        known = {count: figures.get(key) for count, figures in found.items()}
        lines.append((name, [(float(count), value) for count, value in known.items() if value]))
    return chart(curve.title, curve.counted, lines)


def write(page: Path, text: str, charts: dict[str, str]) -> None:
    images = page.parent / "images"
    for name, svg in charts.items():
        (images / f"scaling-{name}.svg").write_text(svg, encoding="utf-8")
    before = page.read_text(encoding="utf-8")
    told = f"{before.split(BEGIN)[0]}{BEGIN}\n\n{text}\n{END}{before.split(END)[1]}"
    page.write_text(told, encoding="utf-8")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "curves", nargs="*", default=[*CURVES], metavar="curve", help=str([*CURVES])
    )
    for name, curve in CURVES.items():
        parser.add_argument(f"--{name}", type=int, nargs="+", default=curve.counts)
    parser.add_argument("--write", type=Path, help="the page")
    return parser.parse_args()


def main() -> None:
    given = options()
    prepare([PEER], "postgres")
    texts, charts = [], {}
    for name in given.curves:
        curve = CURVES[name]
        found = measured(curve, getattr(given, name))
        texts.append(f"{table(curve, found)}\n![{curve.title}](images/scaling-{name}.svg)\n")
        charts[name] = drawn(curve, found)
    text = "\n".join(texts)
    if given.write:
        write(given.write, text, charts)
    print(text)


if __name__ == "__main__":
    main()
