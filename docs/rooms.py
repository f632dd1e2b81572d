"""Draws the folders of the code and which know which: ``python docs/rooms.py``.

Read from the imports, those of types included, into images/rooms.svg. An arrow that follows from
others is left out.
Standard library only; tests/test_architecture.py sees that the picture is current.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "livesheet"
STATIC = PACKAGE / "static" / "livesheet"
PICTURE = ROOT / "docs" / "images" / "rooms.svg"

GROUND = {
    "conf", "exceptions", "fresh", "interrupting", "lineage", "metrics", "people", "scopes",
    "tables", "threads",
}  # fmt: skip
WIDGET_TOP = {"main", "more", "sheet", "features", "asked", "later"}

Graph = dict[str, set[str]]

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN, HEAD = 132, 46, 30, 44, 24, 40


def python_graph() -> tuple[Graph, dict[str, int]]:
    """The rooms of the package, whom each knows, and how many modules each has."""
    graph: Graph = defaultdict(set)
    sizes: dict[str, int] = defaultdict(int)
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if "migrations" in parts or parts == ("__init__",):
            continue
        here = _python_room(parts)
        graph[here] |= set()
        sizes[here] += parts[-1] != "__init__"
        for module in _python_imports(path):
            there = _python_room(module)
            if there != here:
                graph[here].add(there)
    return dict(graph), dict(sizes)


def _python_room(parts: tuple[str, ...]) -> str:
    first = parts[0]
    if (PACKAGE / first).is_dir() and first not in {"management", "templatetags"}:
        return first
    return "the ground" if first in GROUND else "the doors"


def _python_imports(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            base = node.module.split(".")
            if base[0] == "livesheet":
                names = [[*base[1:], alias.name] for alias in node.names]
                yield from (tuple(name) for name in names if _is_module(name[0]))


def _is_module(first: str) -> bool:
    return (PACKAGE / first).is_dir() or (PACKAGE / f"{first}.py").is_file()


def widget_graph() -> tuple[Graph, dict[str, int]]:
    graph: Graph = defaultdict(set)
    sizes: dict[str, int] = defaultdict(int)
    for path in sorted(STATIC.rglob("*.js")):
        if "handsontable" in path.parts or path.name.startswith("livesheet."):
            continue  # fetched, or made by the build
        here = _widget_room(path)
        graph[here] |= set()
        sizes[here] += 1
        for name in re.findall(r'\bfrom "(\.[\w./-]+\.js)"', path.read_text(encoding="utf-8")):
            there = _widget_room((path.parent / name).resolve())
            if there != here and (there, here) != ("the sheet", "the ground"):
                graph[here].add(there)
    # What a feature sees of the sheet is a type of the top, which every feature names.
    for room in graph:
        graph[room].discard("the sheet")
    graph["the ground"].clear()
    return dict(graph), dict(sizes)


def _widget_room(path: Path) -> str:
    parts = path.relative_to(STATIC).with_suffix("").parts
    if len(parts) > 1:
        return parts[0]
    return "the sheet" if parts[0] in WIDGET_TOP else "the ground"


# --- drawing ---------------------------------------------------------------------------------


def reduced(graph: Mapping[str, set[str]]) -> Graph:
    """Without the arrows that follow from others."""
    return {
        room: {to for to in known if not any(to in _below(graph, via) for via in known - {to})}
        for room, known in graph.items()
    }


def _below(graph: Mapping[str, set[str]], room: str) -> set[str]:
    found: set[str] = set()
    waiting = [room]
    while waiting:
        for to in graph[waiting.pop()] - found:
            found.add(to)
            waiting.append(to)
    return found


def levels(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The rooms from the top down, each below all that know it.

    Rooms that know each other have no order. This raises a ValueError with their names then, most
    likely because GROUND or WIDGET_TOP lacks a module that is new beside the folders.
    """
    known_by = {room: {one for one in graph if room in graph[one]} for room in graph}
    depth: dict[str, int] = {}
    while waiting := known_by.keys() - depth.keys():
        placed = len(depth)
        for room, above in known_by.items():
            if room in waiting and above <= depth.keys():
                depth[room] = max((depth[one] + 1 for one in above), default=0)
        if len(depth) == placed:
            raise ValueError(_in_a_circle(graph, waiting))
    for room, known in graph.items():
        if known and not known_by[room]:  # not up there alone, far from those that it knows
            depth[room] = max(0, min(depth[to] for to in known) - 1)
    rows: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for room in graph:
        rows[depth[room]].append(room)
    return rows


