"""Pictures of the main states, in both versions and both themes, for looking at and for the docs.

    python -m tests.browser.shoot

All of them go into tests/browser/.screenshots/; those of 6.2.2 that the documentation shows go into
docs/images/ as well (18.1.1 is not free software, and is not shown there). A state that cannot be
brought about is reported, and the others are still taken.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import grids
from tests.browser.conftest import CHROMIUM_FLAGS, sites
from tests.browser.desk import SCREENSHOTS, Desk, sit_down
from tests.browser.page_hands import command, press
from tests.browser.servers import ROOT, Databases, Site

IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1180, "height": 620}
PATH = "/desk/products/"


def plain(ann: Desk) -> None:
    ann.click(ann.pks()[3], "name")


def menu(ann: Desk) -> None:
    ann.page.locator(".ls-open-menu").click()
    ann.page.locator(".ls-menu-item").first.wait_for()


def shortcuts(ann: Desk) -> None:
    command(ann, "shortcuts")
    ann.page.locator("dialog h2").wait_for()


def refused(ann: Desk) -> None:
    pk = ann.pks()[2]
    ann.type(pk, "price", "cheap")
    ann.wait_class(pk, "price", "ls-refused")
    press(ann, "ArrowUp")
    ann.page.locator(".ls-note").wait_for()


def editing(ann: Desk) -> None:
    ann.click(ann.pks()[4], "supplier", count=2)
    ann.page.locator(".ls-option").first.wait_for()


def context(ann: Desk) -> None:
    ann.cell(ann.pks()[5], "name").click(button="right")
    ann.page.locator(".htContextMenu td").first.wait_for()


def narrow(ann: Desk) -> None:
    ann.page.set_viewport_size({"width": 360, "height": 640})
    ann.page.wait_for_timeout(300)


STATES: list[Callable[[Desk], None]] = [plain, menu, shortcuts, refused, editing, context, narrow]
SHOWN = {"refused", "shortcuts", "narrow"}


def shoot(browser: Browser, site: Site, version: str, theme: str) -> list[str]:
    failed = []
    for state in STATES:
        page = browser.new_context(viewport=SIZE, color_scheme=theme)  # type: ignore[arg-type]
        address = f"http://127.0.0.1:{site.servers[0].port}"
        session = {"name": site.project.session_cookie, "value": site.sessions["ann"]}
        page.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
        name = f"{state.__name__}-{theme}-{version}"
        try:
            ann = sit_down(page, address).open(PATH)
            state(ann)
            ann.screenshot(name)
        except Exception as error:
            failed.append(f"{name}: {error}")
        else:
            if version == grids.BUNDLED and state.__name__ in SHOWN:
                publish(SCREENSHOTS / f"{name}.png", IMAGES / f"{state.__name__}-{theme}.png")
        page.close()
    return failed


def publish(picture: Path, image: Path) -> None:
    """With a palette, where ImageMagick is there: a quarter of the size."""
    IMAGES.mkdir(exist_ok=True)
    convert = shutil.which("convert") or shutil.which("magick")
    if convert is None:
        shutil.copy(picture, image)
        return
    how = ["-strip", "+dither", "-colors", "128", f"PNG8:{image}"]
    subprocess.run([convert, str(picture), *how], check=True)


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        root = Path(folder)
        (root / "databases").mkdir()
        with sites(Databases(root / "databases"), root) as make:
            for version in (grids.BUNDLED, grids.NEWEST):
                site = make(version=version)
                site.serve("daphne")
                for theme in ("light", "dark"):
                    failed += shoot(browser, site, version, theme)
        browser.close()
    print("\n".join(failed) or "All states were brought about.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
