"""How smooth is a sheet of 30,000 rows while others change it, and is any key lost there?

    python benchmarks/browsing.py
    python benchmarks/browsing.py --windowed --grid 18.1.1
    python -m tests.services postgres redis -- python benchmarks/browsing.py --postgres

Chromium shows the sheet with all its rows loaded, and in another tab the same Handsontable with the
same columns, as wide and as high, 1,000 rows, and nobody who changes them. Both scroll by the same
pixels in each frame, and then have digits and Enter typed into one cell after the other; frames are
counted by `requestAnimationFrame`. Meanwhile another process writes a hundred cells a second
through the ORM, half of them in the rows that are scrolled over. It rests while it is the turn of
the bare grid, and in one of the sheet's two turns. Server, database and browser share this machine.

Then the sheet is loaded anew with the processor throttled six times, while the changes go on. As
soon as a cell is painted, a click on it and the keys of a number wait together in the browser.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, product
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from playwright.sync_api import BrowserContext, Page, sync_playwright  # noqa: E402

from benchmarks.million import BARE, WARM_GRID_ROWS, WATCH, WINDOW  # noqa: E402
from tests.browser import grids, servers  # noqa: E402
from tests.browser.conftest import chromium, sites  # noqa: E402
from tests.browser.keyboard import at_once, click, keys, throttled  # noqa: E402

PIXELS = 60  # a frame
STRETCH = 200  # rows that are scrolled over, down and up again
KEY_SECONDS = 0.05
TYPED = "stock"  # the others do not write here
WANTED = 0.9
FIRST_NUMBER = 1_854_775_807  # of the key test; nothing typed before is as large
PATIENCE_MS = 90_000

FILL = """
from tests.app.models import Product
Product.objects.all().delete()
Product.objects.bulk_create(
    [Product(name=f"Row {{n:05}}", price=n % 97, stock=n % 13) for n in range({rows})],
    batch_size=500,
)
print(*Product.objects.values_list("pk", flat=True)[:{count}])
"""
# The name of the first row, written last, tells the page that it has seen everything.
CHANGES = """
import random, time
from pathlib import Path
pks = list(Product.objects.values_list("pk", flat=True))
Path({begun!r}).touch()
since = due = time.monotonic()
number = 0
while not Path({until!r}).exists():
    number += 1
    row = Product.objects.get(pk=random.choice(pks[:{stretch}] if number % 2 else pks))
    column = random.choice(("name", "price", "active"))
    fresh = {{"name": f"Row {{number:05}}", "price": number % 97, "active": not row.active}}
    setattr(row, column, fresh[column])
    row.save(update_fields=[column])
    due += 1 / {rate}
    time.sleep(max(0, due - time.monotonic()))
