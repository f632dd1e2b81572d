"""A page may be open for days: what is taken out is let go, and what goes on does not grow.

The widget and the grid are the real ones; the socket is one that the page itself feeds, so that an
hour passes in seconds. Too slow for every run, so it is not collected by itself:

    LIVESHEET_MOUNTS=1000 pytest -c tests/browser/pytest.ini --confcutdir tests/browser \\
        tests/browser/memory.py
"""

from __future__ import annotations

import os
import time

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import Desk
from tests.browser.page_hands import heap
from tests.browser.servers import KINDS, Site

GROWTH = 1.10
# A thousand take two to four minutes on a small machine.
MOUNTED = int(os.environ.get("LIVESHEET_MOUNTS", "100"))
# Until the browser has compiled what it compiles.
WARM = 100
ELEMENTS = "document.querySelectorAll('*').length"

# In place of the browser's: answers `open` with a hello and forty rows, and says nothing else.
SOCKET = """(() => {
    const columns = ["name", "price", "stock", "unit", "active"].map((name) => ({
        name, title: name, type: { price: "decimal", stock: "integer", active: "boolean" }[name]
            ?? "text",
        readonly: false, required: false, null: true, blank: true, help: "",
    }));
    const hello = {
        type: "hello", protocol: "livesheet.v1", sheet: "fed", title: "Fed", digest: "d",
        me: { id: "1", name: "Ann", colour: "#336699" }, columns, zone: "UTC",
        can: { add: true, change: true, delete: true },
        limits: { frame_bytes: 1e6, cells: 1e4, rows: 1e4, have: 1e5, resend_days: 7 },
    };
    const rows = Array.from({ length: 40 }, (_, at) =>
        [String(at + 1), `Row ${at + 1}`, "1.00", at, "piece", true]);
    window.lines = new Set();
    window.WebSocket = class extends EventTarget {
        static OPEN = 1;
        readyState = 0;
        protocol = "livesheet.v1";
        bufferedAmount = 0;
        constructor() {
            super();
            lines.add(this);
            queueMicrotask(() => {
                this.readyState = 1;
                this.tell("open", new Event("open"));
            });
        }
        tell(name, event) {
            this[`on${name}`]?.(event);
            this.dispatchEvent(event);
        }
        feed(frame) {
            this.tell("message", new MessageEvent("message", { data: JSON.stringify(frame) }));
        }
        send(text) {
            if (JSON.parse(text).type !== "open") return;
            queueMicrotask(() => {
                this.feed(hello);
                this.feed({ type: "rows", rows, reset: true, done: true, cursor: "1-1" });
            });
        }
        close() {
            if (this.readyState === 3) return;
            this.readyState = 3;
            lines.delete(this);
            queueMicrotask(() => this.tell("close", new CloseEvent("close", { code: 1000 })));
        }
    };
})();"""

# Handsontable keeps the name of every grid that ever was, once for each kind of editor: what a
# thousand bare grids leave is not ours. (6.2.2 and 18.1.1: 0.5 to 0.9 kB a grid.)
BARE = """async (count) => {
    const { Handsontable } = window;
    let at = 0;
    const one = async () => {
        const box = document.body.appendChild(document.createElement("div"));
        box.style.height = "300px";
        const data = Array.from({ length: 40 }, (_, at) => [`Row ${at + 1}`, "1.00", at]);
        const hot = new Handsontable(box, {
            data, licenseKey: "non-commercial-and-evaluation", colHeaders: true,
            ...window.config.handsontable.options,
        });
        await new Promise((go) => requestAnimationFrame(go));
        hot.selectCell(3, 1);
        const editor = hot.getActiveEditor();
        editor.beginEditing("2");
        editor.finishEditing(true);
        hot.destroy();
        box.remove();
    };
    const some = async () => { while (at < count) { at += 1; await one(); } };
    await Promise.all(Array.from({ length: 3 }, some));
}"""

