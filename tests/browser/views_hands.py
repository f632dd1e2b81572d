"""What people do with named views."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.desk import Desk
from tests.browser.finding_hands import open_menu, wait_chips
from tests.browser.servers import Site


def press_button(desk: Desk, name: str) -> None:
    desk.page.get_by_role("button", name=name).click()


def forget_views(site: Site) -> None:
    """What one test has arranged, the next would find."""
    site.elsewhere.run(
        "from livesheet.models import NamedView, SavedView\n"
        "SavedView.objects.all().delete(); NamedView.objects.all().delete()"
    )


def views_menu(desk: Desk) -> Locator:
    desk.page.locator(".ls-views-button").click()
    menu = desk.page.get_by_role("menu", name="Views")
    menu.wait_for()
    return menu


def save_as(desk: Desk, name: str, *, shared: bool) -> None:
    """By the menu: four steps, and one more to share it."""
    views_menu(desk).get_by_role("menuitem", name="Save as …").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.wait_for()
    desk.page.keyboard.type(name)
    if shared:
        dialog.get_by_label("Share with everyone here").check()
    desk.page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    wait_view(desk, f"View: {name}")


def wait_view(desk: Desk, said: str) -> None:
    desk.wait(
        "said => document.querySelector('.ls-views-button').getAttribute('aria-label') === said",
        said,
    )


def wait_offer(desk: Desk, text: str) -> None:
    desk.page.locator(".ls-offer").get_by_text(text, exact=True).wait_for()


def wait_kept(site: Site, text: str, *, there: bool = True) -> None:
    site.elsewhere.run(
        "import time; from livesheet.models import SavedView\n"
        "end = time.monotonic() + 15\n"
        f"while SavedView.objects.filter(view__contains={text!r}).exists() is not {there}:\n"
        "    assert time.monotonic() < end\n"
        "    time.sleep(0.05)\n"
    )


def only_eastoak(desk: Desk) -> None:
    """Through the menu at the head of a column."""
    menu = open_menu(desk, "supplier")
    menu.get_by_role("button", name="None", exact=True).click()
    menu.locator(".ls-value", has_text="Eastoak").click()
    desk.page.keyboard.press("Escape")
    wait_chips(desk, ["Supplier: Eastoak"])
