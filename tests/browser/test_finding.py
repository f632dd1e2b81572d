"""Sorting, filtering, searching, columns and the foot, by mouse and by keyboard, in both grids."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.finding_hands import (
    chips,
    choose,
    columns,
    drag,
    head,
    open_menu,
    open_tool,
    run_command,
    sort_by,
    sums,
    values,
    wait_chips,
    wait_columns,
    wait_rows,
    wait_sum,
)
from tests.browser.servers import KINDS, Site

ALL = ["name", "price", "stock", "unit", "active", "counted_at", "supplier", "tags", "value"]


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


@pytest.fixture(autouse=True)
def forget(site: Site) -> None:
    """What one test has arranged, the next would find."""
    site.elsewhere.run(
        "from livesheet.models import SavedView; SavedView.objects.all().delete(); Product.objects"
        ".update(price=0, name='Product'); Product.objects.filter(stock=15).update(name='Oak 15')"
    )


def test_sorting_by_one_and_by_several_columns(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    sort_by(ann, "supplier")
    sort_by(ann, "stock", add=True)
    sort_by(ann, "stock", add=True)
    ann.wait(f"{GRID}.records[0].stock === 299")
    stocks = values(ann, "stock")
    assert stocks[:2] == [299, 296], "by supplier, Eastoak first, and within it the highest first"
    assert stocks[99:101] == [2, 297]
    title = head(ann, "stock").locator(".colHeader")
    expect(title).to_have_attribute("data-ls-rank", "2")
    expect(head(ann, "stock")).to_have_attribute("aria-sort", "descending")
    expect(head(ann, "supplier")).to_have_attribute("aria-sort", "ascending")
    ann.screenshot(f"sorted-{version}")
    sort_by(ann, "stock")
    ann.wait(f"{GRID}.records[0].stock === 0")
    expect(head(ann, "supplier")).not_to_have_attribute("aria-sort", "ascending")


def test_filters_narrow_down_and_are_taken_away(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    menu = open_menu(ann, "supplier")
    expect(menu.locator(".ls-value").first).to_have_text(re.compile(r"^\s*Eastoak\s*100\s*$"))
    menu.get_by_role("button", name="None").click()
    menu.locator(".ls-value", has_text="Eastoak").click()
    wait_rows(ann, 100)
    ann.screenshot(f"filter-values-{version}")
    ann.page.keyboard.press("Escape")
    menu = open_menu(ann, "stock")
    menu.get_by_label("From").fill("10")
    menu.get_by_label("To").fill("29")
    wait_rows(ann, 7)
    ann.page.keyboard.press("Escape")
    wait_chips(ann, ["Supplier: Eastoak", "Stock: 10 – 29"])
    expect(ann.page.locator(".ls-foot .ls-count")).to_have_text("7 of 300 rows")
    ann.screenshot(f"filtered-{version}")
    ann.page.locator(".ls-filter-chip", has_text="Supplier").locator(".ls-chip-remove").click()
    wait_rows(ann, 20)
    menu = open_menu(ann, "name")
    menu.get_by_label("Filter by").select_option("contains")
    menu.get_by_label("Contains").fill("oak")
    wait_rows(ann, 1)
    menu.get_by_label("Filter by").select_option("empty")
    wait_rows(ann, 0)
    menu.get_by_label("Filter by").select_option("filled")
    wait_rows(ann, 20)
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Clear all filters").click()
    wait_rows(ann, 300)
    ann.until(lambda: chips(ann), [])


def test_a_row_stays_under_ones_hands(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    menu = open_menu(ann, "stock")
    menu.get_by_label("To").fill("9")
    wait_rows(ann, 10)
    ann.page.keyboard.press("Escape")
    pk = ann.pks()[2]
    ann.type(pk, "stock", "500")
    ann.wait_settled()
    site.elsewhere.run("p = Product.objects.get(stock=77); p.stock = 7; p.save()")
    ann.wait("document.querySelector('.ls-strays')?.textContent === '2 rows are out of place'")
    assert pk in ann.all_pks(), "it no longer matches, and stands where it was"
    assert ann.pks()[2] == pk
    ann.screenshot(f"strays-{version}")
    ann.page.get_by_role("button", name="Refresh").click()
    ann.wait_row(pk, there=False)
    assert len(ann.all_pks()) == 10, "one went, another came"
    site.elsewhere.run(
        "for n, p in enumerate(Product.objects.order_by('pk')):"
        " Product.objects.filter(pk=p.pk).update(stock=n)"
    )


def test_the_rows_of_the_last_hour(site: Site, seat: SitDown) -> None:
    site.elsewhere.run(
        "import datetime; from django.utils import timezone;"
        "from livesheet.models import Change;"
        "Change.objects.update(at=timezone.now() - datetime.timedelta(hours=3));"
        "Product.objects.get(stock=120).save()"
    )
    ann = seat(site, "ann").open("/sheet/product/")
    run_command(ann, "recent")
    wait_rows(ann, 1)
    assert values(ann, "stock") == [120]
    wait_chips(ann, ["Changed in the last hour"])
    site.elsewhere.run("Product.objects.get(stock=121).save()")
    ann.wait("document.querySelector('.ls-strays')")
    ann.page.get_by_role("button", name="Refresh").click()
    wait_rows(ann, 2)


def test_the_search_marks_what_it_finds(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    search = ann.page.locator(".ls-search")
    search.fill("sudhol")
    wait_rows(ann, 100)
    pk = ann.pks()[0]
    ann.wait_class(pk, "supplier", "ls-found")
    assert "ls-found" not in ann.classes(pk, "stock")
    expect(ann.page.locator(".ls-count")).to_have_text(re.compile("^100 of "))
    ann.screenshot(f"found-{version}")
    search.press("Escape")
    ann.wait(f"{GRID}.hot.countRows() === {SHEET}.rows.size")
    ann.wait_class(ann.pks()[1], "supplier", "ls-found", there=False)
    expect(search).to_have_value("")


def test_columns_by_the_menu_and_by_keyboard(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.keyboard.press("Escape")
    choose(ann, "price", "hide")
    wait_columns(ann, [name for name in ALL if name != "price"])
    pk = ann.pks()[1]
    ann.click(pk, "unit")
    ann.page.keyboard.press("Alt+ArrowDown")
    menu = ann.page.locator(".ls-column-menu")
    menu.wait_for()
    menu.locator("[data-action=moveLeft]").focus()
    ann.page.keyboard.press("Enter")
    wait_columns(ann, ["name", "unit", "stock", *ALL[4:]])
    ann.wait(f"{GRID}.hot.isListening()")
    state = ann.editor()
    assert (state["pk"], state["column"]) == (pk, "unit"), "the same cell is selected"
    ann.page.keyboard.press("ArrowRight")
    assert ann.editor()["column"] == "stock"
    choose(ann, "unit", "freeze")
    ann.wait(f"{GRID}.hot.getSettings().fixedColumnsLeft === 2")
    ann.page.set_viewport_size({"width": 520, "height": 600})
    ann.wait(f"{GRID}.width < 520")
    ann.scroll_to(pk, "value")
    box = ann.box(pk, "name")
    assert box["x"] >= 0, "it stays in sight"
    ann.screenshot(f"frozen-{version}")
    ann.page.set_viewport_size({"width": 1180, "height": 720})
    panel = open_tool(ann, "columns")
    ann.screenshot(f"columns-{version}")
    panel.get_by_role("checkbox", name="Price").check()
    grip = panel.get_by_role("button", name="Move Price")
    grip.press("ArrowDown")
    wait_columns(ann, ["name", "unit", "price", "stock", *ALL[4:]])
    ann.page.keyboard.press("ArrowDown")
    wait_columns(ann, ["name", "unit", "stock", "price", *ALL[4:]])
    ann.page.keyboard.press("ArrowUp")
    wait_columns(ann, ["name", "unit", "price", "stock", *ALL[4:]])
    ann.page.keyboard.press("Escape")
    run_command(ann, "resetView")
    wait_columns(ann, ALL)


def test_a_column_is_dragged_to_another_place(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    drag(ann, "unit", "price", 0.2)
    wait_columns(ann, ["name", "unit", "price", "stock", *ALL[4:]])
    assert values(ann, "stock")[:3] == [0, 1, 2], "a drag does not sort"
    assert ann.editor().get("pk") is None
    drag(ann, "unit", "stock", 0.8)
    wait_columns(ann, ALL)
    # Not quite still is still a click; Esc leaves all as it was.
    drag(ann, "stock", "stock", 0.5, by=2)
    ann.wait("document.querySelector('th[data-ls-sort]')")
    drag(ann, "name", "active", 0.8, escape=True)
    assert columns(ann) == ALL
    assert ann.page.locator(".ls-drop-line").count() == 0
    # It is kept with the view.
    drag(ann, "tags", "name", 0.2)
    moved = ["tags", *(name for name in ALL if name != "tags")]
    wait_columns(ann, moved)
    wait_kept(site, '["tags"')
    wait_columns(seat(site, "ann").open("/sheet/product/"), moved)


def test_copying_follows_the_shown_order(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    choose(ann, "stock", "moveLeft")
    wait_columns(ann, ["name", "stock", "price", *ALL[3:]])
    pk = ann.pks()[3]
    ann.click(pk, "stock")
    ann.page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "41\\t9.50");
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
        }"""
    )
    ann.wait_settled()
    ann.wait_text(pk, "price", "9.50")
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).stock)") == "41"
    site.elsewhere.run(f"Product.objects.filter(pk={pk}).update(stock=3, price=0)")
    run_command(ann, "resetView")
    wait_columns(ann, ALL)


