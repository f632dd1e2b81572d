"""The figures as Markdown, between marks in a page or by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.harness.charts import chart
from benchmarks.harness.measures import Figures
from benchmarks.harness.peers import Peer

BEGIN, END = "<!-- compare.py: begin -->", "<!-- compare.py: end -->"
Results = dict[tuple[str, int], Figures]
ROUGHLY = 3  # digits that such figures are worth

ONE_EDITOR = {
    "edits/s, 16 outstanding": ("many_edits_per_s", ""),
    "answer, p50": ("rate_answer_p50", " ms"),
    "change seen, p50 / p99": ("rate_each_p50 rate_each_p99", " ms"),
    "server's processor for an edit": ("rate_edit_ms", " ms"),
}
SOCKETS = {
    "deliveries/s": ("few_deliveries_per_s", ""),
    "changes/s that reach all, 64 outstanding": ("burst_edits_per_s", ""),
    "p50 / p99 of all receivers": ("rate_each_p50 rate_each_p99", " ms"),
    "last receiver, p50": ("rate_last_p50", " ms"),
    "processor for a delivery, the edit included": ("few_delivery_us", " µs"),
    "opened in": ("open_s", " s"),
    "processor for an opening": ("open_ms", " ms"),
    "memory": ("socket_kb", " KB"),
}
LOADING = {
    "first rows there": ("first_ms", " ms"),
    "all rows there": ("load_s", " s"),
    "processor": ("load_ms", " ms"),
    "sent": ("load_kb", " KB"),
    "memory meanwhile": ("most_mb", " MB"),
    "that stays": ("grown_mb", " MB"),
}
CROWDED = {
    "opened in": ("open_s", " s"),
    "processor for an opening": ("open_ms", " ms"),
    "and for its first check": ("checks_ms", " ms"),
    "memory": ("socket_kb", " KB"),
    "idle, percent of a core": ("idle_percent", ""),
    "closed meanwhile": ("idle_closed", ""),
}
APART = {
    "an edit, all sharing frames": ("shared_ms", " ms"),
    "nobody sharing any": ("edit_ms", " ms"),
    "a further audience": ("further_us", " µs"),
    "without edits, percent of a core": ("rest_percent", ""),
    "last receiver, p50": ("last_p50", " ms"),
    "loop stands still, at work of its own, while they open": ("open_still_own", " ms"),
    "while one edits": ("edit_still_own", " ms"),
    "and with what others made it wait": ("edit_still_wall", " ms"),
}
RATIOS = {
    "deliveries/s": "few_deliveries_per_s",
    "edits/s": "many_edits_per_s",
    "changes/s, 64 outstanding": "burst_edits_per_s",
    "answer": "rate_answer_p50",
    "seen, p50": "rate_each_p50",
    "last receiver": "rate_last_p50",
    "processor for an edit": "rate_edit_ms",
}
CHARTS = {
    "deliveries": ("Deliveries a second, one core", "few_deliveries_per_s"),
    "latency": ("Milliseconds from edit to receiver (p50, 10 edits a second)", "rate_each_p50"),
    "edits": ("Edits a second that reach all sockets, 16 outstanding", "many_edits_per_s"),
}


def markdown(results: Results, peers: Sequence[Peer], about: Iterable[str]) -> str:
    counts = sorted({sockets for _, sockets in results})
    parts = ["\n".join(f"- {line}" for line in about)]
    for count in counts:
        columns = ONE_EDITOR if count == 1 else SOCKETS
        name = "One editor, alone" if count == 1 else f"{count:,} sockets on one sheet"
        parts += [f"**{name}**", table(results, peers, count, columns)]
    subject = next((peer for peer in peers if peer.own), peers[0])
    others = [peer for peer in peers if peer is not subject]
    if others:
        parts += [f"**Ratios** of {subject.title} to", ratios(results, subject, others, counts)]
    return "\n\n".join(parts) + "\n"


def beside(results: Results, peers: Sequence[Peer]) -> str:
    """One editor on SQLite; `results` by peer and 1."""
    told = table(results, peers, 1, ONE_EDITOR)
    return f"**One editor, alone, on SQLite**, in WAL mode\n\n{told}\n"


def loads(results: Results, peers: Sequence[Peer]) -> str:
    """`results` by peer and number of rows."""
    title = "**Loading a sheet**, or asking for all of it once more"
    return counted(title, "rows", LOADING, results, peers)


def crowds(results: Results, peers: Sequence[Peer]) -> str:
    """`results` by peer and number of sockets."""
    return counted("**Sockets that are only open**", "sockets", CROWDED, results, peers)


def audiences(results: Results, peers: Sequence[Peer]) -> str:
    """`results` by peer and number of users."""
    title = "**Users with rows of their own**, two sockets each; processor of the server"
    return counted(title, "users", APART, results, peers)


def counted(
    title: str, what: str, columns: dict[str, tuple[str, str]], results: Results,
    peers: Sequence[Peer],
) -> str:  # fmt: skip
    rows = [["", what, *columns]]
    for count in sorted({count for _, count in results}):
        for peer in peers:
            if figures := results.get((peer.name, count)):
                cells = [cell(figures, *column) for column in columns.values()]
                rows.append([peer.title, f"{count:,}", *cells])
    return f"{title}\n\n{lines(rows)}\n"


def table(
    results: Results, peers: Sequence[Peer], count: int, columns: dict[str, tuple[str, str]]
) -> str:
    rows = [["", *columns]]
    for peer in peers:
        figures = results.get((peer.name, count))
        if figures is not None:
            cells = [cell(figures, *column) for column in columns.values()]
            rows.append([peer.title, *cells])
    return lines(rows)


def cell(figures: Figures, names: str, unit: str) -> str:
    values = [figures.get(name) for name in names.split()]
    if None not in values:
        return " / ".join(rough(value) for value in values if value is not None) + unit
    arrives = any(name in figures for name in names.split()) and "_p" in names
    return "not all arrived" if arrives else "–"


def ratios(results: Results, subject: Peer, others: Sequence[Peer], counts: Sequence[int]) -> str:
    rows = [["", "sockets", *RATIOS]]
    for peer in others:
        for count in counts:
            mine, theirs = results.get((subject.name, count)), results.get((peer.name, count))
            if mine and theirs:
                found = [ratio(mine.get(key), theirs.get(key)) for key in RATIOS.values()]
                rows.append([peer.title, f"{count:,}", *found])
    return lines(rows)


def ratio(mine: float | None, theirs: float | None) -> str:
    return f"{rough(mine / theirs)} ×" if mine and theirs else "–"


def rough(value: float) -> str:
    if value >= 10 ** (ROUGHLY - 1):
        return f"{float(f'{value:.{ROUGHLY}g}'):,.0f}"
    return f"{value:.2g}"


def lines(rows: Sequence[Sequence[str]]) -> str:
    head, *others = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *others])


def charts(results: Results, peers: Sequence[Peer]) -> dict[str, str]:
    drawn = {}
    for name, (title, key) in CHARTS.items():
        found = []
        for peer in peers:
            points = [
                (float(count), value)
                for (who, count), figures in sorted(results.items())
                if who == peer.name and (value := figures.get(key))
            ]
            found.append((peer.title.replace("`", ""), points))
        if any(len(points) > 1 for _, points in found):
            drawn[name] = chart(title, "sockets on one sheet", found)
    return drawn


def write(page: Path, text: str, drawn: dict[str, str]) -> None:
    """Into the place between the marks, if the page is there; its charts into `images` beside."""
    images = page.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, svg in drawn.items():
        (images / f"performance-{name}.svg").write_text(svg, encoding="utf-8")
        text += f"\n![{CHARTS[name][0]}](images/performance-{name}.svg)\n"
    told = f"{BEGIN}\n\n{text}\n{END}"
    if page.exists() and BEGIN in (before := page.read_text(encoding="utf-8")):
        told = before.split(BEGIN)[0] + told + before.split(END)[1]
    page.write_text(told if told.endswith("\n") else told + "\n", encoding="utf-8")
