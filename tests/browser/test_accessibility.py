"""axe-core finds nothing serious; and everything can be done without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import Desk
from tests.browser.editing_hands import open_cell_menu
from tests.browser.finding_hands import open_tool
from tests.browser.page_hands import (
    bring_axe,
    command,
    focused,
    has_cells,
    place,
    press,
    violations,
)
from tests.browser.servers import KINDS, Site

NOBODY_ELSE = "document.querySelector('.ls-note') === null"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def plain(ann: Desk) -> None:
    pass


def refused(ann: Desk) -> None:
    pk = ann.pks()[2]
    ann.type(pk, "price", "cheap")
    ann.wait_class(pk, "price", "ls-refused")
    press(ann, "ArrowUp")
    ann.page.locator(".ls-note").wait_for()


def in_a_menu(ann: Desk) -> None:
    ann.page.locator(".ls-open-menu").click()
    ann.page.locator(".ls-menu-item").first.wait_for()


def among_views(ann: Desk) -> None:
    ann.page.locator(".ls-views-button").click()
    ann.page.get_by_role("menuitemradio").first.wait_for()


def naming_a_view(ann: Desk) -> None:
    among_views(ann)
    ann.page.get_by_role("menuitem", name="Save as …").click()
    ann.page.get_by_role("dialog").wait_for()


def in_an_editor(ann: Desk) -> None:
    ann.click(ann.pks()[4], "supplier", count=2)
    ann.page.locator(".ls-option").first.wait_for()


def in_a_context_menu(ann: Desk) -> None:
    open_cell_menu(ann, ann.pks()[4], "name")


def in_the_shortcuts(ann: Desk) -> None:
    command(ann, "shortcuts")
    ann.page.locator("dialog h2").wait_for()


def in_the_columns(ann: Desk) -> None:
    open_tool(ann, "columns")


def in_the_conditions(ann: Desk) -> None:
    panel = open_tool(ann, "filter")
    for name in ("Stock", "Supplier"):
        panel.get_by_role("button", name="Add condition").click()
        panel.get_by_label("Column").last.select_option(label=name)
    panel.get_by_label("Joined by").last.select_option("or")


def in_the_colours(ann: Desk) -> None:
    open_tool(ann, "colour").get_by_label("What gets the colour").wait_for()


def in_the_sorting(ann: Desk) -> None:
    open_tool(ann, "sort").get_by_role("button", name="Sort by one more").click()


STATES: list[Callable[[Desk], None]] = [
    plain,
    in_the_columns,
    in_the_conditions,
    in_the_sorting,
    in_the_colours,
    refused,
    in_a_menu,
    among_views,
    naming_a_view,
    in_an_editor,
    in_a_context_menu,
    in_the_shortcuts,
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(site: Site, seat: SitDown, theme: str) -> None:
    ann = seat(site, "ann")
    ann.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    ann.open("/sheet/product/")
    bring_axe(ann)
    found = {}
    for state in STATES:
        state(ann)
        if serious := violations(ann):
            found[state.__name__] = serious
        press(ann, "Escape", "Escape")
    assert found == {}


def test_by_keyboard_into_the_cells_and_out_of_them(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.locator(".ls-open-menu").focus()
    press(ann, "Tab")
    assert has_cells(ann)
    first = place(ann)
    assert first == (ann.pks()[0], "name")
    press(ann, "Tab", "ArrowDown")
    there = place(ann)
    assert there[1] != first[1]
    press(ann, "Escape")
    assert "ls-exit" in focused(ann)
    assert not has_cells(ann)
    assert ann.page.locator(".ls-exit").is_visible()
    press(ann, "Enter")
    assert has_cells(ann)
    assert place(ann) == there, "back where one was"
    press(ann, "Escape", "Shift+Tab")
    assert "ls-exit" not in focused(ann)
    assert not has_cells(ann), "backwards, the cells are left behind as well"
    press(ann, "Tab", "Escape", "Tab")
    assert not has_cells(ann)
    assert "ls-exit" not in focused(ann)


def test_a_conflict_by_keyboard_alone(site: Site, seat: SitDown) -> None:
    """Ann types, somebody is faster, she is told by whom, and puts in hers all the same."""
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.locator(".ls-open-menu").focus()
    press(ann, "Tab", *["ArrowDown"] * 6, "ArrowRight", "ArrowRight")
    pk, column = place(ann)
    assert column == "stock"
    ann.page.keyboard.type("41")
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = 7; p.save()")
    ann.wait(f"document.querySelector('live-sheet').sheet.rows.value('{pk}', 'stock') === 7")
    assert ann.editor()["text"] == "41"
    press(ann, "Enter")
    ann.wait_class(pk, "stock", "ls-conflict")
    press(ann, "ArrowUp")
    assert place(ann) == (pk, "stock")
    note = ann.page.locator(".ls-note")
    note.wait_for()
    assert "41" in note.inner_text()
    assert "7" in note.inner_text()
    press(ann, "Alt+Enter")
    ann.wait("document.activeElement.closest('.ls-note') !== null")
    press(ann, "Escape")
    ann.wait("document.activeElement.closest('.ls-note') === null")
    assert has_cells(ann)
    press(ann, "Alt+Enter", "Enter")  # the first button: mine
    ann.wait_text(pk, "stock", "41")
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).stock)") == "41"
    ann.wait(NOBODY_ELSE)
    ann.wait("!!document.querySelector('live-sheet').sheet.hot.getSelected()")
    assert place(ann) == (pk, "stock"), "the keys are the cell's again"
    press(ann, "ArrowDown")
    assert has_cells(ann)


def test_a_screen_reader_hears_what_a_cell_is(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[9]
    ann.click(pk, "stock")
    grid = ann.page.get_by_role("grid", name="Products")
    assert int(grid.get_attribute("aria-rowcount") or 0) == len(ann.all_pks()) + 1
    cell = ann.cell(pk, "stock")
    assert cell.get_attribute("role") == "gridcell"
    assert cell.get_attribute("aria-colindex") == "4"
    row = cell.query_selector("xpath=..")
    assert row is not None
    assert row.get_attribute("aria-rowindex") == str(ann.all_pks().index(str(pk)) + 2)
    assert ann.page.get_by_role("columnheader", name="Price").count() >= 1
    spoken = f"Stock, row {ann.all_pks().index(str(pk)) + 1}: {ann.text(pk, 'stock')}"
    expect(ann.page.locator(".ls-spoken")).to_have_text(spoken)
    assert ann.page.evaluate("document.activeElement.ariaLabel") == "Stock"


def test_the_shortcut_sheet_lists_every_key(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[1]
    ann.click(pk, "name")
    press(ann, "Control+/")
    dialog = ann.page.locator("dialog.ls-shortcuts")
    dialog.wait_for()
    text = dialog.inner_text()
    keyed = ann.page.evaluate(
        """() => {
            const { all } = document.querySelector("live-sheet").sheet.commands;
            const nothing = { pks: [], pk: null, column: null, columns: [] };
            return all.filter(({ keys, isOffered }) => keys?.length && isOffered?.() !== false)
                .map(({ text }) => text(nothing));
        }"""
    )
    assert len(keyed) > 5
    assert [name for name in keyed if name not in text] == []
    press(ann, "Escape")
    dialog.wait_for(state="detached")
    # In a cell that can be typed into it is a letter; where nothing is typed, it is the sheet.
    ann.click(ann.pks()[3], "name")  # another one: a second click on the first would edit it
    ann.page.keyboard.type("?")
    assert ann.editor()["text"] == "?"
    press(ann, "Escape", "Escape")
    ann.page.keyboard.type("?")
    dialog.wait_for()


def test_a_finger(site: Site, browser: Browser) -> None:
    """A tap selects, two taps edit, held down it opens the menu."""
    context = browser.new_context(has_touch=True, viewport={"width": 820, "height": 640})
    address = f"http://127.0.0.1:{site.servers[0].port}"
    cookie = {"name": site.project.session_cookie, "value": site.sessions["ann"], "url": address}
    context.add_cookies([cookie])  # type: ignore[list-item]
    ann = Desk(context.new_page(), address).open("/sheet/product/")
    pk = ann.pks()[3]
    box = ann.box(pk, "stock")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    ann.page.touchscreen.tap(x, y)
    ann.wait("document.querySelector('live-sheet').sheet.hot.getSelectedLast()?.[1] === 2")
    assert place(ann) == (pk, "stock")
    assert not ann.editor()["open"]
    ann.page.wait_for_timeout(500)  # no double tap with the next
    ann.page.touchscreen.tap(x, y)
    ann.page.touchscreen.tap(x, y)
    ann.wait("document.querySelector('live-sheet').sheet.stage.grid.isEditing")
    press(ann, "Escape")
    line = context.new_cdp_session(ann.page)
    point = [{"x": x, "y": y + box["height"]}]
    line.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": point})
    ann.page.locator(".htContextMenu td").first.wait_for()
    line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    ann.page.wait_for_timeout(100)
    assert ann.page.locator(".htContextMenu td").first.is_visible()
    entries = ".htContextMenu .ht_master td:not(.htSeparator)"
    heights = ann.page.evaluate(
        f"[...document.querySelectorAll('{entries}')].map((td) => td.offsetHeight)"
    )
    assert min(heights) >= 40
    height = ann.page.evaluate(
        "() => document.querySelector('.ls-add').getBoundingClientRect().height"
    )
    assert height >= 24
    assert ann.unforgiven == []
    context.close()
