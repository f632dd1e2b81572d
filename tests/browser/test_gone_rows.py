"""The selected rows go away: no key is for a row that nobody chose."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import GRID, Desk
from tests.browser.editing_hands import paste
from tests.browser.servers import KINDS, Site

GONE = "the row that you had selected is gone"


@pytest.fixture
def site(open_site: OpenSite, version: str) -> Site:
    site = open_site(version=version)
    site.serve("uvicorn")
    return site


def delete(site: Site, desk: Desk, pk: str, model: str = "Product") -> None:
    site.elsewhere.run(f"{model}.objects.get(pk={pk}).delete()")
    desk.wait_row(pk, there=False)


def stocks(site: Site) -> str:
    return site.elsewhere.run("print(list(Product.objects.order_by('pk').values_list('stock')))")


def test_keys_for_a_row_that_is_gone_change_no_other(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/desk/products/")
    _, mine, neighbour = ann.pks()[:3]
    ann.click(mine, "stock")
    delete(site, ann, mine)
    before = stocks(site)
    for key in ("Delete", "7", "Backspace", "Enter"):
        ann.page.keyboard.press(key)
        assert not ann.page.evaluate(f"{GRID}.isEditing"), key
    paste(ann, "11\n12")
    notice = ann.page.locator(".ls-notice", has_text=GONE)
    notice.wait_for()
    ann.wait_settled()
    assert stocks(site) == before

    ann.click(neighbour, "stock")
    ann.page.keyboard.type("77")
    ann.page.keyboard.press("Enter")
    ann.wait_text(neighbour, "stock", "77")
    ann.wait_settled()


def test_who_deletes_rows_goes_on_without_a_word(site: Site, seat: SitDown) -> None:
    ann = seat(site, "ann").open("/desk/products/")
    first, second, third = ann.pks()[:3]
    ann.click(first, "stock")
    for pk in (first, second):
        ann.page.keyboard.press("Control+Alt+-")
        ann.wait_row(pk, there=False)
    ann.page.keyboard.type("77")
    ann.page.keyboard.press("Enter")
    ann.wait_text(third, "stock", "77")
    ann.wait_settled()
    assert ann.page.locator(".ls-notice", has_text=GONE).count() == 0


def test_a_range_shrinks_to_the_rows_that_are_left(
    open_site: OpenSite, seat: SitDown, version: str
) -> None:
    site = open_site(KINDS, version=version)
    site.serve("uvicorn")
    site.elsewhere.run("Sample.objects.update(char='x')")
    ann = seat(site, "ann").open("/sheet/sample/")
    first, second, below = ann.pks()[:3]
    ann.scroll_to(first, "char")
    ann.click(first, "char")
    ann.page.keyboard.press("Shift+ArrowDown")
    delete(site, ann, first, "Sample")
    ann.page.keyboard.press("Delete")
    ann.wait_text(second, "char", "")
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Sample.objects.get(pk={second}).char == '')") == "True"
    assert site.elsewhere.run(f"print(Sample.objects.get(pk={below}).char)") == "x"
