"""What the tests of the page need besides a desk: axe, the heap, keys through the page."""

from __future__ import annotations

from typing import Any

from tests.browser.desk import GRID, Desk
from tests.browser.packages import axe

AXE = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => [id, nodes[0].html.slice(0, 200), nodes[0].failureSummary]);
}"""


def bring_axe(desk: Desk) -> None:
    desk.page.evaluate((axe() / "axe.min.js").read_text(encoding="utf-8"))


def violations(desk: Desk) -> list[Any]:
    """What axe-core calls serious or critical."""
    found: list[Any] = desk.page.evaluate(AXE)
    return found


def command(desk: Desk, name: str) -> None:
    """By the mouse, in the menu behind the bar's last button."""
    desk.page.locator(".ls-open-menu").click()
    desk.page.locator(f".ls-menu [data-command={name}]").click()


def colour(desk: Desk, selector: str, name: str = "backgroundColor") -> str:
    found: str = desk.page.evaluate(
        "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]",
        [selector, name],
    )
    return found


def press(desk: Desk, *keys: str) -> None:
    for key in keys:
        desk.page.keyboard.press(key)


def focused(desk: Desk) -> str:
    """The class or name of what has the focus."""
    found: str = desk.page.evaluate(
        "() => document.activeElement.className || document.activeElement.tagName"
    )
    return found


def place(desk: Desk) -> tuple[str | None, str | None]:
    """The pk and column of the selected cell."""
    state = desk.editor()
    return state["pk"], state["column"]


def has_cells(desk: Desk) -> bool:
    """Whether a cell is selected and the keys are the grid's."""
    return bool(desk.page.evaluate(f"() => {GRID}.hot.isListening() && !!{GRID}.hot.getSelected()"))


def heap(desk: Desk) -> int:
    """Bytes that are in use when everything that can be freed has been."""
    line = desk.page.context.new_cdp_session(desk.page)
    for _ in range(3):
        line.send("HeapProfiler.collectGarbage")
    used: int = line.send("Runtime.getHeapUsage")["usedSize"]
    line.detach()
    return used
