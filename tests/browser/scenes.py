"""The main states of a sheet, brought about by two people at it, for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.desk import GRID, Desk
from tests.browser.editing_hands import (
    open_cell_menu,
    paste,
    pick,
    press_in_slip,
    select,
    slip,
)
from tests.browser.finding_hands import open_menu, open_tool, sort_by
from tests.browser.group_hands import group_by
from tests.browser.page_hands import command, press
from tests.browser.people_hands import wait_place
from tests.browser.servers import Site
from tests.browser.views_hands import save_as, wait_view

PRODUCTS = "/desk/products/"


@dataclass
class Room:
    """A site, and people who sit down at a page of it; the picture is of Ann's screen."""

    site: Site
    sit: Callable[[str, str], Desk]

    def ann(self, path: str = PRODUCTS) -> Desk:
        return self.sit("ann", path)

    def bea(self, path: str = PRODUCTS) -> Desk:
        return self.sit("bea", path)


Scene = Callable[[Room], Desk]

WIDEST_PHONE = 480


def begin(desk: Desk, pk: str, column: str, text: str) -> None:
    """Types into a cell, or on a phone into the card of its row."""
    assert desk.page.viewport_size is not None
    if desk.page.viewport_size["width"] > WIDEST_PHONE:
        desk.start_typing(pk, column, text)
        return
    select(desk, (pk, column))
    press(desk, "Space")
    desk.page.locator("dialog.ls-card[open]").wait_for()
    press(desk, "Control+a")
    desk.page.keyboard.type(text)


def write(desk: Desk, pk: str, column: str, text: str) -> None:
    begin(desk, pk, column, text)
    end(desk, pk, column)


def end(desk: Desk, pk: str, column: str) -> None:
    """Saves what was typed, and lets the cell be seen."""
    press(desk, "Enter")
    if desk.page.locator("dialog.ls-card[open]").count():
        press(desk, "Escape")
    desk.scroll_to(pk, column)


def together(room: Room) -> Desk:
    """Bea types in one cell, has just changed others, and Ann is somewhere else."""
    ann, bea = room.ann(), room.bea()
    pks = ann.pks()
    ann.scroll_to(pks[7], "stock")
    ann.click(pks[7], "stock")
    ann.scroll_to(pks[4], "name")
    bea.type(pks[2], "stock", "48")
    bea.type(pks[3], "price", "12.40")
    ann.wait_text(pks[3], "price", "12.40")
    bea.start_typing(pks[4], "name", "Gaffer tape, wh")
    ann.wait_class(pks[4], "name", "ls-typing")
    return ann


def refused(room: Room) -> Desk:
    ann = room.ann()
    pk = ann.pks()[2]
    write(ann, pk, "price", "-1")
    ann.wait_class(pk, "price", "ls-refused")
    select(ann, (pk, "price"))
    ann.page.locator(".ls-note").wait_for()
    return ann


def conflict(room: Room) -> Desk:
    ann, bea = room.ann(), room.bea()
    pk = ann.pks()[3]
    begin(ann, pk, "stock", "22")
    bea.type(pk, "stock", "11")
    bea.wait_settled()
    end(ann, pk, "stock")
    ann.wait_class(pk, "stock", "ls-conflict")
    select(ann, (pk, "stock"))
    ann.page.locator(".ls-note").wait_for()
    return ann


def offline(room: Room) -> Desk:
    ann = room.ann()
    ann.forgiven += ["WebSocket connection to", "ERR_INTERNET_DISCONNECTED"]
    pks = ann.pks()
    ann.page.context.set_offline(True)
    ann.wait_status("offline")
    ann.scroll_to(pks[1], "stock")
    write(ann, pks[1], "price", "19.90")
    write(ann, pks[2], "stock", "12")
    ann.wait_class(pks[2], "stock", "ls-pending")
    return ann


def picking(room: Room) -> Desk:
    """Of the suppliers, by typing."""
    ann = room.ann()
    ann.start_typing(ann.pks()[4], "supplier", "ha")
    ann.page.locator(".ls-option").first.wait_for()
    return ann


def adding(room: Room) -> Desk:
    """A row that lacks what it must have."""
    ann = room.ann()
    pick(ann, ann.pks()[3], "name", "Insert row below")
    slip(ann, "needed", "To save it, fill in")
    return ann


def filtering(room: Room) -> Desk:
    ann = room.ann()
    menu = open_menu(ann, "supplier")
    menu.locator(".ls-value").first.wait_for()
    return ann


