"""The scroll bar of a large sheet, and the other ways to any of its rows."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk, sit_down
from tests.browser.page_hands import bring_axe, command, press, violations
from tests.browser.servers import KINDS, Site
from tests.browser.test_large import FILL, WINDOWS
from tests.browser.test_large import open_large as go_there

LAST = "Row 29999"
TOP = f"() => {GRID}.records[{GRID}.sight.now()?.first ?? -1]?.name"
BAR = ".ls-scroll"
# What the grid draws above and below, out of sight, may still be on its way.
FILLED = f"""() => {{
    const grid = {GRID};
    const {{ first, whole }} = grid?.sight.now() ?? {{ first: 0, whole: 0 }};
    return whole > 0 && grid.records.slice(first, first + whole).every(({{ $pk }}) =>
        !$pk.startsWith("+") && !grid.cell($pk, "name")?.matches(".ls-absent"));
}}"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    site.script("from tests.app.models import Product\nProduct.objects.all().delete()\n" + FILL)
    return site


def open_large(desk: Desk) -> Desk:
    go_there(desk)
    wait_top(desk, 0)
    return desk


def is_filled(desk: Desk) -> None:
    desk.wait(FILLED)


def bar(desk: Desk, name: str) -> str:
    return desk.page.locator(BAR).get_attribute(f"aria-{name}") or ""


def named(place: int) -> str:
    return f"Row {place:05}"


def boxes(desk: Desk) -> tuple[Any, Any]:
    thumb = desk.page.locator(".ls-scroll-thumb").bounding_box()
    track = desk.page.locator(BAR).bounding_box()
    assert thumb is not None and track is not None
    return thumb, track


def drag(desk: Desk, at: float) -> None:
    """The thumb, from where it is to a part of the way."""
    thumb, track = boxes(desk)
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + 10
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    end = track["y"] + 10 + at * (track["height"] - thumb["height"])
    desk.page.mouse.move(x, end, steps=40)
    desk.page.mouse.up()


def wait_top(desk: Desk, place: int) -> None:
    desk.wait(f"name => ({TOP})() === name", named(place))
    is_filled(desk)


def go_to_row(desk: Desk, number: str) -> None:
    press(desk, "Control+g")
    desk.page.locator("dialog input").wait_for()
    desk.page.keyboard.type(number)
    press(desk, "Enter")


def wait_selected(desk: Desk, place: int) -> None:
    desk.wait(
        f"name => {GRID}.records[{GRID}.hot.getSelectedLast()?.[0]]?.name === name", named(place)
    )


def test_a_drag_leads_to_the_row_of_that_place(site: Site, seat: SitDown, version: str) -> None:
    ann = open_large(seat(site, "ann"))
    before = len(ann.sent)
    drag(ann, 0.73)
    ann.wait(f"Number(document.querySelector({BAR!r}).ariaValueNow) > 21_500")
    ann.wait_painted()
    place = int(bar(ann, "valuenow")) - 1
    assert place < 22_300
    wait_top(ann, place)
    assert ann.page.evaluate(f"{GRID}.numberOf({GRID}.sight.now().first)") == place + 1
    assert bar(ann, "valuetext") == f"{place + 1:,} of 30,000"
    entered = [frame for frame in ann.sent[before:] if frame["type"] == "enter"]
    assert len(entered) < 15, "not for each of forty steps"
    ann.screenshot(f"large-scroll-{version}")
    ann.page.locator(BAR).focus()
    press(ann, "End")
    ann.wait(f"{GRID}.records.at(-1).name === {LAST!r}")
    cell = f"{GRID}.cell({GRID}.records.at(-1).$pk, 'name')?.getBoundingClientRect().bottom"
    ann.wait(f"{cell} <= innerHeight")
    press(ann, "ArrowUp")
    press(ann, "Home")
    wait_top(ann, 0)
    _, track = boxes(ann)
    ann.page.mouse.move(track["x"] + 5, track["y"] + 60)
    ann.page.mouse.wheel(0, 240)
    wait_top(ann, 10)
    ann.page.mouse.click(track["x"] + 5, track["y"] + track["height"] - 20)
    ann.wait(f"{WINDOWS}.place > 15 && {WINDOWS}.place < 60")


def test_it_leads_to_a_row_and_the_keys_go_on_from_there(site: Site, seat: SitDown) -> None:
    ann = open_large(seat(site, "ann"))
    ann.click(ann.pks()[2], "stock")
    go_to_row(ann, "17,451")
    wait_selected(ann, 17_450)
    is_filled(ann)
    press(ann, "ArrowDown")
    wait_selected(ann, 17_451)
    go_to_row(ann, "30001")
    alert = ann.page.locator("dialog [role=alert]")
    alert.get_by_text("There is no row 30,001. The last one is 30,000.").wait_for()
    press(ann, "Escape")
    wait_selected(ann, 17_451)
    press(ann, "Control+End")
    wait_selected(ann, 29_999)
    press(ann, "Control+Home")
    wait_selected(ann, 0)


def test_keys_go_on_into_the_next_page(site: Site, seat: SitDown) -> None:
    ann = open_large(seat(site, "ann"))
    ann.page.evaluate(f"{WINDOWS}.goTo(15_000)")
    wait_top(ann, 15_000)
    end = ann.page.evaluate(f"{WINDOWS}.order.page.to")
    ann.click(ann.pks()[2], "stock")
    go_to_row(ann, str(end - 5))
    ann.wait(f"end => {WINDOWS}.order.page.to > end", end)
    wait_selected(ann, end - 6)
    for _ in range(4):
        press(ann, "PageDown")
    ann.wait(f"end => {GRID}.hot.getSelectedLast()[0] + {WINDOWS}.order.from > end + 20", end)
    is_filled(ann)
    assert ann.page.evaluate(f"{SHEET}.store.drafts.count") == 0, "no row was begun at a page's end"


