"""Everyday jobs, from beginning to end, in the steps that a person takes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SCREENSHOTS, SHEET, Desk, sit_down
from tests.browser.editing_hands import paste
from tests.browser.finding_hands import open_tool, sort_by, wait_chips, wait_rows, wait_sum
from tests.browser.group_hands import group_by, heading, wait_heading
from tests.browser.keyboard import at_once, keys
from tests.browser.page_hands import bring_axe, violations
from tests.browser.servers import KINDS, Site
from tests.browser.views_hands import (
    forget_views,
    only_eastoak,
    press_button,
    save_as,
    views_menu,
    wait_offer,
    wait_view,
)

PHONE = {"width": 390, "height": 844}

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
    ann.wait_settled()
    ann.wait(f"{SHEET}.store.drafts.byPk.size === 0")
    ann.wait(f"{GRID}.records.every(({{ $pk }}) => !$pk.startsWith('+new'))")
    assert ann.page.locator(".ls-conflict, .ls-refused, .ls-slip-needed").count() == 0
    saved = site.elsewhere.run(
        "for p in Product.objects.filter(name__startswith='Paper').order_by('pk'):\n"
        "    print(p.name, p.price, p.stock, p.unit, p.active, sep=',')"
    )
    assert saved.splitlines() == [f"Paper {n},{n}.50,{n + 10},kg,{n % 2 == 0}" for n in range(20)]


def card(desk: Desk) -> Locator:
    return desk.page.locator("dialog.ls-card[open]")


def of_card(desk: Desk) -> list[Any]:
    """What axe finds there; the bar has a test of its own. It styles what it looks at."""
    desk.forgiven += ["Applying inline style", "preload assets"]
    return [found for found in violations(desk) if "ls-face" not in found[1]]


def test_open_a_records_card_and_page(open_site: OpenSite, seat: SitDown, version: str) -> None:
    """Three steps: click the row, press Space, press the link. Airtable: three; Sheets has none."""
    site = open_site(version=version)
    site.serve("uvicorn")
    site.elsewhere.run(
        "from django.contrib.auth.models import User;"
        "User.objects.filter(username='ann').update(is_staff=True, is_superuser=True)"
    )
    ann = seat(site, "ann").open("/desk/products/")
    bring_axe(ann)
    pk = ann.pks()[2]
    name = ann.text(pk, "name")
    ann.click(pk, "name")
    ann.page.keyboard.press("Space")
    expect(card(ann).get_by_role("heading")).to_have_text(name)
    way = card(ann).get_by_role("link", name="Open in the admin")
    way.wait_for()
    assert of_card(ann) == []
    with ann.page.context.expect_page() as opened:
        way.click()
    opened.value.wait_for_url(f"**/admin/shop/product/{pk}/change/")

    # A colleague gets a link to the row, to whom the admin is closed.
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card(ann).get_by_role("button", name="Copy link to this row").click()
    card(ann).get_by_text("Link copied").wait_for()
    link: str = ann.page.evaluate("navigator.clipboard.readText()")
    bea = seat(site, "bea")
    bea.page.goto(link)
    bea.wait(f"{GRID}?.hot.getSelectedLast()")
    bea.until(lambda: bea.editor()["pk"], pk)
    bea.page.keyboard.press("Space")
    card(bea).get_by_role("button", name="Copy link to this row").wait_for()
    assert card(bea).get_by_role("link").count() == 0


def test_use_it_on_a_phone(open_site: OpenSite, browser: Browser, version: str) -> None:
    """Four steps: tap the cell twice, type, close. The same in Sheets, in a field of one line."""
    site = open_site(version=version)
    site.serve("uvicorn")
    context = browser.new_context(
        has_touch=True,
        is_mobile=True,
        viewport=PHONE,  # type: ignore[arg-type]
    )
    address = f"http://127.0.0.1:{site.servers[0].port}"
    session = {"name": site.project.session_cookie, "value": site.sessions["ann"]}
    context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
    ann = sit_down(context, address).open("/desk/products/")
    bring_axe(ann)
    pk = ann.pks()[3]
    # Panned to the side, the first column says what row it is, and leaves most of the room.
    ann.page.evaluate(f"{GRID}.hot.scrollViewportTo(0, {GRID}.columns.length - 1)")
    box = ann.box(pk, "name")
    assert 0 <= box["x"] < box["x"] + box["width"] < 0.55 * PHONE["width"]
    ann.screenshot(f"job-phone-panned-{version}")
    for _ in range(2):
        ann.page.touchscreen.tap(box["x"] + 20, box["y"] + 10)
    ann.page.locator("dialog.ls-card:modal").wait_for()
    assert not ann.page.evaluate(f"{GRID}.isEditing")
    whole = card(ann).bounding_box()
    assert whole == {"x": 0, "y": 0, **PHONE}
    size = "getComputedStyle(document.activeElement).fontSize"
    assert ann.page.evaluate(size) == "16px"
    assert of_card(ann) == []
    ann.page.keyboard.press("Control+A")
    ann.page.keyboard.type("From the shelf")
    # One of a list, found by typing; and a tick.
    supplier = card(ann).get_by_label("Supplier")
    supplier.tap()
    ann.page.keyboard.type("nordic")
    expect(card(ann).get_by_role("option").first).to_have_text("Nordic Catch")
    card(ann).get_by_role("option").first.tap()
    card(ann).get_by_role("checkbox").tap()
    ann.screenshot(f"job-phone-{version}")
    card(ann).get_by_role("button", name="Close").tap()
    ann.wait_settled()
    saved = site.elsewhere.run(
        f"p = Product.objects.get(pk={pk}); print(p.name, p.supplier, p.active, sep='|')"
    )
    assert saved == "From the shelf|Nordic Catch|False"
    assert ann.unforgiven == []
    context.close()


def test_correct_by_fill(site: Site, seat: SitDown) -> None:
    """The first value right, Shift ↓ over those below, Ctrl+D: 3 steps, as in Google Sheets.
    Airtable drags the handle of the cell.
    """
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()[1:11]
    ann.type(pks[0], "price", "9.90")
    ann.page.keyboard.press("ArrowUp")
    for _ in pks[1:]:
        ann.page.keyboard.press("Shift+ArrowDown")
    ann.page.keyboard.press("Control+d")
    ann.wait_settled()
    prices = f"print(*Product.objects.filter(pk__in={pks}).values_list('price', flat=True))"
    assert site.elsewhere.run(prices) == " ".join(["9.90"] * 10)
    ann.page.keyboard.press("Control+z")  # one step back, all of it but the first
    ann.wait_settled()
    assert site.elsewhere.run(prices).split() == ["9.90"] + ["0.00"] * 9


def test_the_total_of_a_selection_and_of_a_group(site: Site, seat: SitDown) -> None:
    """Of a selection: one step, as in Google Sheets. Of a group: *Group*, the column, and its
    heading says it: 3 steps. Airtable needs 4, Google Sheets a pivot table of 6.
    """
    forget_views(site)
    site.elsewhere.run(
        "Product.objects.filter(unit='box').delete()\n"
        "for n in (3, 4, 1000): Product.objects.create(name=f'Boxed {n}', stock=n, unit='box')"
    )
    ann = seat(site, "ann").open("/sheet/product/")
    boxed = ann.all_pks()[-3:]
    to_the_last_row(ann)
    ann.page.keyboard.press("ArrowRight")
    ann.page.keyboard.press("ArrowRight")
    for _ in boxed[1:]:
        ann.page.keyboard.press("Shift+ArrowUp")
    wait_sum(ann, "sum", "1007")
    group_by(ann, "Unit")
    ann.wait(f"{GRID}.places.has({heading('box')!r})")
    ann.scroll_to(heading("box"), "stock")
    wait_heading(ann, heading("box"), "stock", "Sum 1,007")
    forget_views(site)


def test_group_with_subtotals(site: Site, seat: SitDown, version: str) -> None:
    """By two columns, the dearest unit first, with the average price: *Group*, two columns, two
    choices: 5 steps, as they are the columns offered first. Airtable: 8, without the order;
    Google Sheets: a pivot table of 11.
    """
    forget_views(site)
    dear = "Product.objects.filter(pk__in=Product.objects.values('pk')[:2])"
    site.elsewhere.run(f"{dear}.update(unit='kg', price=9)")
    ann = seat(site, "ann").open("/sheet/product/")
    panel = open_tool(ann, "group")
    for _ in range(2):
        panel.get_by_role("button", name="Group by a column").click()
    panel.get_by_label("Total of Price").select_option("average")
    panel.get_by_label("Order of the groups by Unit").select_option("By Average: Price")
    ann.page.keyboard.press("Escape")
    ann.wait(f"{SHEET}.store.groups.by.length === 2 && {GRID}.records[0].$pk.startsWith('+group')")
    ann.wait(
        f"""() => {{
            const {{ groups, order }} = {SHEET}.store;
            const outer = new Set(groups.entries(order.pks).filter((key) =>
                key.startsWith("+group") && groups.heading(key).level === 1));
            const prices = [...outer].map((key) => Number(groups.total(key, "price", "average")));
            return prices.length > 1 && prices.join() === `${{prices.toSorted((a, b) => b - a)}}`;
        }}"""
    )
    ann.page.locator(".ls-group-line[data-ls-level='2']:visible").first.wait_for()
    ann.screenshot(f"groups-{version}")
    site.elsewhere.run(f"{dear}.update(unit='piece', price=0)")
    forget_views(site)


def test_paste_twenty_rows(site: Site, seat: SitDown) -> None:
    """From a spreadsheet: Ctrl+End, ↓, Ctrl+V: 3 steps, as in Google Sheets. Airtable asks before
    it adds rows.
    """
    ann = seat(site, "ann").open("/sheet/product/")
    to_the_last_row(ann)
    ann.page.keyboard.press("ArrowDown")
    block = "\n".join(f"Listed {n}\t1,{n:02}\t{n}\tKilogram\tFALSE" for n in range(20))
    paste(ann, block)
    ann.wait_settled()
    ann.wait(f"{SHEET}.store.drafts.byPk.size === 0")
    saved = site.elsewhere.run(
        "for p in Product.objects.filter(name__startswith='Listed').order_by('pk'):\n"
        "    print(p.name, p.price, p.stock, p.unit, p.active, sep=',')"
    )
    assert saved.splitlines() == [f"Listed {n},1.{n:02},{n},kg,False" for n in range(20)]


def test_share_a_named_view(site: Site, seat: SitDown, version: str) -> None:
    """Five steps: *My view*, Save as …, the name, the tick, Enter. Google Sheets needs four for a
    filter view, which is everybody's at once; Airtable three, and each change is everybody's, too.
    """
    forget_views(site)
    ann, bea = (seat(site, name).open("/sheet/product/") for name in ("ann", "bea"))
    only_eastoak(ann)
    save_as(ann, "From Eastoak", shared=True)

    # Bea chooses it by keyboard alone, and nothing is changed for Ann by what she does with it.
    bea.page.locator(".ls-views-button").focus()
    bea.page.keyboard.press("Enter")
    shared = bea.page.get_by_role("menuitemradio", name="From Eastoak")
    shared.wait_for()
    bea.page.keyboard.press("f")
    bea.screenshot(f"views-menu-{version}")
    bea.page.keyboard.press("Enter")
    wait_chips(bea, ["Supplier: Eastoak"])
    wait_rows(bea, 100)
    wait_view(bea, "View: From Eastoak")
    sort_by(bea, "stock")
    wait_view(bea, "View: From Eastoak · Modified")
    bea.screenshot(f"view-modified-{version}")
    press_button(bea, "Discard")
    wait_view(bea, "View: From Eastoak")

    # Ann changes it for everyone; Bea is told, and sees it when she wants to.
    sort_by(ann, "price")
    press_button(ann, "Save for everyone")
    wait_view(ann, "View: From Eastoak")
    wait_offer(bea, "Changed by Ann.")
    assert bea.page.evaluate("document.querySelectorAll('[aria-sort]').length") == 0
    press_button(bea, "Reload view")
    bea.wait("document.querySelector('[aria-sort=ascending]') !== null")

    # What is saved over it without having seen that is refused.
    sort_by(bea, "stock")
    sort_by(ann, "name")
    press_button(ann, "Save for everyone")
    wait_offer(bea, "Changed by Ann.")
    press_button(bea, "Save for everyone")
    bea.page.get_by_text("Somebody has changed this view in the meantime.").wait_for()
    press_button(bea, "Save as mine")
    bea.page.get_by_role("dialog").wait_for()
    bea.page.keyboard.press("Enter")
    wait_view(bea, "View: From Eastoak (mine)")
    assert "From Eastoak (mine)" not in views_menu(ann).inner_text()
    ann.page.get_by_role("menuitem", name="Delete").click()
    ann.screenshot(f"view-delete-{version}")
    ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    wait_view(ann, "View: My view")
    wait_chips(ann, ["Supplier: Eastoak"])


def test_set_one_value_in_fifty_ticked_rows(site: Site, seat: SitDown, version: str) -> None:
    """Six steps: tick the first, Shift and tick the fiftieth, Set a value, column, value, set.
    Airtable has ticks, and then copy, select and paste; Sheets selects, types and fills.
    """
    forget_views(site)
    ann = seat(site, "ann").open("/sheet/product/")
    pks = ann.all_pks()[:50]

    def tick(number: int) -> Locator:
        return ann.page.locator(f".ht_clone_left [aria-label='Tick row {number}']")

    tick(1).click()
    ann.scroll_to(pks[-1], "name")
    tick(50).click(modifiers=["Shift"])
    bar = ann.page.get_by_role("toolbar", name="Ticked rows")
    bar.get_by_text("50 ticked").wait_for()
    # They stay ticked, whatever is shown.
    ann.page.locator(".ls-search").fill("product 1")
    bar.get_by_text("50 ticked, 39 not shown").wait_for()
    ann.screenshot(f"job-ticked-{version}")
    bar.get_by_role("button", name="Set a value").click()
    asked = ann.page.get_by_role("dialog", name="Set a value")
    asked.get_by_label("Column").select_option(label="Stock")
    asked.get_by_label("Value").fill("8080")
    asked.get_by_role("button", name="Set in 50 rows").click()
    ann.wait_settled()
    count = f"print(Product.objects.filter(stock=8080, pk__in={pks}).count())"
    assert site.elsewhere.run(count) == "50"
    # One step back is all of it.
    ann.page.locator(".ls-search").fill("")
    bar.get_by_text("50 ticked", exact=True).wait_for()
    ann.scroll_to(pks[0], "name")
    ann.click(pks[0], "name")
    ann.page.keyboard.press("Control+z")
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'stock') !== 8080", pks[-1])
    ann.wait_settled()
    assert site.elsewhere.run(count) == "0"
    bar.get_by_role("button", name="Untick all").click()
    bar.wait_for(state="detached")
    # All that are shown, and none of them.
    every = ann.page.locator(".ls-corner .ls-tick-all:visible").last
    everything = len(ann.all_pks())
    ann.page.locator(".ls-search").fill("product 1")
    ann.wait(f"all => {GRID}.hot.countRows() < all", everything)
    shown = len(ann.all_pks())
    every.click()
    bar.get_by_text(f"{shown} ticked", exact=True).wait_for()
    ann.wait("document.querySelector('.ls-tick-all')?.ariaChecked === 'true'")
    ann.page.locator(".ls-search").fill("")
    ann.wait("document.querySelector('.ls-tick-all')?.ariaChecked === 'mixed'")
    ann.screenshot(f"job-ticked-all-{version}")
    every.click()
    bar.get_by_text(f"{everything} ticked", exact=True).wait_for()
    every.click()
    bar.wait_for(state="detached")


def test_print(site: Site, seat: SitDown, version: str) -> None:
    """Two steps: Ctrl+P, Print. Sheets asks for a layout in between, and names no filter."""
    forget_views(site)
    ann = seat(site, "ann").open("/sheet/product/")
    all_rows = ann.page.evaluate(f"{SHEET}.rows.size")  # other jobs have added some
    only_eastoak(ann)
    sort_by(ann, "name")
    wait_rows(ann, 100)
    ann.page.evaluate("window.print = () => {}")  # a headless browser has no dialog
    ann.click(ann.pks()[0], "name")
    ann.page.keyboard.press("Control+p")
    paper = ann.page.pdf(format="A4")
    assert len(re.findall(rb"/Type /Page\b", paper)) > 2
    (SCREENSHOTS / f"job-print-{version}.pdf").write_bytes(paper)
    ann.page.keyboard.press("Control+p")
    ann.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    ann.page.emulate_media(media="print")
    told = ann.page.locator(".ls-paper-facts")
    expect(told.nth(0)).to_contain_text(f"100 of {all_rows} rows")
    expect(told.nth(1)).to_have_text("Only: Supplier: Eastoak")
    expect(told.nth(2)).to_have_text("Sorted by: Name ↑")
    # The pages are its own, which are numbered; and nothing else is on them.
    page = "one => getComputedStyle(one.parentElement).page"
    assert told.first.evaluate(page) == "ls-paper"
    assert ann.page.locator(".ls-paper-table tbody tr").count() == 100
    assert ann.page.locator("body > :not(.ls-paper):visible").count() == 0
    ann.screenshot(f"job-print-{version}")
    ann.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    ann.page.emulate_media(media="screen")
    assert ann.page.locator(".ls-paper").count() == 0
