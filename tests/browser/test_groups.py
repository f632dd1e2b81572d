"""Rows in groups: headings that are no rows, and what stands under them while others write."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.editing_hands import copied, paste, select, wait_selected
from tests.browser.finding_hands import open_tool, run_command, sums
from tests.browser.group_hands import (
    entries,
    group_by,
    heading,
    totals,
    wait_entries,
    wait_heading,
)
from tests.browser.page_hands import bring_axe, violations
from tests.browser.servers import KINDS, Site

KILO, PIECE = heading("kg"), heading("piece")

# Few rows, so that all of them are on screen.
START = """
from livesheet.models import SavedView
SavedView.objects.all().delete()
Product.objects.all().delete()
for row in ("Flour 1 kg", "Salt 2 kg", "Rice 4 kg", "Cup 10 piece", "Jar 20 piece"):
    name, stock, unit = row.split()
    print(Product.objects.create(name=name, stock=stock, unit=unit).pk)
"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


@pytest.fixture
def pks(site: Site) -> list[str]:
    return site.elsewhere.run(START).split()


def wait_kept(desk: Desk, word: str) -> None:
    """The server has the view in which this word stands."""
    while not any(word in str(frame) for frame in desk.sent):
        desk.page.wait_for_timeout(25)
    desk.wait(f"{SHEET}.questions.waiting.size === 0")


def level(desk: Desk, key: str) -> list[str | None]:
    """What a screen reader is told of the row of this key."""
    found: list[str | None] = desk.page.evaluate(
        f"""(key) => {{
            const tr = {GRID}.cell(key, "stock").parentElement;
            return ["aria-level", "aria-expanded"].map((name) => tr.getAttribute(name));
        }}""",
        key,
    )
    return found


# How the total of a heading lies in its cell, in pixels.
LIES = f"""([key, column]) => {{
    const cell = {GRID}.cell(key, column), total = cell.querySelector(".ls-total");
    const [inner, outer] = [total, cell].map((one) => one.getBoundingClientRect());
    return [inner.left >= outer.left, inner.right <= outer.right, total.scrollWidth > inner.width];
}}"""


def test_a_total_without_room_is_not_another_number(
    site: Site, seat: SitDown, pks: list[str]
) -> None:
    """Cut off where it begins, 5,999,999,997 would be 999,999,997."""
    site.elsewhere.run(f"Product.objects.filter(pk__in={pks[:3]}).update(stock=1999999999)")
    ann = seat(site, "ann").open("/sheet/product/")
    group_by(ann, "Unit")
    ann.page.evaluate(f"() => {GRID}.hot.updateSettings({{ colWidths: 80 }})")
    wait_heading(ann, KILO, "stock", "Sum 5,999,999,997")
    ann.until(lambda: ann.page.evaluate(LIES, [KILO, "stock"]), [True, True, True])
    assert "5,999,999,997" in ann.title(KILO, "stock")


