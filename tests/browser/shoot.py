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
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import grids, scenes
from tests.browser.conftest import OpenSite, chromium, sites
from tests.browser.desk import SCREENSHOTS, Desk, sit_down
from tests.browser.scenes import Room, Scene
from tests.browser.servers import KINDS, ROOT, SHOP, Databases, Project, Site

IMAGES = ROOT / "docs" / "images"
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
SIZE = {"width": 1180, "height": 560}
ARTICLES = """
for name, price in (("Chair", 10), ("Table", 85), ("Lamp", 24)):
    Article.objects.create(name=name, price=price)
"""


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


def shoot_all(
    browser: Browser, make: OpenSite, project: Project, version: str, wanted: list[Scene]
) -> list[str]:
    failed = []
    for theme in ("light", "dark"):
        for scene in wanted:
            # Each begins with fresh data: what one has edited, no other shows.
            site = make(project, version=version)
            site.serve("uvicorn")
            if project is KINDS:
                site.elsewhere.run(ARTICLES)
            picture = f"{scene.__name__}-{theme}"
            name = f"{picture}-{version}"
            try:
                shoot(browser, site, scene, theme, name)
            except Exception as error:
                failed.append(f"{name}: {error}")
            else:
                if version == grids.BUNDLED and picture in shown():
                    publish(SCREENSHOTS / f"{name}.png", IMAGES / f"{picture}.png")
            site.stop()
    return failed


def main() -> int:
    failed: list[str] = []
    names = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium(playwright)
        root = Path(folder)
        (root / "databases").mkdir()
        databases = Databases(root / "databases")
        with sites(databases, root) as make:
            for version in (grids.BUNDLED, grids.NEWEST):
                for project, there in ((SHOP, scenes.AT_THE_SHOP), (KINDS, scenes.AT_KINDS)):
                    wanted = [scene for scene in there if not names or scene.__name__ in names]
                    failed += shoot_all(browser, make, project, version, wanted)
        browser.close()
    print("\n".join(failed) or "All states were brought about.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
