"""`<live-sheet>` in pages that move things about, and among texts that would like to be markup."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.servers import KINDS, Site

MARKUP = "<img src=x onerror=window.ran=1>"

PASTE = """([text, html]) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    clipboardData.setData("text/html", html);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


def test_moving_keeps_the_sheet_and_removing_ends_it(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[4]
    ann.page.evaluate(
        """() => {
            window.kept = document.querySelector("live-sheet").sheet;
            const box = document.body.appendChild(document.createElement("section"));
            box.append(document.querySelector("live-sheet"));
        }"""
    )
    ann.wait("document.querySelector('section live-sheet').sheet === window.kept")
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = 555; p.save()")
    ann.wait_text(pk, "stock", "555")
    assert [frame["type"] for frame in ann.frames].count("hello") == 1

    ann.page.evaluate("document.querySelector('section').remove()")
    ann.wait("window.kept.destroyed && !window.kept.socket.line")
    heard = len(ann.frames)
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = 556; p.save()")
    bea = seat(site, "bea").open("/sheet/product/")
    bea.wait_text(pk, "stock", "556")
    assert ann.frames[heard:] == []


def test_what_is_pasted_is_text(site: Site, seat: SitDown, version: str) -> None:
    """6.2.2 by itself would run the scripts of a pasted page."""
    ann = seat(site, "ann").open("/sheet/product/")
    first, second = ann.pks()[6:8]
    ann.click(first, "name")
    html = f"<table><tr><td>{MARKUP}</td></tr></table>"
    ann.page.evaluate(PASTE, ["Beech\t3.5\r\nBirch\t4.25\r\n", html])
    ann.wait_settled()
    for pk, name, price in ((first, "Beech", "3.50"), (second, "Birch", "4.25")):
        ann.wait_text(pk, "name", name)
        ann.wait_text(pk, "price", price)
    stored = site.elsewhere.run(f"print(Product.objects.get(pk={second}))")
    assert stored == "Birch"
    assert ann.page.evaluate("window.ran") is None


def test_markup_in_a_value_stays_text(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    pk = ann.pks()[9]
    code = (
        f"s = Supplier.objects.create(name={MARKUP!r}); p = Product.objects.get(pk={pk});"
        f"p.name, p.supplier = {MARKUP!r}, s; p.save()"
    )
    site.elsewhere.run(code)
    ann.wait_text(pk, "name", MARKUP)
    ann.scroll_to(pk, "supplier")
    ann.wait_text(pk, "supplier", MARKUP)
    ann.click(pk, "supplier", count=2)
    ann.page.locator(".ls-option", has_text=MARKUP).wait_for()
    ann.page.keyboard.press("Escape")
    ann.page.reload()
    ann.wait_status("live")
    assert ann.page.evaluate("window.ran") is None
