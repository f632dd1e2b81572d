"""The menu of a cell, while other things happen around it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET
from tests.browser.editing_hands import open_cell_menu
from tests.browser.servers import KINDS, Site


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_the_menu_stays_open_when_the_sheet_gets_another_size(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    items = open_cell_menu(ann, ann.pks()[4], "stock")
    width = ann.page.evaluate(f"{GRID}.width")
    ann.page.evaluate("document.querySelector('live-sheet').style.maxWidth = '700px'")
    ann.wait(f"{GRID}.idle.length > 0")  # to be measured anew, as soon as the menu is gone
    items.filter(has_text="Insert row above").first.click()
    ann.wait(f"{SHEET}.store.drafts.byPk.size === 1")
    ann.wait(f"was => {GRID}.width !== was", width)


def test_what_is_picked_is_not_done_to_the_row_that_took_the_place(
    site: Site, seat: SitDown
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk, below = ann.pks()[4:6]
    items = open_cell_menu(ann, pk, "stock")
    site.elsewhere.run(f"Product.objects.get(pk={pk}).delete()")
    ann.wait(f"pk => !{SHEET}.rows.has(pk)", pk)
    items.filter(has_text="Delete row").first.click()
    ann.wait_row(pk, there=False)
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.filter(pk={below}).exists())") == "True"
    ann.type(below, "stock", "41")
    ann.wait_settled()
    ann.wait_text(below, "stock", "41")
