"""Named views: a default, a link, the next morning; on a phone, and from right to left."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.finding_hands import sort_by, wait_chips, wait_rows
from tests.browser.servers import KINDS, Site
from tests.browser.views_hands import (
    forget_views,
    only_eastoak,
    press_button,
    save_as,
    views_menu,
    wait_kept,
    wait_offer,
    wait_view,
)


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("daphne")
    return site


@pytest.fixture(autouse=True)
def forget(site: Site) -> None:
    forget_views(site)


def test_a_default_a_link_and_the_next_morning(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann").open("/sheet/product/")
    ann.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    only_eastoak(ann)
    save_as(ann, "From Eastoak", shared=True)
    views_menu(ann).get_by_role("menuitem", name="Make default for everyone").click()
    views_menu(ann).get_by_text("Default", exact=True).wait_for()
    ann.page.get_by_role("menuitem", name="Copy link").click()
    ann.wait("document.querySelector('.ls-message').textContent !== ''")
    link = ann.page.evaluate("navigator.clipboard.readText()")
    assert "#livesheet=product:view:" in link

    # Who has arranged nothing yet, sees the default; what they do to it is there the next morning.
    bea = seat(site, "bea")
    bea.page.goto(bea.address + "/sheet/product/")
    wait_view(bea, "View: From Eastoak")
    wait_rows(bea, 100)
    sort_by(bea, "stock")
    wait_kept(site, '"stock"')
    bea.page.reload()
    wait_view(bea, "View: From Eastoak · Modified")
    wait_chips(bea, ["Supplier: Eastoak"])
    views_menu(bea).get_by_role("menuitemradio", name="My view").click()
    wait_chips(bea, [])
    wait_rows(bea, 300)
    wait_kept(site, '"stock"', there=False)

    # The link is a visit.
    bea.page.goto(link)
    bea.page.reload()
    wait_view(bea, "View: From Eastoak")
    press_button(bea, "Back to my view")
    wait_rows(bea, 300)
    bea.wait("location.hash === ''")

    # It is taken back while somebody looks at it.
    views_menu(bea).get_by_role("menuitemradio", name="From Eastoak").click()
    wait_rows(bea, 100)
    views_menu(ann).get_by_role("menuitem", name="Stop sharing").click()
    wait_offer(bea, "This view was deleted, or is no longer shared.")
    assert bea.page.locator(".ls-filter-chip").count() == 1


def test_on_a_phone_and_from_right_to_left(site: Site, seat: SitDown, version: str) -> None:
    """The menu lies within the screen, and what is offered can be reached."""
    ann = seat(site, "ann").open("/sheet/product/")
    only_eastoak(ann)
    save_as(ann, "What we have from Eastoak, by how much is left of it", shared=True)
    sort_by(ann, "stock")
    for width in (1280, 390):
        ann.page.set_viewport_size({"width": width, "height": 720})
        for direction in ("ltr", "rtl"):
            ann.page.evaluate("given => { document.documentElement.dir = given; }", direction)
            ann.wait_painted()
            offer = ann.page.get_by_role("button", name="Save for everyone").bounding_box()
            menu = views_menu(ann).bounding_box()
            button = ann.page.locator(".ls-views-button").bounding_box()
            for theme in ("light", "dark"):
                ann.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                ann.screenshot(f"views-{width}-{direction}-{theme}-{version}")
            for box in (offer, menu, button):
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
            ann.page.keyboard.press("Escape")


def test_a_condition_on_a_column_that_one_does_not_see(site: Site, seat: SitDown) -> None:
    """It is not applied, which would tell what stands there; and that is said."""
    ann, bea = seat(site, "ann").open("/sheet/part/"), seat(site, "bea").open("/sheet/part/")
    only_eastoak(ann)
    save_as(ann, "From Eastoak", shared=True)
    wait_rows(ann, 100)
    views_menu(bea).get_by_role("menuitemradio", name="From Eastoak").click()
    wait_view(bea, "View: From Eastoak")
    wait_offer(bea, "1 condition of this view is on a column you cannot see; it is not applied.")
    wait_rows(bea, 300)
    assert all("Eastoak" not in text for text in bea.page.locator(".ls-chips").all_inner_texts())
    assert not any("Supplier" in str(frame) for frame in bea.frames)