def _in_a_circle(graph: Mapping[str, set[str]], waiting: set[str]) -> str:
    rooms = sorted(room for room in waiting if room in _below(graph, room))
    return (
        f"These know each other, directly or through others: {', '.join(rooms)}. Remove an import,"
        " or add a module that stands beside the folders to GROUND or WIDGET_TOP in docs/rooms.py."
    )


def drawing() -> str:
    shapes: list[str] = []
    left, height = MARGIN, 0
    for title, (graph, sizes) in {
        "src/livesheet/": python_graph(),
        "static/livesheet/": widget_graph(),
    }.items():
        rows = levels(graph)
        width = max(len(row) for row in rows) * (WIDTH + ACROSS) - ACROSS
        shapes.append(f'<text class="title" x="{left}" y="{MARGIN + 6}">{title}</text>')
        shapes += _drawn(graph, sizes, rows, left, width)
        height = max(height, len(rows) * (HEIGHT + DOWN) - DOWN + HEAD + 2 * MARGIN)
        left += width + 3 * ACROSS
    return _svg(left - 3 * ACROSS + MARGIN, height, shapes)


def _drawn(
    graph: Graph, sizes: Mapping[str, int], rows: list[list[str]], left: int, width: int
) -> Iterator[str]:
    at: dict[str, tuple[int, int]] = {}
    for place, row in enumerate(rows):
        spare = width - len(row) * (WIDTH + ACROSS) + ACROSS
        for number, room in enumerate(row):
            x = left + spare // 2 + number * (WIDTH + ACROSS)
            at[room] = (x, MARGIN + HEAD + place * (HEIGHT + DOWN))
    for room, known in reduced(graph).items():
        x, y = at[room]
        for to in sorted(known):
            tx, ty = at[to]
            start, end = (x + WIDTH // 2, y + HEIGHT), (tx + WIDTH // 2, ty - 3)
            bend = (end[1] - start[1]) // 2
            yield (
                f'<path d="M{start[0]} {start[1]} C{start[0]} {start[1] + bend}'
                f' {end[0]} {end[1] - bend} {end[0]} {end[1]}"/>'
            )
    for room, (x, y) in at.items():
        middle = x + WIDTH // 2
        count = f"{sizes[room]} module{'s' if sizes[room] != 1 else ''}"
        yield f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        yield f'<text x="{middle}" y="{y + 20}">{room}</text>'
        yield f'<text class="count" x="{middle}" y="{y + 36}">{count}</text>'


def _svg(width: int, height: int, shapes: list[str]) -> str:
    style = (
        "text{font:600 14px system-ui,sans-serif;text-anchor:middle;fill:#1c2733}"
        ".title{font:14px ui-monospace,monospace;text-anchor:start}"
        ".count{font:11px system-ui,sans-serif;fill:#5b6875}"
        "rect{fill:#eef3f8;stroke:#8aa0b6}"
        "path{fill:none;stroke:#8aa0b6;stroke-width:1.4;marker-end:url(#tip)}"
        "#tip path{fill:#8aa0b6;stroke:none;marker-end:none}"
        "@media(prefers-color-scheme:dark){text{fill:#e4eaf0}.count{fill:#9fb0c0}"
        "rect{fill:#22303d;stroke:#5f7890}}"
    )
    tip = (
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        ' orient="auto"><path d="M0 0 8 4 0 8z"/></marker>'
    )
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img"><title>The folders of the package and of the widget;'
        f" each knows those that its arrows lead to</title>\n<style>{style}</style>\n"
        f"<defs>{tip}</defs>\n{body}\n</svg>\n"
    )


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
