"""What people do with groups of rows, and what they see of them."""

from __future__ import annotations

import json

from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.finding_hands import open_tool


def group_by(desk: Desk, *titles: str) -> None:
    """In the panel of the bar, in the place of what it is grouped by."""
    panel = open_tool(desk, "group")
    while panel.locator(".ls-remove").count():
        panel.locator(".ls-remove").first.click()
    for at, title in enumerate(titles):
        panel.get_by_role("button", name="Group by a column").click()
        panel.locator("select.ls-group-column").nth(at).select_option(label=title)
    desk.page.keyboard.press("Escape")
    desk.wait(f"n => {SHEET}.store.groups.by.length === n", len(titles))


def heading(*values: object) -> str:
    """The key under which a group's heading stands among the rows."""
    return f"+group:{json.dumps(list(values), separators=(',', ':'))}"


def wait_heading(desk: Desk, key: str, column: str, text: str) -> None:
    """A cell of a heading that is on screen says this."""
    desk.wait(
        f"([key, column, text]) => {GRID}.cell(key, column)?.innerText.replace(/\\s+/g, ' ')"
        ".trim() === text",
        [key, column, text],
    )


def wait_entries(desk: Desk, keys: list[str]) -> None:
    """The grid shows these, rows and headings, in this order."""
    desk.wait(
        f"keys => JSON.stringify({GRID}.records.map(({{ $pk }}) => $pk)) === keys",
        json.dumps(keys, separators=(",", ":")),
    )


def entries(desk: Desk) -> list[str]:
    found: list[str] = desk.page.evaluate(f"() => {GRID}.records.map(({{ $pk }}) => $pk)")
    return found


def totals(desk: Desk) -> dict[str, str]:
    """What the foot says of all rows, by column."""
    found: dict[str, str] = desk.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("[data-total]")].map(
            (one) => [one.dataset.total, one.querySelector("dd").textContent]))"""
    )
    return found
