"""Everyday jobs of arranging a sheet, by hand; docs/jobs.md tells how many steps each takes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.finding_hands import (
    chips,
    open_tool,
    values,
    wait_chips,
    wait_rows,
)
from tests.browser.servers import KINDS, Site


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


@pytest.fixture(autouse=True)
def forget(site: Site) -> None:
    """What one job has arranged, the next would find."""
    site.elsewhere.run("from livesheet.models import SavedView; SavedView.objects.all().delete()")


def condition(panel: Locator, at: int, column: str, kind: str) -> Locator:
    """What is asked of a column, in the line of that number; its fields."""
    line = panel.locator(".ls-condition").nth(at)
    line.get_by_label("Column").select_option(label=column)
    line.get_by_label("Filter by").select_option(label=kind)
    return line.locator(".ls-filter-fields")


def press(desk: Desk, name: str) -> None:
    desk.page.get_by_role("button", name=name).click()


def test_stock_below_ten_and_one_of_two_suppliers(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    panel = open_tool(ann, "filter")
    condition(panel, 0, "Stock", "Less than").get_by_role("textbox").fill("10")
    wait_rows(ann, 10)
    press(ann, "Add condition")
    condition(panel, 1, "Supplier", "Is one of").get_by_text("Eastoak").click()
    wait_chips(ann, ["Stock < 10", "Supplier: Eastoak"])
    press(ann, "Add condition")
    condition(panel, 2, "Name", "Contains").get_by_role("textbox").fill("oak")
    panel.get_by_label("Joined by").nth(1).select_option("or")
    wait_chips(ann, ["Stock < 10", "Supplier: Eastoak or Name contains “oak”"])
    ann.screenshot(f"conditions-{version}")
    ann.page.keyboard.press("Escape")
    tool = ann.page.locator(".ls-tool[data-tool=filter]")
    expect(tool).to_have_text(re.compile(r"^\s*Filter\s*3\s*$"))
    assert set(values(ann, "supplier")) == {values(ann, "supplier")[0]}
    assert max(values(ann, "stock")) < 10
    # What it says is what it means, also after a reload.
    ann.wait_view_kept()
    ann.page.reload()
    wait_chips(ann, ["Stock < 10", "Supplier: Eastoak or Name contains “oak”"])
    press(ann, "Clear all filters")
    ann.wait(f"{GRID}.hot.countRows() === {SHEET}.rows.size")


def test_duplicates_are_found_and_put_right(site: Site, seat: SitDown) -> None:
    site.elsewhere.run(
        "for product in Product.objects.all():\n"
        "    product.name = f'Oak {product.stock}'; product.save()\n"
        "Product.objects.filter(stock=20).update(name='oak 7 ')"
    )
    ann = seat(site, "ann").open("/sheet/product/")
    panel = open_tool(ann, "filter")
    condition(panel, 0, "Name", "Occurs more than once")
    wait_rows(ann, 2)
    ann.page.keyboard.press("Escape")
    assert [name.strip().lower() for name in values(ann, "name")] == ["oak 7", "oak 7"]
    pk = ann.all_pks()[1]
    ann.type(pk, "name", "Oak 20")
    ann.wait("document.querySelector('.ls-strays')")
    press(ann, "Refresh")
    wait_rows(ann, 0)
    ann.until(lambda: chips(ann), ["Name occurs more than once"])


def test_sorted_by_two_columns(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    panel = open_tool(ann, "sort")
    press(ann, "Sort by one more column")
    panel.get_by_label("Sort by", exact=True).select_option(label="Supplier")
    press(ann, "Sort by one more column")
    panel.get_by_label("Sort by", exact=True).nth(1).select_option(label="Stock")
    panel.get_by_role("combobox", name="Sort by Stock").select_option("Descending")
    ann.wait(f"{GRID}.records[0].stock === 299")
    assert values(ann, "stock")[:2] == [299, 296]
    # The other way round: dragged by the handle, and back by a key.
    handles = panel.locator(".ls-grip")
    lower, upper = handles.nth(1).bounding_box(), handles.nth(0).bounding_box()
    assert lower is not None
    assert upper is not None
    ann.page.mouse.move(lower["x"] + 8, lower["y"] + 8)
    ann.page.mouse.down()
    ann.page.mouse.move(upper["x"] + 8, upper["y"] + 4, steps=4)
    ann.page.mouse.up()
    ann.wait(f"{GRID}.records[1].stock === 298")
    panel.get_by_role("button", name="Move Stock").press("ArrowDown")
    ann.wait(f"{GRID}.records[1].stock === 296")
    ann.page.keyboard.press("Escape")
    tool = ann.page.locator(".ls-tool[data-tool=sort]")
    expect(tool).to_be_focused()
    expect(tool).to_have_text(re.compile(r"^\s*Sort\s*2\s*$"))


PASTE_LIST = """(field) => {
    const data = new DataTransfer();
    data.setData("text/plain", "3\\n14\\n159\\n26535\\nnone");
    const init = { clipboardData: data, bubbles: true, cancelable: true };
    field.dispatchEvent(new ClipboardEvent("paste", init));
}"""


def test_a_list_from_a_mail_is_found(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    panel = open_tool(ann, "filter")
    fields = condition(panel, 0, "Stock", "Is one of")
    fields.get_by_role("searchbox").evaluate(PASTE_LIST)
    wait_rows(ann, 3)
    expect(fields.locator(".ls-outcome")).to_have_text("3 found, 2 unknown: 26535, none")
    assert sorted(values(ann, "stock")) == [3, 14, 159]


def test_on_a_phone_the_bar_is_one_line(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.set_viewport_size({"width": 390, "height": 844})
    ann.wait("document.querySelector('.ls-bar').dataset.room === 'least'")
    bar = ann.page.locator(".ls-bar").bounding_box()
    assert bar is not None
    assert bar["height"] < 60
    assert bar["width"] <= 390
    panel = open_tool(ann, "filter")
    condition(panel, 0, "Stock", "At least").get_by_role("textbox").fill("290")
    wait_rows(ann, 10)
    ann.page.keyboard.press("Escape")
    press(ann, "Find")
    ann.page.keyboard.type("Oak 29")
    wait_rows(ann, 10)
    ann.page.keyboard.press("Enter")
    # What has no place in the bar stands in its menu.
    ann.page.locator(".ls-open-menu").click()
    ann.page.get_by_role("menuitem", name="Height").click()
    ann.page.locator(".ls-tool-panel[data-tool=height]:popover-open").wait_for()


def test_rows_are_coloured_by_a_rule(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    panel = open_tool(ann, "colour")
    panel.get_by_label("Colour", exact=True).select_option("Green")
    panel.get_by_label("What gets the colour").select_option("the row, where")
    panel.get_by_label("Column").select_option(label="Stock")
    panel.get_by_label("Filter by").select_option(label="Less than")
    panel.locator(".ls-filter-fields").get_by_role("textbox").fill("3")
    pks = ann.pks()
    for pk in pks[:3]:
        ann.wait_class(pk, "supplier", "ls-colour-green")
    assert "ls-coloured" not in (ann.cell(pks[3], "name").get_attribute("class") or "")
    painted = f"""names => names.map((name) =>
        getComputedStyle({GRID}.cell("{pks[0]}", name)).backgroundColor)"""
    written, computed = ann.page.evaluate(painted, ["supplier", "value"])
    assert written == computed, "what nobody may write has its colour, too"
    ann.page.keyboard.press("Escape")
    ann.type(pks[0], "price", "cheap")
    ann.wait_class(pks[0], "price", "ls-refused")
    ann.page.keyboard.press("ArrowLeft")
    refused, _ = ann.page.evaluate(painted, ["price", "value"])
    assert refused != computed, "the mark of a state lies above it"
    ann.screenshot(f"coloured-{version}")
    # It is live, also for what others write.
    site.elsewhere.run(f"p = Product.objects.get(pk={pks[3]}); p.stock = 2; p.save()")
    ann.wait_class(pks[3], "name", "ls-colour-green")
    site.elsewhere.run(f"p = Product.objects.get(pk={pks[3]}); p.stock = 3; p.save()")
    ann.wait_class(pks[3], "name", "ls-colour-green", there=False)