def test_headings_say_what_is_saved_and_rows_stay(
    site: Site, seat: SitDown, pks: list[str], version: str
) -> None:
    flour, salt, rice, cup, jar = pks
    ann, bea = (seat(site, name).open("/sheet/product/") for name in ("ann", "bea"))
    group_by(ann, "Unit")
    wait_entries(ann, [KILO, flour, salt, rice, PIECE, cup, jar])
    wait_heading(ann, KILO, "stock", "Sum 7")
    expect(ann.page.locator(".ls-count")).to_have_text("5 rows")

    # A colleague's value; what Ann is about to write counts when it is saved.
    bea.type(salt, "stock", "1002")
    wait_heading(ann, KILO, "stock", "Sum 1,007")
    ann.wait("document.querySelector('[data-total=stock] dd').textContent === '1,037'")
    ann.until(lambda: list(totals(ann)), ["price", "stock"])

    # In another group by now: it is counted there, stays where it is and says where it belongs.
    bea.page.keyboard.press("Escape")
    site.elsewhere.run(f"Product.objects.get(pk={rice}).delete()")
    wait_entries(ann, [KILO, flour, salt, PIECE, cup, jar])
    site.elsewhere.run(f"p = Product.objects.get(pk={salt}); p.unit = 'piece'; p.save()")
    wait_heading(ann, KILO, "stock", "Sum 1")
    wait_heading(ann, PIECE, "stock", "Sum 1,032")
    wait_heading(ann, PIECE, "name", "Piece 3")
    assert entries(ann) == [KILO, flour, salt, PIECE, cup, jar]
    assert "Belongs to Piece now" in ann.title(salt, "unit")
    ann.screenshot(f"group-stays-{version}")
    site.elsewhere.run("Product.objects.create(name='Tin', stock=5, unit='piece')")
    ann.wait(f"{GRID}.records.length === 7")
    assert entries(ann)[:-1] == [KILO, flour, salt, PIECE, cup, jar]
    tin = entries(ann)[-1]
    ann.page.get_by_role("button", name="Refresh").click()
    wait_entries(ann, [KILO, flour, PIECE, salt, cup, jar, tin])

    # By what they amount to; the page finds it again.
    panel = open_tool(ann, "group")
    panel.get_by_label("Total of Stock").select_option("average")
    panel.get_by_label("Order of the groups by Unit").select_option("By number of rows")
    wait_entries(ann, [PIECE, salt, cup, jar, tin, KILO, flour])
    panel.get_by_label("Order of the groups by Unit").select_option("By Average: Stock")
    panel.get_by_label("Total of Name").select_option("distinct")
    ann.screenshot(f"group-panel-{version}")
    ann.page.keyboard.press("Escape")
    wait_heading(ann, PIECE, "stock", "Average 259.25")
    wait_heading(ann, PIECE, "name", "Piece 4 Distinct 4")
    wait_kept(ann, "distinct")
    # So does it what is closed, which is this browser's own.
    select(ann, (KILO, "stock"))
    ann.page.keyboard.press("Enter")
    ann.wait(f"{GRID}.records.length === 6")
    ann.page.reload()
    ann.wait(f"{GRID}?.records.length === 6")
    wait_heading(ann, PIECE, "stock", "Average 259.25")


def test_by_keyboard_and_for_a_screen_reader(
    site: Site, seat: SitDown, pks: list[str], version: str
) -> None:
    flour, salt, rice, cup, jar = pks
    ann = seat(site, "ann").open("/sheet/product/")
    bring_axe(ann)
    group_by(ann, "Unit", "Supplier")
    inner = heading("kg", None)
    shut = [KILO, PIECE, heading("piece", None), cup, jar]
    wait_entries(ann, [KILO, inner, flour, salt, rice, *shut[1:]])
    ann.click(flour, "stock")
    ann.page.keyboard.press("ArrowUp")
    wait_selected(ann, inner, "stock")
    ann.page.keyboard.press("ArrowUp")
    wait_selected(ann, KILO, "stock")
    assert level(ann, KILO) == ["1", "true"]
    assert level(ann, inner) == ["2", "true"]
    assert level(ann, flour) == ["3", None]
    said = "Unit: Kilogram (3 rows). Open. Press Enter to close it. Stock: Sum 7"
    expect(ann.page.locator(".ls-spoken")).to_have_text(said)
    ann.forgiven += ["Applying inline style", "preload assets"]  # axe styles what it looks at
    assert [found for found in violations(ann) if "ls-face" not in found[1]] == []
    assert ann.page.locator("table[role=treegrid]").count() == 1

    open_tool(ann, "group")
    assert [found for found in violations(ann) if "ls-face" not in found[1]] == []
    ann.page.keyboard.press("Escape")
    # On a phone it is opened from the menu, and nothing of it lies outside of the screen.
    ann.page.set_viewport_size({"width": 390, "height": 844})
    ann.page.locator(".ls-open-menu").click()
    ann.page.get_by_role("menuitem", name=re.compile("^Group")).click()
    panel = ann.page.locator(".ls-tool-panel[data-tool=group]:popover-open")
    panel.wait_for()
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    ann.screenshot(f"group-panel-phone-{version}")
    ann.page.keyboard.press("Escape")
    ann.page.set_viewport_size({"width": 1280, "height": 720})
    select(ann, (KILO, "stock"))

    ann.page.keyboard.press("Enter")
    wait_entries(ann, shut)
    assert level(ann, KILO) == ["1", "false"]
    wait_selected(ann, KILO, "stock")
    ann.page.keyboard.type("7")  # nobody types into a heading
    ann.page.keyboard.press("Delete")
    ann.page.keyboard.press("ArrowDown")
    wait_selected(ann, PIECE, "stock")
    ann.page.keyboard.press("Space")
    wait_entries(ann, [KILO, PIECE])
    expect(ann.page.locator(".ls-count")).to_have_text("5 rows")
    run_command(ann, "openGroups")
    ann.wait(f"{GRID}.records.length === 9")
    ann.page.locator(".ls-fold:visible").first.click()
    wait_entries(ann, shut)

    # Whoever goes to a row opens its group: here by the search.
    ann.page.keyboard.press("Control+Shift+f")
    ann.page.keyboard.type("salt")
    ann.wait(f"{SHEET}.store.order.pks.length === 1")
    ann.page.keyboard.press("Enter")
    wait_selected(ann, salt, "name")
    ann.page.keyboard.press("ArrowUp")
    wait_selected(ann, heading("kg", None), "name")
    ann.page.keyboard.press("Escape")
    ann.wait(f"!{GRID}.hasSelection")


