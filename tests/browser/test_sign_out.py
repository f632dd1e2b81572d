"""Whoever signs out, in whichever tab, sees nothing more."""

from __future__ import annotations

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import sit_down


def test_signing_out_in_another_tab_ends_the_sheet(open_site: OpenSite, seat: SitDown) -> None:
    site = open_site()
    site.serve("uvicorn")
    ann = seat(site, "ann").open("/desk/products/")
    tab = sit_down(ann.page.context, ann.address).open("/desk/suppliers/")
    pk = ann.pks()[0]
    tab.page.get_by_role("button", name="Sign out").click()
    ann.wait_status("forbidden")
    heard = len(ann.frames)
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = 98765; p.save()")
    bea = seat(site, "bea").open("/desk/products/")
    bea.wait_text(pk, "stock", "98,765")
    assert ann.frames[heard:] == []
    ann.screenshot("signed-out")


def test_who_may_only_look_cannot_type(open_site: OpenSite, seat: SitDown, version: str) -> None:
    site = open_site(version=version)
    site.serve("daphne")
    cleo = seat(site, "cleo").open("/desk/products/")
    pk = cleo.pks()[0]
    cleo.start_typing(pk, "name", "mine")
    assert not cleo.editor()["open"]
    cleo.page.keyboard.press("Enter")
    cleo.page.keyboard.press("Delete")
    assert [frame for frame in cleo.sent if frame["type"] == "edit"] == []
    site.elsewhere.run(f"p = Product.objects.get(pk={pk}); p.stock = 31337; p.save()")
    cleo.wait_text(pk, "stock", "31,337")
