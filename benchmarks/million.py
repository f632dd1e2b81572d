"""What it is like to look at a million rows: the widget in Chromium, the example's orders.

    python benchmarks/million.py --rows 1000000
    python -m tests.services postgres redis -- python benchmarks/million.py --postgres

Server, database and browser share this machine. Times are milliseconds in the page, from the moment
at which a key or a button is pressed until the rows are painted: the median of some, and the worst.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from playwright.sync_api import BrowserContext, Page, sync_playwright  # noqa: E402

from tests.browser import grids, servers  # noqa: E402
from tests.browser.conftest import chromium, sites  # noqa: E402
from tests.browser.desk import Desk  # noqa: E402
from tests.browser.page_hands import heap  # noqa: E402

WINDOW = {"width": 1280, "height": 800}
TIMES = 10
LOADING_SECONDS = 1_800
WARM_GRID_ROWS = 1_000
# By default, see ``window_above``.
LOADED_WHOLE = 20_000

# In the page: when did it hold, seen from one frame to the next? Painted is what a frame has shown.
WATCH = """
window.seen = (holds) => new Promise((resolve) => {
    const look = () => {
        if (holds()) requestAnimationFrame(() => resolve(performance.now()));
        else requestAnimationFrame(look);
    };
    look();
});
window.sheet = () => document.querySelector("live-sheet")?.sheet;
window.windows = () => sheet()?.features.find(({ windows }) => windows)?.windows;
window.shown = () => {
    const grid = sheet()?.stage?.grid;
    if (!grid || document.querySelector("live-sheet").dataset.status !== "live") return null;
    const sight = grid.sight.now();
    if (!sight) return null;
    const records = grid.records.slice(sight.first, sight.first + sight.rows - 1);
    const keys = records.map((record) => record.$pk);
    if (!keys.length || keys.some((key) => key.startsWith("+"))) return null;
    const cell = grid.cell(keys[0], grid.columns[1].name);
    return cell?.innerText ? { place: sheet().store.order.from + sight.first, keys } : null;
};
window.opened = seen(shown);
"""
DRAG = """async (at) => {
    const bar = document.querySelector(".ls-scroll");
    const track = bar.getBoundingClientRect();
    const thumb = bar.firstElementChild.getBoundingClientRect();
    const y = track.top + thumb.height / 2 + at * (track.height - thumb.height);
    const fire = (type, clientY) => bar.dispatchEvent(new PointerEvent(type, {
        clientY, clientX: track.left + 5, pointerId: 1, button: 0, bubbles: true, cancelable: true,
    }));
    bar.setPointerCapture = () => {};
    fire("pointerdown", thumb.top + thumb.height / 2);
    await new Promise((go) => setTimeout(go, 400));
    const since = performance.now();
    fire("pointermove", y);
    fire("pointerup", y);
    const wanted = Number(bar.getAttribute("aria-valuenow")) - 1;
    return await seen(() => Math.abs((shown()?.place ?? -9) - wanted) < 2) - since;
}"""
ARRANGE = """async (view) => {
    const { current } = sheet().features.find(({ finder }) => finder);
    const { order } = sheet().store;
    const former = windows().number;
    const since = performance.now();
    current.change({ sorts: [], filters: [], ...view });
    const isOther = () => windows().number !== former;
    return await seen(() => isOther() && !order.isWaiting && shown()) - since;
}"""
WHOLE = """async (since) => {
    const it = windows();
    const from = performance.now();
    return [await seen(() => it.isExact) - from, it.count];
}"""
FRAMES = """async ([ms, step]) => {
    const holder = document.querySelector(".ht_master .wtHolder");
    const since = performance.now();
    let frames = 0, last = since, longest = 0;
    while (performance.now() - since < ms) {
        holder.scrollTop += step;
        await new Promise((go) => requestAnimationFrame(go));
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
        frames += 1;
        if (holder.scrollTop + holder.clientHeight >= holder.scrollHeight - 5) step = -step;
        if (holder.scrollTop <= 5) step = Math.abs(step);
    }
    return [frames / (performance.now() - since) * 1000, longest];
}"""
BARE = """(rows) => {
    const element = document.querySelector("live-sheet");
    const { sheet } = element;
    const titles = sheet.stage.grid.columns.map(({ title }) => title);
    const { width, height } = sheet.stage.table.getBoundingClientRect();
    const colWidths = titles.map((_, at) => sheet.hot.getColWidth(at));
    const { rowHeights } = sheet.hot.getSettings();
    const some = sheet.stage.grid.records.slice(0, 40).map((record) =>
        sheet.stage.grid.columns.map(({ name }) => String(record[name] ?? "")));
    const config = JSON.parse(element.querySelector("script").textContent);
    element.replaceChildren();
    element.remove();
    for (const ours of document.querySelectorAll("[data-livesheet]")) ours.remove();
    const box = document.body.appendChild(document.createElement("div"));
    const data = Array.from({ length: rows }, (_, at) => [...some[at % some.length]]);
    window.bare = new Handsontable(box, {
        data, width, height, colWidths, rowHeights, colHeaders: titles, rowHeaders: true,
        autoColumnSize: false, autoRowSize: false,
        licenseKey: "non-commercial-and-evaluation",
        ...config.handsontable.options,
    });
}"""
SORTED = {"sorts": [{"column": "ordered_on", "descending": False}]}
BACKWARDS = {"sorts": [{"column": "ordered_on", "descending": True}]}


def say(what: str, took: list[float], goal: float | None = None) -> None:
    wanted = "" if goal is None else f"  of {goal:,.0f}"
    print(f"  {what:<52} {statistics.median(took):8.0f} {max(took):8.0f}{wanted}", flush=True)


class Looking:
    """Somebody at the orders of one site."""

    def __init__(self, context: BrowserContext, address: str, rows: int) -> None:
        self.context, self.address, self.rows = context, address, rows
        self.page = self.open()

    def open(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH)
        page.goto(self.address + "/desk/orders/", wait_until="commit")
        self.took = float(page.evaluate("opened"))
        return page

    def opening(self) -> float:
        page = self.open()
        took = self.took
        page.close()
        return took

    def arrange(self, view: dict[str, Any]) -> float:
        return float(self.page.evaluate(ARRANGE, view))

    def whole(self) -> tuple[float, int]:
        took, count = self.page.evaluate(WHOLE)
        return float(took), int(count)

    def drag(self, at: float) -> float:
        return float(self.page.evaluate(DRAG, at))

    def frames(self, seconds: float, step: int) -> tuple[float, float]:
        a_second, longest = self.page.evaluate(FRAMES, [seconds * 1000, step])
        return float(a_second), float(longest)


def narrowed(index: bool) -> dict[str, Any]:
    """Some 1 % of the orders, or half as many."""
    if index:
        span = {"kind": "range", "from": "2026-01-01", "to": "2026-01-11"}
        return {"filters": [{"column": "ordered_on", **span}]}
    return {
        "filters": [
            {"column": "quantity", "kind": "range", "from": "7", "to": "8"},
            {"column": "discount", "kind": "range", "from": "20", "to": "30"},
        ]
    }


def times(work: Callable[[], float], count: int = TIMES) -> list[float]:
    return [work() for _n in range(count)]


def measure(look: Looking) -> None:
    say("navigation to first rows painted, warm", times(look.opening, 7), 1_000)
    whole, count = look.whole()
    print(f"  {count:,} rows; all places known {whole:.0f} ms after that")
    say("any place by the scroll bar", times(lambda: look.drag(random.random())), 300)
    for name, views in (
        ("sorted by an indexed column", [SORTED, BACKWARDS]),
        ("sorted by a column without an index", [
            {"sorts": [{"column": "quantity", "descending": way}]} for way in (True, False)
        ]),
        ("narrowed to 1 % by an index", [narrowed(True), {}]),
        ("narrowed to 1 % without an index", [narrowed(False), {}]),
    ):  # fmt: skip
        took, whole_took = [], []
        for n in range(6):
            first = look.arrange(views[n % 2])
            rest, count = look.whole()
            if views[n % 2]:
                took.append(first)
                whole_took.append(first + rest)
        say(f"{name}: first screen", took, 1_000 if "1 %" in name else 300)
        say(f"{name}: whole order", whole_took, 2_000)


def scrolling(look: Looking) -> None:
    """In turns with a bare grid, since the machine may be busy for a while."""
    other = look.open()
    other.evaluate(BARE, WARM_GRID_ROWS)
    bare = Looking.__new__(Looking)
    bare.page = other
    for step in (60, 600):
        mine, theirs = [], []
        for _n in range(3):
            for found, one in ((mine, look), (theirs, bare)):
                one.page.bring_to_front()
                found.append(one.frames(4, step))
        ours, grids_own = (statistics.median(f for f, _ in each) for each in (mine, theirs))
        worst, worst_own = (max(longest for _, longest in each) for each in (mine, theirs))
        print(
            f"  {step} px a frame: {ours:.1f} frames a second, bare grid {grids_own:.1f}:"
            f" {ours / grids_own:.2f}; longest {worst:.0f} and {worst_own:.0f} ms", flush=True,
        )  # fmt: skip
    other.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true", help="else SQLite")
    parser.add_argument("--server", default="daphne", choices=["daphne", "uvicorn"])
    parser.add_argument("--grid", default=grids.BUNDLED, choices=[grids.BUNDLED, grids.NEWEST])
    options = parser.parse_args()
    if options.rows <= LOADED_WHOLE:
        parser.error(f"a sheet of {LOADED_WHOLE:,} rows or fewer is loaded whole; ask for more")
    servers.PATIENCE = LOADING_SECONDS
    load = ("load_shop", "--people", "--cities=5000", f"--orders={options.rows}")
    project = servers.Project(
        **{**servers.SHOP.__dict__, "name": "million", "prepare": (servers.MIGRATE, load)}
    )
    engine = "postgres" if options.postgres else "sqlite"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        with sites(servers.Databases(root), root) as make:
            site = make(project, engine=engine, version=options.grid)
            site.serve(options.server)
            print(f"{options.rows:,} rows, {engine}, {options.server}, {options.grid}", flush=True)
            print(f"  {'':<52} {'median':>8} {'worst':>8}")
            browser = chromium(playwright)
            context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
            address = f"http://127.0.0.1:{site.servers[0].port}"
            session = {"name": site.project.session_cookie, "value": site.sessions["ann"]}
            context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
            Looking(context, address, options.rows).page.close()  # assets are warm from here on
            look = Looking(context, address, options.rows)
            measure(look)
            scrolling(look)
            print(f"  memory {memory(look.page) / 1e6:.0f} MB", flush=True)
            browser.close()


def memory(page: Page) -> int:
    return heap(Desk(page, ""))


if __name__ == "__main__":
    main()
