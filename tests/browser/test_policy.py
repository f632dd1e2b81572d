"""The page under a strict policy, and the widget under each way of naming static files."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.editing_hands import open_cell_menu

STORAGES = {
    "plain": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "manifest": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    "aggregating": "tests.browser.storages.AggregatingStorage",
    "whitenoise": "whitenoise.storage.CompressedManifestStaticFilesStorage",
}

# What comes after a first look at the sheet is there.
SECOND = "document.querySelector('live-sheet').sheet.later.parts !== null"
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css|png|svg)$")


def test_nothing_but_self(open_site: OpenSite, seat: SitDown) -> None:
    """Everything that opens something: lists, editors, the menu, the search. No violation."""
    site = open_site()
    site.serve("daphne")
    ann = seat(site, "ann")
    page = ann.page.goto(ann.address + "/desk/products/")
    assert page is not None
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    ann.open("/desk/products/")
    pk = ann.pks()[3]
    for column in ("name", "supplier", "price", "stock", "unit", "counted_on"):
        ann.click(pk, column, count=2)
        ann.wait("document.querySelector('live-sheet').sheet.stage.grid.isEditing")
        ann.page.keyboard.press("Escape")
    ann.tick(pk, "active")
    ann.wait_settled()
    open_cell_menu(ann, pk, "name")
    ann.screenshot("menu-6.2.2")
    ann.page.keyboard.press("Escape")
    ann.page.locator(".ls-search").fill("oil")
    ann.wait("document.querySelector('live-sheet').sheet.hot.countRows() < 100")
    ann.screenshot("search-6.2.2")


@pytest.mark.parametrize("storage", STORAGES)
def test_the_widget_loads_under(open_site: OpenSite, seat: SitDown, storage: str) -> None:
    site = open_site(DEBUG="0", BUNDLE="0", STATICFILES_STORAGE=STORAGES[storage])
    site.manage("collectstatic", "--no-input", "--verbosity=0")
    site.serve("uvicorn")
    ann = seat(site, "ann").open("/desk/products/")
    pk = ann.pks()[0]
    ann.type(pk, "stock", "4")
    ann.wait_settled()
    ann.wait_text(pk, "stock", "4")
    ann.wait(SECOND)
    names = ann.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    files = [name.rpartition("/")[2] for name in names if "/livesheet/" in name]
    modules = [file.partition(".")[0] for file in files if file.endswith(".js")]
    assert len(modules) == len(set(modules)), "a module was loaded under two names"
    unhashed = [file for file in files if not HASHED.search(file)]
    if storage.endswith("aggregating"):
        assert unhashed == []
    else:
        assert "grid.js" in unhashed


def test_a_page_asks_for_few_files_and_may_keep_them_for_ever(
    open_site: OpenSite, seat: SitDown
) -> None:
    site = open_site(DEBUG="0", STATICFILES_STORAGE=STORAGES["manifest"])
    site.manage("collectstatic", "--no-input", "--verbosity=0")
    site.serve("uvicorn")
    ann = seat(site, "ann").open("/desk/products/")
    pk = ann.pks()[0]
    ann.type(pk, "stock", "4")
    ann.wait_settled()
    ann.wait(SECOND)
    names = ann.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    files = [name.rpartition("/")[2] for name in names if "/static/" in name]
    assert [file for file in files if file.startswith("livesheet.more.")] != []
    assert len(files) < 8, files  # and the page itself
    assert [file for file in files if not HASHED.search(file)] == []
    assert [f for f in files if f.startswith("livesheet")] != []