took = time.monotonic() - since
row = Product.objects.get(pk=pks[0])
row.name = f"Last {{random.random()}}"
row.save(update_fields=["name"])
print(number / took, row.name, sep="|")
"""
ELSEWHERE = "print(Product.objects.filter(stock__gte={number}).exclude(pk__in={pks}).count())"
STORED = "print(*[Product.objects.get(pk=pk).stock for pk in {pks}])"

COUNT = """([ms, step, stretch]) => {
    const holder = document.querySelector(".ht_master .wtHolder");
    const row = document.querySelector(".ht_master tbody tr").getBoundingClientRect();
    holder.scrollTop = 0;
    const count = async () => {
        const since = performance.now();
        let frames = 0, last = since, longest = 0;
        while (last - since < ms) {
            if (step) holder.scrollTop += step;
            await new Promise((go) => requestAnimationFrame(go));
            const now = performance.now();
            longest = Math.max(longest, now - last);
            last = now;
            frames += 1;
            if (holder.scrollTop >= stretch * row.height) step = -Math.abs(step);
            if (holder.scrollTop <= 5) step = Math.abs(step);
        }
        return [frames / (last - since) * 1000, longest];
    };
    window.counting = count();
}"""
COLUMN = "(name) => sheet().stage.grid.columns.findIndex((column) => column.name === name)"
TOP_CELL = """async (column) => {
    document.querySelector(".ht_master .wtHolder").scrollTop = 0;
    const cell = () => (window.bare ?? sheet().hot).getCell(0, column);
    await seen(cell);
    const { x, y, width, height } = cell().getBoundingClientRect();
    return [x + width / 2, y + height / 2];
}"""
ARRIVED = """([name, ms]) => Promise.race([
    seen(() => sheet().stage.grid.records[0].name === name),
    new Promise((_, fail) => setTimeout(fail, ms, new Error("changes are missing"))),
])"""
PAINTED = """async ([pk, column]) => {
    const box = () => sheet()?.stage?.grid?.cell(pk, column)?.getBoundingClientRect();
    await seen(() => box()?.width);
    const { x, y, width, height } = box();
    return [x + width / 2, y + height / 2];
}"""
KEPT = """([pk, column, value, ms]) => {
    const isKept = () => sheet().rows.value(pk, column) === value
        && sheet().outbox.size === 0 && !sheet().stage.grid.isEditing;
    return Promise.race([seen(isKept), new Promise((go) => setTimeout(go, ms))]);
}"""

Turn = tuple[float, float]  # frames a second, and the longest time between two in milliseconds


class Others:
    """The process beside, which writes when it is asked to."""

    def __init__(self, site: servers.Site, rate: int, folder: Path) -> None:
        self.site, self.rate, self.folder = site, rate, folder
        self.rates: list[float] = []
        self.last = ""

    @contextmanager
    def changing(self) -> Iterator[None]:
        begun, until = (self.folder / f"{name}-{len(self.rates)}" for name in ("begun", "until"))
        files = {"begun": str(begun), "until": str(until)}
        self.site.elsewhere.begin(CHANGES.format(**files, rate=self.rate, stretch=STRETCH))
        try:
            while not begun.exists():  # the process itself takes seconds to start
                time.sleep(0.01)
            yield
        finally:
            until.touch()
            rate, self.last = self.site.elsewhere.end().split("|")
            self.rates.append(float(rate))


def scroll(page: Page, _column: int, seconds: float) -> Turn:
    page.evaluate(COUNT, [seconds * 1000, PIXELS, STRETCH])
    return counted(page)


def type_on(page: Page, column: int, seconds: float) -> Turn:
    """As many keys for each, however long the page takes for one; other numbers than before."""
    word = str(random.randrange(1000, 10_000))
    page.mouse.click(*page.evaluate(TOP_CELL, column))
    page.evaluate(COUNT, [seconds * 1000, 0, STRETCH])
    since = time.monotonic()
    for number, key in enumerate(cycle([*word, "Enter"])):
        if number * KEY_SECONDS > seconds:
            break
        time.sleep(max(0, since + number * KEY_SECONDS - time.monotonic()))
        page.keyboard.press(key)
    found = counted(page)
    page.keyboard.press("Escape")
    return found


def counted(page: Page) -> Turn:
    a_second, longest = page.evaluate("counting")
    return float(a_second), float(longest)


WORKS: dict[str, Callable[[Page, int, float], Turn]] = {"scrolling": scroll, "typing": type_on}
BARE_GRID, QUIET, CHANGED = TURNS = ("the bare grid", "the sheet, no changes", "the sheet, changes")


class Browsing:
    """One tab with the sheet, and one with the bare grid."""

    def __init__(self, context: BrowserContext, address: str, others: Others) -> None:
        self.context, self.address, self.others = context, address, others
        self.sheet, self.bare = self.open(), self.open()
        self.column = int(self.sheet.evaluate(COLUMN, TYPED))
        self.bare.evaluate(BARE, WARM_GRID_ROWS)

    def open(self) -> Page:
        page = self.context.new_page()
        page.add_init_script(WATCH)
        page.goto(self.address, wait_until="commit")
        page.evaluate("opened")
        return page

    def turn(self, name: str, work: Callable[[Page, int, float], Turn], seconds: float) -> Turn:
        page = self.bare if name == BARE_GRID else self.sheet
        page.bring_to_front()
        if name != CHANGED:
            return work(page, self.column, seconds)
        with self.others.changing():
            found = work(page, self.column, seconds)
        # So that nothing is left for the next turn.
        page.evaluate(ARRIVED, [self.others.last, PATIENCE_MS])
        return found

    def measure(self, rounds: int, seconds: float) -> dict[tuple[str, str], list[Turn]]:
        found: dict[tuple[str, str], list[Turn]] = {}
        for number in range(rounds):
            for what, work in WORKS.items():
                for name in TURNS if number % 2 else reversed(TURNS):
                    found.setdefault((what, name), []).append(self.turn(name, work, seconds))
        return found

    def type_at_once(self, pks: list[int]) -> dict[int, int]:
        """What was typed into which row, each time on a page that has just come."""
        page = self.context.new_page()
        page.add_init_script(WATCH)
        line = throttled(self.context.new_cdp_session(page))
        wanted = {}
        with self.others.changing():
            for number, pk in enumerate(pks, FIRST_NUMBER):
                wanted[pk] = number
                page.goto(self.address, wait_until="commit")
                point = page.evaluate(PAINTED, [str(pk), TYPED])
                at_once(line, [*click(tuple(point)), *keys(str(number), "Enter")])
                page.evaluate(KEPT, [str(pk), TYPED, number, PATIENCE_MS])
        page.close()
        return wanted


def show(found: dict[tuple[str, str], list[Turn]]) -> None:
    print(f"  {'':<36}{'frames a second':>16}{'of the bare':>14}{'longest, ms':>14}")
    for what, name in product(WORKS, TURNS):
        turns = found[what, name]
        a_second = statistics.median(frames for frames, _ in turns)
        bare = statistics.median(frames for frames, _ in found[what, BARE_GRID])
        longest = statistics.median(gap for _, gap in turns)
        wanted = f"  of {WANTED}" if name == CHANGED else ""
        print(
            f"  {what + ', ' + name:<36}{a_second:16.1f}{a_second / bare:14.2f}{longest:14.0f}"
            f"{wanted}"
        )


def show_keys(site: servers.Site, wanted: dict[int, int]) -> None:
    stored = list(map(int, site.elsewhere.run(STORED.format(pks=list(wanted))).split()))
    kept = sum(one == other for one, other in zip(stored, wanted.values(), strict=True))
    code = ELSEWHERE.format(number=FIRST_NUMBER // 10, pks=list(wanted))
    print(
        f"  keys at once on a new page, throttled six times: {kept} of {len(wanted)} numbers are"
        f" whole, {site.elsewhere.run(code)} in another row"
    )


def options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--rate", type=int, default=100, help="changes a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="for each turn")
    parser.add_argument("--pages", type=int, default=5, help="new ones, for the keys")
    parser.add_argument("--windowed", action="store_true", help="else all rows are loaded")
    parser.add_argument("--grid", default=grids.BUNDLED, choices=[grids.BUNDLED, grids.NEWEST])
    parser.add_argument("--postgres", action="store_true", help="else SQLite")
    parser.add_argument("--server", default="uvicorn", choices=["daphne", "uvicorn"])
    return parser.parse_args()


def main() -> None:
    chosen = options()
    engine = "postgres" if chosen.postgres else "sqlite"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        with sites(servers.Databases(root), root) as make:
            site = make(servers.KINDS, engine=engine, version=chosen.grid)
            pks = site.script(FILL.format(rows=chosen.rows, count=chosen.pages)).split()
            site.serve(chosen.server)
            kind = "in windows" if chosen.windowed else "all loaded"
            print(f"{chosen.rows:,} rows, {kind}, Handsontable {chosen.grid}, {engine}", flush=True)
            browser = chromium(playwright)
            context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
            context.set_default_timeout(120_000)
            address = f"http://127.0.0.1:{site.servers[0].port}"
            session = {"name": site.project.session_cookie, "value": site.sessions["ann"]}
            context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
            others = Others(site, chosen.rate, root)
            path = f"/sheet/{'large' if chosen.windowed else 'loaded'}/"
            browsing = Browsing(context, address + path, others)
            show(browsing.measure(chosen.rounds, chosen.seconds))
            median, least = statistics.median(others.rates), min(others.rates)
            print(f"  changes written: {median:.0f} a second, at least {least:.0f}", flush=True)
            show_keys(site, browsing.type_at_once(list(map(int, pks))))
            browser.close()


if __name__ == "__main__":
    main()