def found(room: Room) -> Desk:
    """Filtered, sorted, and some of it added up."""
    ann = room.ann()
    menu = open_menu(ann, "stock")
    menu.get_by_label("From").fill("10")
    menu.get_by_label("To").fill("60")
    ann.page.keyboard.press("Escape")
    sort_by(ann, "supplier")
    ann.page.wait_for_timeout(300)
    pks = ann.pks()
    ann.click(pks[1], "stock")
    select(ann, (pks[1], "stock"), (pks[6], "stock"))
    ann.page.locator(".ls-sum").first.wait_for()
    return ann


def pasting(room: Room) -> Desk:
    """A block of which some was refused."""
    ann = room.ann()
    pks = ann.pks()
    select(ann, (pks[1], "price"))
    paste(ann, "12.50\t40\r\n9.90\tmany\r\n7.20\t15\r\ncheap\t8\r\n")
    slip(ann, "progress", "6 saved, 2 refused")
    press_in_slip(ann, "progress", "Show them")
    ann.page.locator(".ls-note").wait_for()
    return ann


def replacing(room: Room) -> Desk:
    ann = room.ann()
    ann.click(ann.pks()[2], "name")
    press(ann, "Control+h")
    ann.page.wait_for_timeout(300)
    ann.page.keyboard.type("tape")
    ann.page.wait_for_timeout(500)
    return ann


def history(room: Room) -> Desk:
    ann, bea = room.ann(), room.bea()
    pk = ann.pks()[2]
    write(ann, pk, "price", "12")
    bea.wait_text(pk, "price", "12.00")
    bea.type(pk, "price", "99")
    bea.type(pk, "stock", "48")
    ann.wait_text(pk, "stock", "48")
    pick(ann, pk, "price", "History of this row")
    ann.page.locator(".ls-history-entry").nth(2).wait_for()
    return ann


def context(room: Room) -> Desk:
    ann = room.ann()
    open_cell_menu(ann, ann.pks()[5], "name")
    return ann


def menu(room: Room) -> Desk:
    ann = room.ann()
    ann.page.locator(".ls-open-menu").click()
    ann.page.locator(".ls-menu-item").first.wait_for()
    return ann


def shortcuts(room: Room) -> Desk:
    ann = room.ann()
    command(ann, "shortcuts")
    ann.page.locator("dialog h2").wait_for()
    return ann


SPECIMENS = """
import datetime as dt
from decimal import Decimal
tags, customers = list(Tag.objects.all()), list(Customer.objects.filter(hidden=False)[:40])
for at, row in enumerate(Specimen.objects.order_by("pk")[:12]):
    row.text = "Handle with care:\\nglass on all four sides." if at % 3 == 0 else ""
    row.email, row.url = f"sales{at}@example.com", f"https://example.com/lots/{at}"
    row.small, row.positive, row.integer = at, 40 * at, 12_500 * at - 30_000
    row.big, row.twenty = 9_007_199_254_740_993 * (at + 1), Decimal("734520000000000") + 19 * at
    row.decimal, row.floating = Decimal("1234.5") * at, at / 3
    row.boolean, row.maybe = at % 2 == 0, [True, False, None][at % 3]
    row.date, row.time = dt.date(2026, 7, 1 + at), dt.time(7 + at, 30)
    row.moment = dt.datetime(2026, 7, 1 + at, 7, 15, tzinfo=dt.UTC)
    row.duration = dt.timedelta(hours=30 * at, minutes=45)
    row.uuid, row.ip = f"6f1c2a3e-0b8d-4c55-9d5e-{at:012}", f"10.0.0.{at}"
    row.choice, row.grade, row.maker_id = 1 + at % 2, "fgp"[at % 3], 1 + at % 3
    row.customer, row.data = customers[at], {"lot": at, "fragile": at % 3 == 0}
    row.upload, row.blob = f"papers/lot-{at}.pdf", b"x" * (700 * at)
    row.save()
    row.tags.set(tags[: at % 3])
    row.customers.set(customers[at : at + at % 4])
"""


def kinds(room: Room) -> Desk:
    """A column of each kind of field: numbers and times."""
    room.site.elsewhere.run(SPECIMENS)
    ann = room.ann("/sheet/specimen/")
    ann.page.set_viewport_size({"width": 1480, "height": 420})
    ann.page.evaluate(
        "document.querySelector('live-sheet').style.setProperty('--ls-height', '404px')"
    )
    ann.scroll_to(ann.pks()[0], "small")
    return ann


def relations(room: Room) -> Desk:
    """The rest of them: relations, links, JSON."""
    room.site.elsewhere.run(SPECIMENS)
    ann = room.ann("/sheet/specimen/")
    ann.page.set_viewport_size({"width": 1640, "height": 420})
    ann.scroll_to(ann.pks()[0], "blob")
    return ann


