"""The sheet as a whole: its colours, on paper, over the whole screen, in another language."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.editing_hands import open_cell_menu
from tests.browser.finding_hands import columns, wait_columns
from tests.browser.page_hands import colour, command
from tests.browser.servers import KINDS, Site

PAPER = "document.querySelectorAll('.ls-paper-table tbody tr').length"


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


def test_the_colours_that_were_chosen_come_again(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann")
    ann.page.emulate_media(color_scheme="light")
    ann.open("/sheet/product/")
    light = colour(ann, ".livesheet")
    command(ann, "theme-dark")
    dark = colour(ann, ".livesheet")
    assert light != dark
    ann.screenshot(f"dark-{version}")
    ann.open("/sheet/product/")
    assert colour(ann, ".livesheet") == dark
    assert colour(ann, ".ls-cell") != "rgb(255, 255, 255)"
    command(ann, "theme-system")
    assert colour(ann, ".livesheet") == light


def test_on_paper_stand_all_the_rows_that_are_shown(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.locator(".ls-search").fill("Product 1")
    ann.wait("document.querySelector('live-sheet').sheet.hot.countRows() < 200")
    shown = ann.page.evaluate("document.querySelector('live-sheet').sheet.hot.countRows()")
    ann.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    ann.page.emulate_media(media="print")
    assert ann.page.evaluate(PAPER) == shown > 50
    assert ann.page.locator(".ls-paper-title").inner_text() == "Products"
    assert not ann.page.locator(".ls-bar").is_visible()
    ann.screenshot(f"paper-{version}")
    ann.page.emulate_media(media="screen")
    ann.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert ann.page.evaluate(PAPER) == 0
    assert ann.page.locator(".ls-bar").is_visible()


def test_over_the_whole_screen_and_back(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    command(ann, "fullscreen")
    ann.wait("document.querySelector('.livesheet').getBoundingClientRect().height === innerHeight")
    ann.page.locator(".ls-open-menu").click()
    expect(ann.page.locator(".ls-menu-item").first).to_be_visible()
    ann.page.keyboard.press("Escape")
    command(ann, "fullscreen")
    ann.wait("document.querySelector('.livesheet').getBoundingClientRect().height < innerHeight")


@pytest.mark.parametrize("height", [720, 420])
def test_the_menu_of_a_cell_stays_in_the_window(
    site: Site, seat: SitDown, version: str, height: int
) -> None:
    site.elsewhere.run("from livesheet.models import SavedView; SavedView.objects.all().delete()")
    ann = seat(site, "ann")
    ann.page.set_viewport_size({"width": 900, "height": height})
    ann.open("/sheet/product/")
    open_cell_menu(ann, ann.pks()[-1], "stock")
    menu = ann.page.locator(".htContextMenu:visible")
    ann.wait("document.querySelector('.htContextMenu').getBoundingClientRect().top >= 7")
    box = menu.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    # What there is no room for is scrolled to.
    last = menu.get_by_text("Hide column")
    last.scroll_into_view_if_needed()
    ann.screenshot(f"menu-{height}-{version}")
    rest = [name for name in columns(ann) if name != "stock"]
    last.click()
    wait_columns(ann, rest)
