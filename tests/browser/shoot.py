"""Pictures of the main states, in both versions and both themes, for looking at and for the docs.

    python -m tests.browser.shoot [scene …]

All of them go into tests/browser/.screenshots/; those of 6.2.2 that the documentation shows go into
docs/images/ as well (18.1.1 is not free software, and is not shown there). A state that cannot be
brought about is reported, and the others are still taken.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import grids, scenes
from tests.browser.conftest import chromium, sites
from tests.browser.desk import SCREENSHOTS, Desk, sit_down
from tests.browser.scenes import Room, Scene
from tests.browser.servers import KINDS, ROOT, SHOP, Databases, Site

IMAGES = ROOT / "docs" / "images"
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
SIZE = {"width": 1180, "height": 560}


def shown() -> set[str]:
    """The pictures that the documentation asks for."""
    return {name for page in DOCS for name in re.findall(r"images/([\w-]+)\.png", page.read_text())}


def shoot(browser: Browser, site: Site, scene: Scene, theme: str, name: str) -> None:
    with ExitStack() as contexts:

        def sit(person: str, path: str) -> Desk:
            context = browser.new_context(viewport=SIZE, color_scheme=theme)  # type: ignore[arg-type]
            contexts.callback(context.close)
            address = f"http://127.0.0.1:{site.servers[0].port}"
            session = {"name": site.project.session_cookie, "value": site.sessions[person]}
            context.add_cookies([{**session, "url": address}])  # type: ignore[typeddict-item]
            desk = sit_down(context, address)
            return desk.open(path) if path else desk

        scene(Room(site, sit)).screenshot(name)


def publish(picture: Path, image: Path) -> None:
    """With a palette, where ImageMagick is there: a quarter of the size."""
    IMAGES.mkdir(exist_ok=True)
    convert = shutil.which("convert") or shutil.which("magick")
    if convert is None:
        shutil.copy(picture, image)
        return
    how = ["-strip", "+dither", "-colors", "128", f"PNG8:{image}"]
    subprocess.run([convert, str(picture), *how], check=True)


def bring_about(browser: Browser, site: Site, scene: Scene, theme: str, version: str) -> None:
    site.serve("uvicorn")
    picture = f"{scene.__name__}-{theme}"
    shoot(browser, site, scene, theme, f"{picture}-{version}")
    if version == grids.BUNDLED and picture in shown():
        publish(SCREENSHOTS / f"{picture}-{version}.png", IMAGES / f"{picture}.png")


def main() -> int:
    names = set(sys.argv[1:])
    places = [(SHOP, scene) for scene in scenes.AT_THE_SHOP]
    places += [(KINDS, scene) for scene in scenes.AT_KINDS]
    wanted = [place for place in places if not names or place[1].__name__ in names]
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium(playwright)
        databases = Databases(Path(folder))
        pictures = product(wanted, ("light", "dark"), (grids.BUNDLED, grids.NEWEST))
        for number, ((project, scene), theme, version) in enumerate(pictures):
            # Each begins with fresh data: what one has edited, no other shows.
            root = Path(folder) / str(number)
            root.mkdir()
            try:
                with sites(databases, root) as make:
                    bring_about(browser, make(project, version=version), scene, theme, version)
            except Exception as error:
                failed.append(f"{scene.__name__}, {theme}, {version}: {error}")
        browser.close()
    print("\n".join(failed) or "All states were brought about.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
