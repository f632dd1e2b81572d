"""A row's card: every field of the sheet, beside the cells, live, by keyboard and by fingers."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import Desk
from tests.browser.people_hands import wait_selected


def card(desk: Desk) -> Locator:
    return desk.page.locator("dialog.ls-card[open]")


def field(desk: Desk, label: str) -> Locator:
    return card(desk).get_by_label(label, exact=True)


def test_a_row_is_read_and_edited_in_its_card(
    open_site: OpenSite, seat: SitDown, version: str
) -> None:
    site = open_site(version=version)
    site.serve("uvicorn")
    ann = seat(site, "ann").open("/desk/products/")
    bea = seat(site, "bea").open("/desk/products/")
    first, second = ann.pks()[1:3]
    ann.click(first, "stock")
    ann.page.keyboard.press("Space")
    card(ann).wait_for()
    expect(field(ann, "Stock")).to_be_focused()
    ann.screenshot(f"card-{version}")
    ann.page.keyboard.type("4321")
    # The card goes along to the next row, and what was typed is saved.
    ann.page.keyboard.press("ArrowDown")
    bea.wait_text(first, "stock", "4321")
    wait_selected(ann, second, "stock")
    expect(field(ann, "Stock")).to_have_value(ann.text(second, "stock").replace(",", ""))

    # What is being typed is not overwritten.
    ann.page.keyboard.type("77")
    bea.type(second, "stock", "5")
    bea.wait_settled()
    ann.wait_text(second, "stock", "5")
    assert field(ann, "Stock").input_value() == "77"
    card(ann).get_by_text("Now: 5").wait_for()
    ann.page.keyboard.press("Enter")
    card(ann).get_by_role("button", name="Take theirs").wait_for()
    ann.screenshot(f"card-conflict-{version}")
    card(ann).get_by_role("button", name="Keep mine").click()
    bea.wait_text(second, "stock", "77")
    ann.page.keyboard.press("Escape")
    card(ann).wait_for(state="detached")
    wait_selected(ann, second, "stock")
    ann.page.keyboard.type("9")
    assert ann.editor()["text"] == "9"