def test_a_width_is_dragged_fitted_and_kept(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    width = f"column => {GRID}.hot.getColWidth({GRID}.columns.findIndex((c) => c.name === column))"
    grip(ann, "unit")
    ann.page.mouse.down()
    ann.page.mouse.move(*offset(ann, 90))
    ann.page.mouse.up()
    ann.wait(f"{SHEET}.store.view.widths.unit > 120")
    dragged = ann.page.evaluate(width, "unit")
    choose(ann, "price", "hide")
    wait_columns(ann, [name for name in ALL if name != "price"])
    assert ann.page.evaluate(width, "unit") == dragged, "through a rebuild"
    grip(ann, "unit")
    ann.page.mouse.dblclick(*offset(ann, 0))
    ann.wait(f"before => {SHEET}.store.view.widths.unit < before", dragged)
    ann.wait(f"{SHEET}.store.view.widths.unit === ({width})('unit')")
    run_command(ann, "resetView")


POINT: dict[str, tuple[float, float]] = {}


def grip(desk: Desk, column: str) -> None:
    """The pointer at the end of a head, where its handle is."""
    box = head(desk, column).bounding_box()
    assert box is not None
    POINT["at"] = box["x"] + box["width"] - 2, box["y"] + box["height"] / 2
    desk.page.mouse.move(POINT["at"][0] - 20, POINT["at"][1])
    desk.page.mouse.move(*POINT["at"])


def offset(desk: Desk, by: int) -> tuple[float, float]:
    return POINT["at"][0] + by, POINT["at"][1]


def test_the_foot_adds_up_exactly(site: Site, seat: SitDown, version: str) -> None:
    site.elsewhere.run(
        "[Product.objects.filter(stock=n).update(price=p) for n, p in"
        " ((10, '0.10'), (11, '0.20'), (12, '9999999.99'))]"
    )
    ann = seat(site, "ann").open("/sheet/product/")
    at = values(ann, "stock").index(10)
    pks = ann.all_pks()[at : at + 3]
    ann.scroll_to(pks[0], "price")
    ann.click(pks[0], "price")
    assert sums(ann) == {}, "one cell needs no sum"
    ann.page.keyboard.press("Shift+ArrowDown")
    wait_sum(ann, "sum", "0.30")
    ann.page.keyboard.press("Shift+ArrowDown")
    wait_sum(ann, "sum", "10000000.29")
    every = {
        "count": "3",
        "sum": "10000000.29",
        "average": "3333333.43",
        "least": "0.10",
        "most": "9999999.99",
    }
    ann.until(lambda: sums(ann), every)
    ann.screenshot(f"sums-{version}")
    site.elsewhere.run("p = Product.objects.get(stock=12); p.price = '1.00'; p.save()")
    wait_sum(ann, "sum", "1.30")


def test_a_view_follows_its_user_to_another_machine(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    choose(ann, "tags", "hide")
    sort_by(ann, "stock")
    sort_by(ann, "stock")
    menu = open_menu(ann, "supplier")
    menu.locator(".ls-value", has_text="Eastoak").click()
    wait_chips(ann, ["Supplier: not Eastoak"])
    ann.page.keyboard.press("Escape")
    wait_kept(site, '"out"')
    elsewhere = seat(site, "ann")
    elsewhere.page.goto(elsewhere.address + "/sheet/product/")
    wait_columns(elsewhere, [name for name in ALL if name != "tags"])
    wait_chips(elsewhere, ["Supplier: not Eastoak"])
    expect(head(elsewhere, "stock")).to_have_attribute("aria-sort", "descending")
    bea = seat(site, "bea").open("/sheet/product/")
    assert columns(bea) == ALL, "nobody else's view is another one"


def wait_kept(site: Site, text: str) -> None:
    site.elsewhere.run(
        "import time; from livesheet.models import SavedView\n"
        "end = time.monotonic() + 15\n"
        f"while not SavedView.objects.filter(view__contains={text!r}).exists():\n"
        "    assert time.monotonic() < end\n"
        "    time.sleep(0.05)\n"
    )


def test_a_link_shows_a_view_without_taking_ones_own(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(ann, "unit", "hide")
    wait_columns(ann, [name for name in ALL if name != "unit"])
    run_command(ann, "copyLink")
    ann.wait("document.querySelector('.ls-message').textContent !== ''")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    assert "#livesheet=product:" in link
    bea = seat(site, "bea")
    bea.page.goto(link)
    wait_columns(bea, [name for name in ALL if name != "unit"])
    bea.page.get_by_role("button", name="Keep this view").wait_for()
    bea.screenshot(f"visit-{version}")
    bea.page.get_by_role("button", name="Back to my view").click()
    wait_columns(bea, ALL)
    bea.wait("location.hash === ''")
    bea.page.goto(bea.address + "/sheet/product/#livesheet=product:%00nonsense")
    bea.page.reload()
    bea.wait_status("live")
    bea.wait("document.querySelector('.ls-message').textContent.includes('ignored')")
    assert columns(bea) == ALL
