"""Two people, the same cell, the same value in front of them."""

from __future__ import annotations

from tests.browser.conftest import OpenSite, SitDown


def test_the_second_is_told_who_changed_it_to_what(
    open_site: OpenSite, seat: SitDown, version: str
) -> None:
    site = open_site(version=version)
    site.serve("daphne")
    ann = seat(site, "ann").open("/desk/products/")
    bea = seat(site, "bea").open("/desk/products/")
    pk = ann.pks()[2]

    ann.start_typing(pk, "stock", "11")
    bea.start_typing(pk, "stock", "22")
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    ann.wait_text(pk, "stock", "11")
    assert bea.editor()["text"] == "22"
    bea.page.keyboard.press("Enter")
    bea.wait_class(pk, "stock", "ls-conflict")
    bea.wait_text(pk, "stock", "11")
    title = bea.title(pk, "stock")
    assert "Ann" in title
    assert "11" in title
    bea.screenshot(f"told-{version}")
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).stock)") == "11"

    # Who has been told may decide again.
    bea.type(pk, "stock", "22")
    ann.wait_text(pk, "stock", "22")
    bea.wait_class(pk, "stock", "ls-conflict", there=False)


def test_undo_takes_back_ones_own_edit_in_its_own_row(
    open_site: OpenSite, seat: SitDown, version: str
) -> None:
    site = open_site(version=version)
    site.serve("daphne")
    ann = seat(site, "ann").open("/desk/products/")
    above, pk = ann.pks()[1:6:4]
    before = ann.text(pk, "stock")
    ann.type(pk, "stock", "777")
    ann.wait_settled()
    site.elsewhere.run(f"Product.objects.get(pk={above}).delete()")
    ann.wait_row(above, there=False)
    ann.page.keyboard.press("Control+z")
    ann.wait_text(pk, "stock", before)
    ann.wait_settled()
    assert site.elsewhere.run(f"print(Product.objects.get(pk={pk}).stock)") == before
