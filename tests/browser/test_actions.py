"""What a sheet can do to rows by its own actions, and the colours that it gives them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET, Desk
from tests.browser.page_hands import bring_axe, violations
from tests.browser.servers import KINDS, Site


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


def bar(desk: Desk) -> Locator:
    return desk.page.get_by_role("toolbar", name="Ticked rows")


def tick_first(desk: Desk, n: int) -> None:
    """The boxes at the heads of the first rows."""
    for number in range(1, n + 1):
        desk.page.locator(f".ht_clone_left [aria-label='Tick row {number}']").click()


def background(desk: Desk, pk: str, column: str) -> str:
    look = f"([pk, column]) => getComputedStyle({GRID}.cell(pk, column)).backgroundColor"
    return str(desk.page.evaluate(look, [pk, column]))


def stock(site: Site, *pks: Any) -> list[str]:
    keys = ", ".join(map(str, pks))
    return site.elsewhere.run(
        f"print(*(Product.objects.get(pk=pk).stock for pk in [{keys}]))"
    ).split()


def test_actions_on_ticked_rows(site: Site, seat: SitDown, version: str) -> None:
    """Tick, press, answer: everybody sees it, what is refused says why, and it is taken back."""
    ann, bea = seat(site, "ann").open("/sheet/shelf/"), seat(site, "bea").open("/sheet/shelf/")
    bring_axe(ann)
    first, second, third = pks = ann.all_pks()[:3]
    site.elsewhere.run(f"Product.objects.filter(pk={first}).update(stock=0)")
    for desk in (ann, bea):
        desk.wait_text(first, "stock", "0")
    # A colour that the database computes, on every screen; the marks of cells lie above it.
    plain = background(ann, ann.all_pks()[5], "name")
    assert background(ann, first, "name") == background(bea, first, "supplier") != plain
    tick_first(ann, 3)
    bar(ann).get_by_role("button", name="Sell one").click()
    ann.screenshot(f"action-asked-{version}")
    ann.page.get_by_role("dialog").get_by_role("button", name="Sell one").click()
    bea.wait_text(second, "stock", "0")
    bea.wait_text(third, "stock", "1")
    assert background(bea, second, "name") == background(bea, first, "name")  # there is none left
    ann.page.get_by_text("2 pieces are sold. 1 refused").wait_for()
    ann.screenshot(f"action-done-{version}")
    ours = [found for found in violations(ann) if "ls-slip" in found[1] or "ls-menu" in found[1]]
    assert ours == []
    ann.page.get_by_role("button", name="Show", exact=False).first.click()
    ann.page.get_by_text("Of Product 0 there is none left.").first.wait_for()
    assert stock(site, *pks) == ["0", "0", "1"]

    # It changed cells and nothing else, so one step takes all of it back, and makes it again.
    ann.wait_settled()
    ann.click(third, "price")
    ann.page.keyboard.press("Control+z")
    bea.wait_text(third, "stock", "2")
    bea.wait_text(second, "stock", "1")
    ann.wait_settled()
    assert stock(site, *pks) == ["0", "1", "2"]
    ann.page.keyboard.press("Control+y")
    bea.wait_text(third, "stock", "1")
    ann.wait_settled()
    ann.page.keyboard.press("Control+z")
    bea.wait_text(third, "stock", "2")
    ann.wait_settled()

    # Others are in a menu; what they say is told, and nothing is left to be taken back of them.
    past = ann.page.evaluate(f"{SHEET}.store.undo.past.length")
    bar(ann).get_by_role("button", name="More …").click()
    ann.screenshot(f"action-menu-{version}")
    ann.page.get_by_role("menuitem", name="Count").click()
    ann.page.get_by_text("Counted.").first.wait_for()
    assert ann.page.evaluate(f"{SHEET}.store.undo.past.length") == past


def test_an_action_is_done_once_although_the_line_breaks(
    site: Site, seat: SitDown, version: str
) -> None:
    """The answer is lost; the browser comes back and asks again, and offline nothing is begun."""
    ann = seat(site, "ann").open("/sheet/shelf/")
    pk = ann.all_pks()[9]
    before = int(stock(site, pk)[0])
    ann.page.locator(".ht_clone_left [aria-label='Tick row 10']").click()
    ann.page.evaluate(
        f"""() => {{
            const {{ line }} = {SHEET}.socket;
            const hear = line.onmessage;
            line.onmessage = (event) =>
                event.data.startsWith('{{"type":"reply"') ? line.close() : hear(event);
        }}"""
    )
    bar(ann).get_by_role("button", name="Sell one").click()
    ann.page.get_by_role("dialog").get_by_role("button", name="Sell one").click()
    ann.page.get_by_text("1 piece is sold.").first.wait_for()
    ann.wait_text(pk, "stock", str(before - 1))
    assert stock(site, pk) == [str(before - 1)]
    assert len([frame for frame in ann.sent if frame["type"] == "act"]) == 2

    ann.page.context.set_offline(True)
    ann.page.evaluate(f"{SHEET}.socket.line?.close()")
    ann.wait(f"{SHEET}.status !== 'live'")
    bar(ann).get_by_role("button", name="Hand over").click()
    ann.page.get_by_text("There is no connection. Try this again").first.wait_for()
    ann.page.context.set_offline(False)
    assert len([frame for frame in ann.sent if frame["type"] == "act"]) == 2
    ann.forgiven += ["WebSocket", "ERR_"]
