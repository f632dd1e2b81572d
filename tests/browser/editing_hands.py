"""What the tests of editing do at a desk, and see there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator

from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.servers import KINDS, Site

# Nothing else can be written until there is such a file.
LOCK = """
import time
from pathlib import Path
from django.db import transaction
with transaction.atomic():
    Tag.objects.create(name="meanwhile")
    Path({held!r}).touch()
    while not Path({until!r}).exists():
        time.sleep(0.02)
"""

SELECT = f"""([from, to]) => {{
    const grid = {GRID};
    const at = ([pk, column]) => [
        grid.places.get(pk), grid.columns.findIndex(({{ name }}) => name === column)
    ];
    grid.hot.selectCell(...at(from), ...at(to));
    grid.hot.listen();
}}"""

# As the browser does it when the keys are pressed; a real clipboard is everybody's.
PASTE = """([text, html]) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    if (html) clipboardData.setData("text/html", html);
    const options = { clipboardData, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
}"""
TAKE = """(what) => {
    const clipboardData = new DataTransfer();
    const options = { clipboardData, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new ClipboardEvent(what, options));
    return [clipboardData.getData("text/plain"), clipboardData.getData("text/html")];
}"""

CORNER = f"""() => {{
    const found = [...{GRID}.element.querySelectorAll(".wtBorder.corner")]
        .map((one) => one.getBoundingClientRect()).find(({{ width }}) => width > 0);
    return found ? [found.x + found.width / 2, found.y + found.height / 2] : null;
}}"""
HAS_MENU = """() => [...document.querySelectorAll(".htContextMenu td")]
    .some((one) => one.getClientRects().length > 0)"""
MOST_TRIES = 5


@contextmanager
def a_server_that_waits(site: Site, folder: Path, desk: Desk) -> Iterator[None]:
    """Whatever is sent meanwhile is saved afterwards, also when the test has failed by then."""
    assert site.project is KINDS, "the lock is a row of its models"
    held, go = folder / "held", folder / "go"
    site.elsewhere.begin(LOCK.format(held=str(held), until=str(go)))
    try:
        while not held.exists():
            desk.page.wait_for_timeout(25)
        yield
    finally:
        go.touch()
        site.elsewhere.end()


def select(desk: Desk, start: tuple[object, str], end: tuple[object, str] | None = None) -> None:
    """A block of cells, as by Shift and the mouse, also where it is not on screen."""
    corners = [[str(pk), column] for pk, column in (start, end or start)]
    desk.page.evaluate(SELECT, corners)


def paste(desk: Desk, text: str, html: str = "") -> None:
    desk.page.evaluate(PASTE, [text, html])


def copied(desk: Desk, what: str = "copy") -> tuple[str, str]:
    """What Ctrl+C, or Ctrl+X, puts on the clipboard: text and HTML."""
    text, html = desk.page.evaluate(TAKE, what)
    return text, html


def slip(desk: Desk, kind: str, text: str) -> None:
    """Wait until the slip at the foot says so."""
    desk.page.locator(f".ls-slip-{kind}", has_text=text).wait_for()


def press_in_slip(desk: Desk, kind: str, label: str) -> None:
    desk.page.locator(f".ls-slip-{kind} button", has_text=label).click()


def open_cell_menu(desk: Desk, pk: object, column: str) -> Locator:
    """The entries of the cell's context menu; once more, where the grid is made anew meanwhile."""
    items = desk.page.locator(".htContextMenu:visible td")
    is_other = f"grid => grid !== {GRID}"
    for _ in range(MOST_TRIES):
        grid = desk.page.evaluate_handle(GRID)
        desk.cell(pk, column).click(button="right")
        desk.wait(f"grid => ({is_other})(grid) || ({HAS_MENU})()", grid)
        if not desk.page.evaluate(is_other, grid):
            items.first.wait_for()
            return items
    raise AssertionError("the grid is made anew again and again")


def pick(desk: Desk, pk: object, column: str, label: str) -> None:
    """From the context menu of the cell."""
    open_cell_menu(desk, pk, column).filter(has_text=label).first.click()


def drag_handle(desk: Desk, to: tuple[object, str]) -> None:
    """The small square at the selection's corner, by the mouse."""
    desk.wait(f"({CORNER})() !== null")
    corner = desk.page.evaluate(CORNER)
    box = desk.box(*to)
    desk.page.mouse.move(*corner)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + 20, box["y"] + 5, steps=6)
    desk.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    desk.page.mouse.up()


def wait_selected(desk: Desk, pk: str, column: str) -> None:
    desk.wait(
        f"""([pk, column]) => {{
            const {{ hot, records, columns }} = {GRID};
            const [row, col] = hot.getSelectedLast() ?? [];
            return records[row]?.$pk === pk && columns[col]?.name === column;
        }}""",
        [pk, column],
    )


def wait_rows(desk: Desk, count: int) -> None:
    """So many are saved, and shown."""
    desk.wait(f"n => {SHEET}.rows.size === n && {GRID}.records.length === n", count)


def wait_value(desk: Desk, pk: str, column: str, value: object) -> None:
    desk.wait(
        f"([pk, column, value]) => {SHEET}.rows.value(pk, column) === value", [pk, column, value]
    )


def shown(desk: Desk, pks: list[str], columns: list[str]) -> list[list[str]]:
    """What the cells say, on screen or not."""
    found: list[list[str]] = desk.page.evaluate(
        f"""([pks, columns]) => {{
            const {{ store }} = {SHEET};
            return pks.map((pk) => columns.map(
                (name) => store.text(store.column(name), store.shown(pk, name))
            ));
        }}""",
        [pks, columns],
    )
    return found
