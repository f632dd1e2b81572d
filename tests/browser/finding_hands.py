"""What people do at a sheet to find things: menus at heads, chips, the foot."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator

from tests.browser.desk import GRID, SHEET, Desk


def head(desk: Desk, column: str) -> Locator:
    """The head of a column, where people see it."""
    title = desk.page.evaluate(f"name => {SHEET}.store.column(name).title", column)
    heads = desk.page.locator(".ht_clone_top th.ls-head, .ht_clone_top_left_corner th.ls-head")
    heads = heads.or_(desk.page.locator(".ht_clone_top_inline_start_corner th.ls-head"))
    exact = desk.page.locator(".colHeader").get_by_text(title, exact=True)
    return heads.filter(has=exact, visible=True).last


def sort_by(desk: Desk, column: str, *, add: bool = False) -> None:
    head(desk, column).locator(".colHeader").click(modifiers=["Shift"] if add else [])


def open_menu(desk: Desk, column: str) -> Locator:
    head(desk, column).hover()
    head(desk, column).locator(".ls-column-button").click()
    menu = desk.page.locator(".ls-column-menu")
    menu.wait_for()
    return menu


def drag(
    desk: Desk, column: str, to: str, at: float, *, by: float = 0, escape: bool = False
) -> None:
    """A column's title over another column's head, `at` a part of its width, `by` pixels more."""
    title, goal = head(desk, column).locator(".ls-title").bounding_box(), head(desk, to)
    box = goal.bounding_box()
    assert title is not None
    assert box is not None
    x, y = title["x"] + title["width"] / 2, title["y"] + title["height"] / 2
    mouse = desk.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + by if by else box["x"] + box["width"] * at, y, steps=8 if not by else 1)
    if not by:
        desk.page.locator(".ls-drop-line").wait_for()
        desk.screenshot(f"dragged-{column}")
    if escape:
        desk.page.keyboard.press("Escape")
    mouse.up()


def choose(desk: Desk, column: str, action: str) -> None:
    open_menu(desk, column).locator(f"[data-action={action}]").click()


def open_tool(desk: Desk, name: str) -> Locator:
    """The panel of one of the bar's tools, which stands in the menu where the bar has no room."""
    desk.wait_painted()  # a bar that was resized decides in the next frame what it has room for
    tool = desk.page.locator(f".ls-tool[data-tool={name}]")
    if tool.is_visible():
        tool.click()
    else:
        run_command(desk, name)
    panel = desk.page.locator(f".ls-tool-panel[data-tool={name}]:popover-open")
    panel.wait_for()
    return panel


def columns(desk: Desk) -> list[str]:
    found: list[str] = desk.page.evaluate(f"{GRID}.columns.map(({{ name }}) => name)")
    return found


def wait_columns(desk: Desk, names: list[str]) -> None:
    desk.wait(
        f"names => {GRID}?.columns.map(({{ name }}) => name).join() === names", ",".join(names)
    )


def wait_rows(desk: Desk, count: int) -> None:
    desk.wait(f"count => {GRID}.hot.countRows() === count", count)


def chips(desk: Desk) -> list[str]:
    return desk.page.locator(".ls-chips:visible .ls-chip-text").all_inner_texts()


def run_command(desk: Desk, name: str) -> None:
    """From the bar's menu."""
    desk.page.locator(".ls-open-menu").click()
    desk.page.locator(f".ls-menu-item[data-command={name}]").click()


def sums(desk: Desk) -> dict[str, str]:
    """What the foot says of the selection, without the signs between thousands."""
    found: dict[str, str] = desk.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".ls-sum")].map(
            (sum) => [sum.dataset.sum, sum.querySelector("dd").textContent.replaceAll(",", "")]))"""
    )
    return found


def wait_sum(desk: Desk, name: str, text: str) -> None:
    desk.wait(
        "([name, text]) => document.querySelector(`[data-sum=${name}] dd`)?.textContent"
        ".replaceAll(',', '') === text",
        [name, text],
    )


def values(desk: Desk, column: str) -> list[Any]:
    """What stands in the column, row by row."""
    found: list[Any] = desk.page.evaluate(
        f"name => {GRID}.records.map((record) => record[name])", column
    )
    return found


def wait_chips(desk: Desk, words: list[str]) -> None:
    desk.wait(
        "words => [...document.querySelectorAll('.ls-chip-text')]"
        ".map((chip) => chip.textContent).join('|') === words",
        "|".join(words),
    )