# Three at a time: most of a mount is waiting for a turn to paint.
MOUNTS = """async (count) => {
    const { mount } = await import(window.entry);
    let at = 0;
    const one = async () => {
        const box = document.body.appendChild(document.createElement("div"));
        box.style.height = "300px";
        const sheet = mount(box, window.config);
        while (!sheet.hot || sheet.hot.countRows() < 40)
            await new Promise((go) => setTimeout(go, 10));
        sheet.hot.selectCell(3, 1);
        const editor = sheet.hot.getActiveEditor();
        editor.beginEditing("2");
        editor.finishEditing(true);
        sheet.destroy();
        box.remove();
    };
    const some = async () => { while (at < count) { at += 1; await one(); } };
    await Promise.all(Array.from({ length: 3 }, some));
}"""

AN_HOUR = """async (count) => {
    const { mount } = await import(window.entry);
    if (!window.box) {
        window.box = document.body.appendChild(document.createElement("div"));
        box.style.height = "600px";
        window.sheet = mount(box, window.config);
        while (!sheet.hot || sheet.hot.countRows() < 40)
            await new Promise((go) => setTimeout(go, 10));
    }
    const [line] = lines;
    for (let at = 0; at < count; at += 1) {
        const pk = String((at * 7) % 40 + 1);
        const row = [pk, `Row ${pk} of ${at}`, `${at % 100}.50`, at, "piece", at % 2 === 0];
        line.feed({ type: "change", cursor: `1-${at + 2}`, rows: [row], gone: [],
            by: { [pk]: "task: till" }, refs: [] });
        if (at % 200 === 0) {
            line.feed({ type: "presence", here: [{ key: `k${at % 60}`, id: "2", name: "Bea",
                colour: "#aa3366", pk, column: "stock", editing: false }] });
            await new Promise((go) => requestAnimationFrame(go));
        }
    }
    return window.sheet.rows.value("1", "name");
}"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def begin(desk: Desk, path: str) -> None:
    """A page with the widget's script and no sheet."""
    desk.page.add_init_script(SOCKET)
    desk.page.goto(desk.address + path)
    desk.wait("document.querySelector('live-sheet')?.sheet?.hot?.countRows() === 40")
    desk.page.evaluate(
        """() => {
            const element = document.querySelector("live-sheet");
            window.config = JSON.parse(element.querySelector("script").textContent);
            window.entry = document.querySelector('script[type="module"]').src;
            element.remove();
        }"""
    )


def settled_heap(desk: Desk, most: float = 0) -> int:
    """The least within ten seconds, or the first below `most`: what fades takes four to go."""
    deadline = time.monotonic() + 10
    least = heap(desk)
    while least > most and time.monotonic() < deadline:
        desk.page.wait_for_timeout(500)
        least = min(least, heap(desk))
    return least


def growth(desk: Desk, mounts: str) -> tuple[int, int]:
    """Bytes in use after a few, and how many more after many."""
    desk.page.set_default_timeout(0)
    desk.page.evaluate(mounts, WARM)
    before, elements = settled_heap(desk), desk.page.evaluate(ELEMENTS)
    desk.page.evaluate(mounts, MOUNTED)
    assert desk.page.evaluate(ELEMENTS) <= elements
    return before, settled_heap(desk) - before


@pytest.mark.timeout(1800)
def test_many_mounts_and_removals(site: Site, seat: SitDown) -> None:
    desk, bare = seat(site, "ann"), seat(site, "ann")
    begin(bare, "/sheet/product/")
    _, grids = growth(bare, BARE)
    begin(desk, "/sheet/product/")
    before, sheets = growth(desk, MOUNTS)
    assert desk.page.evaluate("lines.size") == 0
    print(f"\n{MOUNTED} mounts: {before:,} and {sheets:,} bytes; bare grids: {grids:,}")
    assert sheets - grids < (GROWTH - 1) * before


@pytest.mark.timeout(600)
def test_an_hour_of_twenty_changes_a_second(site: Site, seat: SitDown) -> None:
    desk = seat(site, "ann")
    begin(desk, "/sheet/product/")
    desk.page.evaluate(AN_HOUR, 2_000)
    before = settled_heap(desk)
    assert desk.page.evaluate(AN_HOUR, 72_000).startswith("Row 1 of ")
    assert settled_heap(desk, GROWTH * before) < GROWTH * before