def test_what_is_done_to_many_cells_passes_over_headings(
    site: Site, seat: SitDown, pks: list[str], version: str
) -> None:
    _flour, salt, rice, cup, jar = pks
    ann = seat(site, "ann").open("/sheet/product/")
    group_by(ann, "Unit")
    select(ann, (rice, "name"), (cup, "stock"))
    assert copied(ann)[0].splitlines() == ["Rice\t0.00\t4", "Cup\t0.00\t10"]
    ann.wait("document.querySelector('[data-sum=sum] dd')?.textContent === '14.00'")
    ann.until(lambda: sums(ann)["count"], "6")

    select(ann, (salt, "stock"))
    paste(ann, "7\n8\n9")
    ann.wait_settled()
    stock = "print(*Product.objects.order_by('pk').values_list('stock', flat=True))"
    assert site.elsewhere.run(stock) == "1 7 8 9 20"
    wait_selected(ann, salt, "stock")
    ann.page.keyboard.press("Control+z")
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'stock') === 10", cup)
    ann.wait_settled()
    assert site.elsewhere.run(stock) == "1 2 4 10 20"

    select(ann, (rice, "stock"), (jar, "stock"))
    ann.page.keyboard.press("Control+d")
    ann.wait(f"pk => {SHEET}.rows.value(pk, 'stock') === 4", jar)
    ann.wait_settled()
    assert site.elsewhere.run(stock) == "1 2 4 4 4"
    select(ann, (KILO, "name"), (jar, "name"))
    ann.page.keyboard.press("Delete")
    ann.wait_settled()
    assert ann.sent[-1]["type"] != "delete"
    wait_heading(ann, KILO, "name", "Kilogram 3")


def test_a_row_is_added_in_its_group(
    site: Site, seat: SitDown, pks: list[str], version: str
) -> None:
    flour, salt, rice, cup, jar = pks
    ann = seat(site, "ann").open("/sheet/product/")
    group_by(ann, "Unit")
    ann.page.locator("[class*=ht_clone_]:not([class*=top]) .ls-add-in").first.click()
    ann.wait(f"{GRID}.records.length === 8")
    draft = entries(ann)[4]
    assert entries(ann) == [KILO, flour, salt, rice, draft, PIECE, cup, jar]
    ann.page.keyboard.type("Sugar")
    ann.page.keyboard.press("Enter")  # one new row after the other, in this group
    ann.wait(f"{GRID}.records.length === 9")
    ann.page.keyboard.type("Oats")
    ann.page.keyboard.press("Enter")
    ann.wait(f"{GRID}.records.length === 10")
    ann.page.keyboard.press("ArrowUp")  # the last one was begun, and nothing typed
    wait_heading(ann, KILO, "name", "Kilogram 5")
    ann.wait(f"{GRID}.records.length === 9")
    named = (
        "print(*Product.objects.filter(unit='kg').order_by('pk').values_list('name', flat=True))"
    )
    assert site.elsewhere.run(named) == "Flour Salt Rice Sugar Oats"
    assert entries(ann)[6:] == [PIECE, cup, jar]