def test_what_is_typed_is_put_in_before_the_rows_move(site: Site, seat: SitDown) -> None:
    ann, bea = open_large(seat(site, "ann")), open_large(seat(site, "bea"))
    pk = ann.pks()[3]
    ann.start_typing(pk, "price", "12")
    _, track = boxes(ann)
    ann.page.mouse.move(track["x"] + 5, track["y"] + 60)
    ann.page.mouse.wheel(0, 2_400)
    assert ann.editor()["open"] and ann.page.evaluate(f"{WINDOWS}.place") == 0
    drag(ann, 0.5)
    ann.wait(f"{WINDOWS}.place > 10_000")
    bea.wait_text(pk, "price", "12.00")
    is_filled(ann)
    seen = len(bea.frames)
    far = ann.pks()[2]
    ann.type(far, "price", "77")
    ann.wait_text(far, "price", "77.00")
    ann.wait_settled()
    ann.page.evaluate(f"{WINDOWS}.goTo(0)")
    wait_top(ann, 0)
    ann.type(pk, "stock", "13")  # the cell of before, on another page, would be clicked twice
    bea.wait_text(pk, "stock", "13")
    written = [row[0] for f in bea.frames[seen:] if f["type"] == "change" for row in f["rows"]]
    assert written == [pk], "what is out of view is not sent"


def test_after_a_lost_line_it_is_where_it_was(site: Site, seat: SitDown) -> None:
    ann = open_large(seat(site, "ann"))
    ann.forgiven += ["WebSocket connection to", "ERR_INTERNET_DISCONNECTED"]
    drag(ann, 0.4)
    place = int(bar(ann, "valuenow")) - 1
    wait_top(ann, place)
    ann.page.context.set_offline(True)
    ann.wait_status("offline")
    ann.page.context.set_offline(False)
    ann.wait_status("live")
    ann.wait(f"!{WINDOWS}.entry")
    wait_top(ann, place)
    assert bar(ann, "valuenow") == str(place + 1)


@pytest.fixture(scope="module")
def plain(open_shared_site: OpenSite) -> Site:
    """With the bundled grid alone."""
    site = open_shared_site(KINDS)
    site.serve("uvicorn")
    site.script("from tests.app.models import Product\nProduct.objects.all().delete()\n" + FILL)
    return site


def test_a_finger_can_drag_it(plain: Site, browser: Browser) -> None:
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}
    )
    address = f"http://127.0.0.1:{plain.servers[0].port}"
    session = {"name": plain.project.session_cookie, "value": plain.sessions["ann"]}
    context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
    ann = open_large(sit_down(context, address))
    thumb, track = boxes(ann)
    assert track["width"] >= 24
    line = context.new_cdp_session(ann.page)
    x, y = thumb["x"] + thumb["width"] / 2, thumb["y"] + 20
    touch = "Input.dispatchTouchEvent"
    line.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        at = y + step / 10 * 0.73 * (track["height"] - thumb["height"])
        line.send(touch, {"type": "touchMove", "touchPoints": [{"x": x, "y": at}]})
    ann.screenshot("large-touch")
    line.send(touch, {"type": "touchEnd", "touchPoints": []})
    ann.wait(f"Number(document.querySelector({BAR!r}).ariaValueNow) > 21_500")
    ann.wait_painted()
    place = int(bar(ann, "valuenow")) - 1
    assert place < 22_300
    wait_top(ann, place)
    context.close()
    assert ann.unforgiven == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_there_for_all(plain: Site, seat: SitDown, theme: str) -> None:
    ann = seat(plain, "ann")
    ann.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    open_large(ann)
    drag(ann, 0.6)
    wait_top(ann, int(bar(ann, "valuenow")) - 1)
    ann.click(ann.pks()[2], "stock")
    bring_axe(ann)
    assert violations(ann) == []
    command(ann, "goToRow")
    ann.page.locator("dialog input").wait_for()
    assert violations(ann) == []
    ann.screenshot(f"large-goto-{theme}")
    press(ann, "Escape")
    for width in (390, 1280, 1920):
        ann.page.set_viewport_size({"width": width, "height": 844})
        ann.wait("width => document.querySelector('.ls-scroll').getBoundingClientRect().right"
                 " > width - 40", width)  # fmt: skip
        thumb, _ = boxes(ann)
        ann.page.mouse.move(thumb["x"] + 4, thumb["y"] + 8)
        ann.page.mouse.down()
        ann.screenshot(f"large-{width}-{theme}")
        ann.page.mouse.up()


def test_from_right_to_left_it_is_where_the_grids_own_would_be(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann")
    ann.page.goto(ann.address + "/ar/sheet/large/")
    ann.wait(f"{GRID} && {SHEET}.rows.size > 0 && {WINDOWS}.isExact")
    is_filled(ann)
    _, track = boxes(ann)
    middle = ann.page.evaluate("innerWidth") / 2
    is_left = ann.page.evaluate("getComputedStyle(document.querySelector('.wtHolder')).direction")
    assert (track["x"] < middle) == (is_left == "rtl")
    drag(ann, 0.5)
    wait_top(ann, int(bar(ann, "valuenow")) - 1)
    ann.screenshot(f"large-rtl-{version}")
