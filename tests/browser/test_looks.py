"""How cells and heads look: chips, widths, heights, signs, in both grids."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID
from tests.browser.finding_hands import head, open_menu, open_tool, run_command
from tests.browser.servers import KINDS, Site


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


@pytest.fixture(autouse=True)
def forget(site: Site) -> None:
    site.elsewhere.run("from livesheet.models import SavedView; SavedView.objects.all().delete()")


WIDTHS = f"{GRID}.columns.map((column, at) => [column.name, {GRID}.hot.getColWidth(at)])"
ROW = f"pk => Math.round({GRID}.cell(pk, 'name').getBoundingClientRect().height)"


def test_what_stands_for_the_same_has_the_same_colour(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.pks()
    chips = [ann.cell(pk, "supplier").query_selector(".ls-chip") for pk in pks[:4]]
    colours = [
        chip.evaluate("chip => getComputedStyle(chip).backgroundColor") for chip in chips if chip
    ]
    assert len(colours) == 4
    assert colours[3] == colours[0], "the fourth row has the first one's supplier"
    assert len(set(colours)) == 3
    assert ann.text(pks[0], "supplier") == "Nordwood"


def test_words_share_a_wide_screen_and_numbers_do_not(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.set_viewport_size({"width": 1500, "height": 700})
    ann.wait(f"{GRID}.width > 1400")
    before = dict(ann.page.evaluate(WIDTHS))
    ann.page.set_viewport_size({"width": 1920, "height": 700})
    ann.wait(f"{GRID}.width > 1800")
    ann.wait(f"before => {GRID}.hot.getColWidth(0) > before", before["name"])
    after = dict(ann.page.evaluate(WIDTHS))
    wider = {name for name, width in after.items() if width > before[name]}
    assert wider == {"name", "unit", "supplier", "tags", "value"}
    holder = f"{GRID}.element.querySelector('.ht_master .wtHolder')"
    assert ann.page.evaluate(f"{holder}.scrollWidth <= {holder}.clientWidth"), "nothing to scroll"
    assert 1900 - sum(after.values()) - 56 < 40, "the room is used"
    digits = f"pk => getComputedStyle({GRID}.cell(pk, 'price')).fontVariantNumeric"
    assert ann.page.evaluate(digits, ann.pks()[0]) == "tabular-nums"


def test_rows_are_as_tall_as_one_wants(site: Site, seat: SitDown, version: str) -> None:
    long = "A name of many words, which goes on for more than one line of its cell. " * 4
    site.elsewhere.run(f"p = Product.objects.get(stock=1); p.name = {long!r}; p.save()")
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[1]
    assert ann.page.evaluate(ROW, pk) == 30
    panel = open_tool(ann, "height")
    panel.get_by_role("radio", name="Tall").check()
    ann.page.keyboard.press("Escape")
    ann.wait(f"pk => {GRID}.cell(pk, 'name') && ({ROW})(pk) === 66", pk)
    lines = f"pk => {GRID}.cell(pk, 'name').querySelector('.ls-lines').clientHeight"
    assert ann.page.evaluate(lines, pk) == 60, "three lines of it"
    ann.screenshot(f"tall-{version}")
    # It is typed into as before, and kept with the view.
    ann.type(pk, "name", "Short")
    ann.wait_text(pk, "name", "Short")
    ann.wait_view_kept()
    ann.page.reload()
    ann.wait(f"pk => {GRID}?.cell(pk, 'name') && ({ROW})(pk) === 66", pk)
    open_tool(ann, "height").get_by_role("radio", name="Compact").check()
    ann.page.keyboard.press("Escape")
    ann.wait(f"pk => {GRID}.cell(pk, 'name') && ({ROW})(pk) <= 26", pk)
    run_command(ann, "resetView")


def test_heads_say_what_a_column_is(site: Site, seat: SitDown, version: str) -> None:
    site.elsewhere.run(
        "from tests.browser.site.models import Specimen; Specimen.objects.create(char='x')"
    )
    ann = seat(site, "ann").open("/sheet/specimen/")
    ann.page.set_viewport_size({"width": 1280, "height": 600})
    assert head(ann, "char").locator(".ls-drawn-text").is_visible()
    # The way to its menu is there before anybody points at it.
    button = "getComputedStyle(document.querySelector('.ls-column-button')).opacity"
    assert ann.page.evaluate(button) == "1"
    assert head(ann, "char").locator(".ls-column-button").is_visible()
    centre = "getComputedStyle(document.querySelector('th.ls-boolean')).textAlign"
    ann.scroll_to(ann.all_pks()[0], "boolean")
    assert ann.page.evaluate(centre) == "center"
    ann.scroll_to(ann.all_pks()[0], "char")
    sign = head(ann, "char").locator(".ls-help")
    assert sign.get_attribute("title") == "About Char"
    sign.click()
    said = ann.page.locator(".ls-about:popover-open")
    expect(said).to_have_text("What is asked for.")
    ann.screenshot(f"about-{version}")
    ann.page.keyboard.press("Escape")
    said.wait_for(state="hidden")
    assert head(ann, "char").get_attribute("aria-sort") is None, "it is not a click on the head"
    # By keyboard, too.
    expect(open_menu(ann, "char")).to_contain_text("What is asked for.")


def test_a_projects_translucent_colour_lies_over_the_theme(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann")
    ann.page.emulate_media(color_scheme="dark")
    ann.open("/sheet/product/")
    behind = ann.page.evaluate(
        """() => [...document.querySelectorAll(".ht_master tbody tr, .ht_master tbody td")]
            .map((element) => getComputedStyle(element).backgroundColor)"""
    )
    assert behind
    assert "rgb(255, 255, 255)" not in behind


PLAIN_ELEMENTS = """
table { font-size: 19px }
dialog { align-items: center; min-width: 100%; min-height: 100% }
select { display: none }
"""


def test_a_page_may_style_plain_elements(site: Site, seat: SitDown) -> None:
    """As pages without a doctype do, and style sheets without classes."""
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[0]
    prepend = "css => document.head.insertAdjacentHTML('afterbegin', `<style>${css}</style>`)"
    ann.page.evaluate(prepend, PLAIN_ELEMENTS)
    size = f"pk => getComputedStyle({GRID}.cell(pk, 'name')).fontSize"
    assert ann.page.evaluate(size, pk) == "13px"
    panel = open_tool(ann, "filter")
    expect(panel.locator("select").first).to_be_visible()
    ann.page.keyboard.press("Escape")
    ann.click(pk, "name")
    ann.page.keyboard.press("Space")
    card = ann.page.locator(".ls-card[open]")
    card.wait_for()
    box, sheet = card.bounding_box(), ann.page.locator(".livesheet").bounding_box()
    assert box
    assert sheet
    assert box["width"] < sheet["width"] / 2


HOLDER = f"getComputedStyle({GRID}.element.querySelector('.ht_master > .wtHolder'))"
OPAQUE = re.compile(r"rgb\(\d+, \d+, \d+\)")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_scrolled_can_be_moved_without_being_painted(
    site: Site, seat: SitDown, theme: Any
) -> None:
    ann = seat(site, "ann")
    ann.page.emulate_media(color_scheme=theme)
    ann.open("/sheet/product/")
    assert ann.page.evaluate(f"{HOLDER}.willChange") == "scroll-position"
    assert OPAQUE.fullmatch(ann.page.evaluate(f"{HOLDER}.backgroundColor"))


def test_what_marks_a_cell_is_seen_below_the_pointer(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    refused = ann.pks()[0]
    ann.type(refused, "price", "-1")
    ann.wait_class(refused, "price", "ls-refused")
    ann.page.locator(".ls-bar").get_by_role("searchbox").fill(ann.text(refused, "name"))
    ann.wait_class(refused, "name", "ls-found")
    colour = f"([pk, name]) => getComputedStyle({GRID}.cell(pk, name)).backgroundColor"
    columns = ("name", "price", "stock")
    before, below = {}, {}
    ann.page.mouse.move(2, 2)
    for name in columns:
        before[name] = ann.page.evaluate(colour, [refused, name])
    ann.cell(refused, "stock").hover()
    for name in columns:
        below[name] = ann.page.evaluate(colour, [refused, name])
    assert (below["name"], below["price"]) == (before["name"], before["price"])
    assert below["stock"] != before["stock"]
