"""When there is nothing to see, or no line, it is said what is the case and what can be done."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, SHEET
from tests.browser.editing_hands import paste, select, wait_rows
from tests.browser.servers import KINDS, Site

BACK_MS = 60_000


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_nothing_matches_and_then_there_is_nothing_at_all(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/supplier/")
    place = ann.page.locator(".ls-veil")
    two = [{"column": "name", "kind": kind, "text": "zzz"} for kind in ("contains", "starts")]
    ann.page.evaluate(
        f"""filters => {{
            const finding = {SHEET}.features.find(({{ current }}) => current);
            finding.current.change({{ filters }});
        }}""",
        two,
    )
    place.get_by_text("No row matches.").wait_for()
    ann.screenshot(f"no-match-{version}")
    place.get_by_role("button", name="Clear 2 filters").click()
    wait_rows(ann, 3)
    ann.page.locator(".ls-search").fill("nowhere")
    place.get_by_role("button", name="Clear the search").click()
    wait_rows(ann, 3)
    expect(ann.page.locator(".ls-search")).to_have_value("")
    site.elsewhere.run("Supplier.objects.all().delete()")
    place.get_by_text("No rows yet.").wait_for()
    ann.screenshot(f"empty-{version}")
    place.get_by_role("button", name="Add the first row").click()
    ann.page.keyboard.type("First")
    ann.page.keyboard.press("Enter")
    ann.wait(f"{SHEET}.rows.size === 1")
    expect(place).to_have_text("")


def test_without_a_line_it_is_said_how_much_is_kept(
    site: Site, seat: SitDown, version: str
) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.forgiven += ["WebSocket connection to", "ERR_INTERNET_DISCONNECTED"]
    banner = ann.page.locator(".ls-banner")
    assert not banner.is_visible()
    ann.page.context.set_offline(True)
    banner.get_by_text("You are offline. You can keep working").wait_for()
    first, *_ = pks = ann.all_pks()
    ann.type(first, "stock", "41")
    banner.get_by_text("You are offline. 1 change is kept in this browser").wait_for()
    ann.screenshot(f"offline-banner-{version}")
    # Hundreds are a number, not hundreds of dots.
    sign = "() => getComputedStyle(document.querySelector('td.ls-pending'), '::before').display"
    assert ann.page.evaluate(sign) != "none"
    select(ann, (first, "price"))
    paste(ann, "\n".join(f"{number}.25" for number in range(250)))
    banner.get_by_text("251 changes are kept in this browser").wait_for()
    assert ann.page.evaluate(sign) == "none"
    ann.page.context.set_offline(False)
    ann.wait_status("live", BACK_MS)
    ann.wait(f"{SHEET}.outbox.size === 0", ms=BACK_MS)
    expect(banner).to_be_hidden()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pks[249]}).price)") == "249.25"


def test_a_cut_off_text_and_a_colleagues_tag(site: Site, seat: SitDown) -> None:
    """The one is read under the mouse, the other covers no cell but its own."""
    ann, bea = seat(site, "ann").open("/sheet/product/"), seat(site, "bea").open("/sheet/product/")
    pk = ann.all_pks()[3]
    long = "A name of many words that has no room at all"[:40]
    ann.type(pk, "name", long)
    ann.wait_settled()
    for column in ("unit", "name"):
        ann.cell(pk, column).hover()
    ann.wait(f"([pk, long]) => {GRID}.cell(pk, 'name').title === long", [pk, long])
    bea.click(pk, "stock")
    ann.wait_class(pk, "stock", "ls-who")
    style = f"(pk) => getComputedStyle({GRID}.cell(pk, 'stock'), '::after')"
    assert ann.page.evaluate(f"(pk) => ({style})(pk).bottom", pk) == "0px"
    assert ann.page.evaluate(f"(pk) => ({style})(pk).content", pk) == '"Bea"'
