"""Everyday jobs, from beginning to end, in the steps that a person takes."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.keyboard import at_once, keys
from tests.browser.servers import KINDS, Site

# Answers, and all else that the server says, take so long to come.
SLOW = """(ms) => {
    const { line } = document.querySelector("live-sheet").sheet.socket;
    const hear = line.onmessage;
    line.onmessage = (event) => setTimeout(() => hear(event), ms);
}"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def to_the_last_row(desk: Desk) -> None:
    """Into the cells by Tab, and down to the last one's beginning: no mouse."""
    desk.page.locator(".ls-entry").focus()
    desk.page.keyboard.press("Control+End")
    desk.page.keyboard.press("Home")


def test_enter_twenty_rows_by_keyboard(site: Site, seat: SitDown, version: str) -> None:
    """From a paper list, on a slow line, while colleagues write. 1 ↓, then a row is four Tabs and
    Enter; as in Google Sheets and in Airtable, where a row's end is a click on + besides.
    """
    ann, bea = seat(site, "ann").open("/sheet/product/"), seat(site, "bea").open("/sheet/product/")
    ann.page.evaluate(SLOW, 150)
    to_the_last_row(ann)
    ann.page.keyboard.press("ArrowDown")
    hands = ann.page.context.new_cdp_session(ann.page)
    for number in range(20):
        typed = [f"Paper {number}", "Tab", f"{number}.5", "Tab", f"{number + 10}", "Tab"]
        picked = ["kilo", "Tab", *([" "] if number % 2 else []), "Enter"]
        at_once(hands, keys(*typed))
        if number == 4:
            bea.page.locator(".ls-adding", has_text="Ann is adding a row").wait_for()
            for desk in (ann, bea):
                desk.screenshot(f"adding-rows-{desk is ann}-{version}")
        at_once(hands, keys(*picked))
        if number % 5 == 0:
            site.elsewhere.run(
                "row = Product.objects.first(); row.stock += 1; row.save()\n"
                f"Product.objects.create(name='From elsewhere {number}')"
            )
    ann.page.keyboard.press("ArrowUp")  # the last one was begun, and nothing typed: it vanishes
    ann.wait(f"{SHEET}.outbox.size === 0 && {SHEET}.store.drafts.byPk.size === 0")
    ann.wait(f"{GRID}.records.every(({{ $pk }}) => !$pk.startsWith('+new'))")
    assert ann.page.locator(".ls-conflict, .ls-refused, .ls-slip-needed").count() == 0
    saved = site.elsewhere.run(
        "for p in Product.objects.filter(name__startswith='Paper').order_by('pk'):\n"
        "    print(p.name, p.price, p.stock, p.unit, p.active, sep=',')"
    )
    assert saved.splitlines() == [f"Paper {n},{n}.50,{n + 10},kg,{n % 2 == 0}" for n in range(20)]