def narrow(room: Room) -> Desk:
    ann, bea = room.ann(), room.bea()
    ann.page.set_viewport_size({"width": 360, "height": 640})
    bea.click(ann.pks()[4], "name")
    wait_place(ann, "Bea", ann.pks()[4], "name")
    return ann


def mirrored(room: Room) -> Desk:
    """From right to left."""
    ann = room.sit("ann", "")
    ann.page.add_init_script(
        "document.addEventListener('readystatechange',"
        " () => { document.documentElement.dir = 'rtl'; });"
    )
    ann.open(PRODUCTS)
    ann.click(ann.pks()[3], "price")
    return ann


def paper(room: Room) -> Desk:
    ann = room.ann()
    ann.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    ann.page.emulate_media(media="print")
    ann.wait(f"() => {GRID} && document.querySelector('.ls-paper-table tbody tr')")
    return ann


def ticked(room: Room) -> Desk:
    """Rows that something is to be done to, and cells that are cut."""
    ann = room.ann()
    pks = ann.pks()
    ann.click(pks[1], "name")
    for _ in range(3):
        press(ann, "Shift+Space", "ArrowDown")
    ann.page.get_by_role("toolbar", name="Ticked rows").wait_for()
    select(ann, (pks[5], "name"), (pks[6], "price"))
    press(ann, "Control+x")
    return ann


def grouped(room: Room) -> Desk:
    """By two columns, in a named view that has been changed since."""
    ann = room.ann()
    group_by(ann, "Supplier")
    save_as(ann, "By supplier", shared=False)
    group_by(ann, "Supplier", "Unit")
    wait_view(ann, "View: By supplier · Modified")
    return ann


def grouping(room: Room) -> Desk:
    ann = room.ann()
    group_by(ann, "Supplier", "Unit")
    open_tool(ann, "group")
    return ann


def card(room: Room) -> Desk:
    ann = room.ann()
    ann.click(ann.pks()[2], "name")
    press(ann, "Space")
    ann.page.locator("dialog.ls-card[open]").wait_for()
    return ann


def colouring(room: Room) -> Desk:
    """Few in stock, by a rule that is being written."""
    ann = room.ann()
    panel = open_tool(ann, "colour")
    for at, wish in enumerate(("green", "row", "stock", "lt")):
        panel.locator("select:visible").nth(at).select_option(value=wish)
    panel.locator(".ls-filter-fields").get_by_role("textbox").fill("12")
    ann.page.locator("td.ls-coloured").first.wait_for()
    return ann


def filters(room: Room) -> Desk:
    """Conditions, joined by or."""
    ann = room.ann()
    panel = open_tool(ann, "filter")
    for _ in range(2):
        panel.locator("button.ls-plain").first.click()
    return ann


def views(room: Room) -> Desk:
    ann = room.ann()
    sort_by(ann, "price")
    ann.page.locator(".ls-views-button").click()
    ann.page.locator(".ls-views-menu").wait_for()
    return ann


def unmatched(room: Room) -> Desk:
    ann = room.ann()
    search = ann.page.locator(".ls-search")
    if not search.is_visible():
        ann.page.get_by_role("button", name="Find").first.click()
    search.fill("nowhere")
    ann.page.locator(".ls-veil button").wait_for()
    return ann


def empty(room: Room) -> Desk:
    room.site.elsewhere.run("Product.objects.all().delete()")
    ann = room.ann()
    ann.page.locator(".ls-veil button").first.wait_for()
    return ann


def closed(room: Room) -> Desk:
    """Not allowed, from now on."""
    ann = room.ann()
    ann.forgiven += ["WebSocket"]
    room.site.elsewhere.run(
        "from django.contrib.auth.models import User\n"
        "for user in User.objects.all(): user.groups.clear()"
    )
    ann.wait_status("forbidden", 60_000)
    return ann


def orders(room: Room) -> Desk:
    """So many rows that a browser has only those it looks at."""
    room.site.elsewhere.run(
        "from django.core.management import call_command\ncall_command('load_shop', orders=40000)"
    )
    ann = room.sit("ann", "")
    ann.page.goto(ann.address + "/desk/orders/")
    ann.wait_status("live")
    ann.page.locator(".ht_master tbody td").first.wait_for()
    ann.page.mouse.move(200, 300)
    ann.page.mouse.wheel(0, 9_000)
    ann.page.wait_for_timeout(2_000)
    return ann


AT_THE_SHOP: list[Scene] = [
    together, refused, conflict, offline, picking, adding, filtering, found, pasting, replacing,
    context, menu, shortcuts, history, narrow, mirrored, paper, ticked, grouped, grouping, card,
    colouring, filters, views, unmatched, empty, closed, orders,
]  # fmt: skip
AT_KINDS: list[Scene] = [kinds, relations]
