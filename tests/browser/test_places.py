"""Sheets in hidden tabs, in dialogs, on pages that swap them out, on hosts without https."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog

from tests.browser.conftest import OpenSite, SitDown, chromium
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.editing_hands import pick
from tests.browser.page_hands import press
from tests.browser.servers import KINDS, Site

HOST = "sheets.test"
# As a tab of the page that is not the one in front.
HIDDEN = """
new MutationObserver((_, observer) => {
    if (!document.body) return;
    document.body.style.display = "none";
    observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
SECOND = """() => {
    const sheet = document.createElement("live-sheet");
    sheet.setAttribute("sheet", "product");
    sheet.append(document.querySelector("live-sheet script").cloneNode(true));
    document.body.append(sheet);
}"""
# What htmx or Turbo does with the part of the page that came with the first sheet.
SWAP = """() => {
    for (const link of document.querySelectorAll("body link")) link.remove();
    document.querySelector("live-sheet").remove();
}"""
DIALOG = """() => {
    const dialog = document.body.appendChild(document.createElement("dialog"));
    dialog.append(document.querySelector("live-sheet"));
    dialog.style.width = "1000px";
    dialog.showModal();
}"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version, ALLOWED_HOSTS=f"127.0.0.1 {HOST}")
    site.serve("daphne")
    return site


def visit(site: Site, context: Any, host: str = "127.0.0.1") -> Desk:
    """Ann, in a context that is not the usual one."""
    address = f"http://{host}:{site.servers[0].port}"
    session = {"name": site.project.session_cookie, "value": site.sessions["ann"]}
    context.add_cookies([{**session, "url": address}])
    return Desk(context.new_page(), address)


def test_a_sheet_in_a_hidden_tab_is_there_when_it_is_shown(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann")
    ann.page.add_init_script(HIDDEN)
    ann.page.goto(ann.address + "/sheet/product/")
    ann.wait_status("live")
    ann.wait(f"{SHEET}.rows.size > 0")
    ann.page.evaluate("document.body.style.display = ''")
    ann.wait(f"{GRID}?.hot.countRows() === {SHEET}.rows.size")
    ann.wait(f"() => {GRID}.element.querySelectorAll('.ht_master tbody tr').length > 5")
    pk = ann.pks()[3]
    ann.type(pk, "stock", "33")
    ann.wait_settled()
    ann.wait_text(pk, "stock", "33")


def test_a_second_sheet_keeps_its_style_when_the_first_is_swapped_out(
    site: Site, seat: SitDown
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.evaluate(SECOND)
    ann.wait("document.querySelectorAll('live-sheet .ls-bar').length === 2")
    display = "getComputedStyle([...document.querySelectorAll('.ls-bar')].at(-1)).display"
    assert ann.page.evaluate(display) == "flex"
    ann.page.evaluate(SWAP)
    ann.wait("document.querySelectorAll('live-sheet').length === 1")
    assert ann.page.evaluate(display) == "flex"


def test_in_a_modal_dialog_the_menu_can_be_used(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.evaluate(DIALOG)
    ann.wait(f"{GRID}?.hot.countRows() === {SHEET}.rows.size")
    pick(ann, ann.pks()[4], "stock", "Insert row above")
    ann.wait(f"{SHEET}.store.drafts.byPk.size === 1")


def test_everything_works_without_https(site: Site, browser: Browser) -> None:
    """Where `isSecureContext` is false, browsers leave out what they have elsewhere."""
    flag = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    running = chromium(SimpleNamespace(chromium=browser.browser_type), flag)  # type: ignore[arg-type]
    ann = visit(site, running.new_context(), HOST).open("/sheet/product/")
    assert ann.page.evaluate("isSecureContext") is False
    pk = ann.pks()[2]
    ann.type(pk, "stock", "71")
    ann.wait_settled()
    press(ann, "Control+/")
    ann.page.locator("dialog.ls-shortcuts").wait_for()
    press(ann, "Escape")
    ann.page.locator(".ls-open-menu").click()
    ann.page.locator(".ls-menu [data-command=copyLink]").click()
    ann.page.locator("dialog .ls-link-field").wait_for()
    assert ann.unforgiven == []
    running.close()


def test_half_a_word_is_asked_about_before_the_page_goes(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ann.page.on("dialog", answer)
    pk = ann.pks()[6]
    ann.start_typing(pk, "name", "half a w")
    ann.page.reload()
    assert asked == ["beforeunload"]
    ann.wait_status("live")
    ann.wait(f"{GRID} && {GRID}.hot.countRows() === {SHEET}.rows.size")
    ann.click(pk, "name")
    press(ann, "F2")
    ann.page.reload()
    assert asked == ["beforeunload"], "nothing was typed"


def test_half_a_word_is_kept_when_the_sheet_is_swapped_out(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    bea = seat(site, "bea").open("/sheet/product/")
    pk = ann.pks()[7]
    ann.start_typing(pk, "name", "half a word")
    ann.page.evaluate("document.querySelector('live-sheet').remove()")
    bea.wait_text(pk, "name", "half a word")


def test_with_a_finger_everything_can_be_reached(site: Site, browser: Browser) -> None:
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}
    )
    ann = visit(site, context).open("/sheet/product/")
    opacity = "getComputedStyle(document.querySelector('.ls-column-button')).opacity"
    assert ann.page.evaluate(opacity) == "1"
    box = ann.box(ann.pks()[3], "name")
    for _ in range(2):
        ann.page.touchscreen.tap(box["x"] + 20, box["y"] + 10)
    ann.wait(f"{GRID}.isEditing")
    size = f"getComputedStyle({GRID}.hot.getActiveEditor().TEXTAREA).fontSize"
    ann.wait(f"{size} === '16px'")
    assert ann.unforgiven == []
    context.close()


def test_a_finger_that_pans_puts_in_no_half_word(site: Site, browser: Browser) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 820, "height": 640})
    ann = visit(site, context).open("/sheet/product/")
    pk, other = ann.pks()[3], ann.pks()[8]
    box, elsewhere = ann.box(pk, "name"), ann.box(other, "stock")
    for _ in range(2):
        ann.page.touchscreen.tap(box["x"] + 20, box["y"] + 10)
    ann.wait(f"{GRID}.isEditing")
    ann.wait(f"document.activeElement === {GRID}.hot.getActiveEditor().TEXTAREA")
    ann.page.keyboard.press("Control+A")
    ann.page.keyboard.type("half a")
    line = context.new_cdp_session(ann.page)
    x, y = elsewhere["x"] + 20, elsewhere["y"] + 10
    for kind, up in [("touchStart", 0), *[("touchMove", n) for n in range(8, 64, 8)]]:
        points = [{"x": x, "y": y - up}]
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    line.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert ann.editor()["text"] == "half a"
    ann.page.keyboard.type(" word")
    assert ann.editor()["text"] == "half a word"
    cell = ann.box(other, "stock")
    ann.page.touchscreen.tap(cell["x"] + 20, cell["y"] + 10)
    ann.wait(f"!{GRID}.isEditing")
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).name)") == "half a word"
    assert ann.unforgiven == []
    context.close()
