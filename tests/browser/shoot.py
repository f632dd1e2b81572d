"""Pictures of the main states, in both versions and both themes, for looking at and for the docs.

    python -m tests.browser.shoot [scene …] [--width 390 …] [--theme dark …] [--grid 18.1.1 …]
                                  [--language de] [--mirrored]

All of them go into tests/browser/.screenshots/; those of 6.2.2 that the documentation shows go into
docs/images/ as well (18.1.1 is not free software, and is not shown there), unless another width or
language is asked for. A state that cannot be brought about is reported, and the others are taken.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
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
WIDTH, HEIGHT = 1180, 560
# Of windows of other widths: a phone's, and those of two screens.
HEIGHTS = {390: 844, 1280: 720, 1920: 1080}
PHONES = {390}
MIRROR = """document.addEventListener("readystatechange", () => {
    document.documentElement.dir = "rtl";
});"""


@dataclass(frozen=True)
class Look:
    """How a picture is taken of whatever state."""

    theme: str
    grid: str
    width: int = WIDTH
    language: str = ""
    mirrored: bool = False

    @property
    def size(self) -> dict[str, int]:
        return self.size_of(self.width)

    @staticmethod
    def size_of(width: int) -> dict[str, int]:
        return {"width": width, "height": HEIGHTS.get(width, HEIGHT)}

    @property
    def is_plain(self) -> bool:
        """As the documentation shows it."""
        others = (self.language, self.mirrored, self.width != WIDTH)
        return self.grid == grids.BUNDLED and not any(others)

    def __str__(self) -> str:
        size = "" if self.width == WIDTH else str(self.width)
        parts = (self.theme, size, self.language, "rtl" if self.mirrored else "", self.grid)
        return "-".join(filter(None, parts))


def shown() -> set[str]:
    """The pictures that the documentation asks for."""
    return {name for page in DOCS for name in re.findall(r"images/([\w-]+)\.png", page.read_text())}


def shoot(browser: Browser, site: Site, scene: Scene, look: Look) -> None:
    with ExitStack() as contexts:

        def sit(person: str, path: str) -> Desk:
            is_phone = look.width in PHONES and person == "ann"
            size = look.size if is_phone or look.width not in PHONES else Look.size_of(WIDTH)
            context = browser.new_context(
                viewport=size,  # type: ignore[arg-type]
                color_scheme=look.theme,  # type: ignore[arg-type]
                has_touch=is_phone,
            )
            contexts.callback(context.close)
            address = f"http://127.0.0.1:{site.servers[0].port}"
            cookies = {site.project.session_cookie: site.sessions[person]}
            if look.language:
                cookies["django_language"] = look.language
            context.add_cookies(
                [{"name": name, "value": cookies[name], "url": address} for name in cookies]
            )
            if look.mirrored:
                context.add_init_script(MIRROR)
            desk = sit_down(context, address)
            return desk.open(path) if path else desk

        scene(Room(site, sit)).screenshot(f"{scene.__name__}-{look}")


def publish(picture: Path, image: Path) -> None:
    """With a palette, where ImageMagick is there: a quarter of the size."""
    IMAGES.mkdir(exist_ok=True)
    convert = shutil.which("convert") or shutil.which("magick")
    if convert is None:
        shutil.copy(picture, image)
        return
    how = ["-strip", "+dither", "-colors", "128", f"PNG8:{image}"]
    subprocess.run([convert, str(picture), *how], check=True)


def bring_about(browser: Browser, site: Site, scene: Scene, look: Look) -> None:
    site.serve("uvicorn")
    shoot(browser, site, scene, look)
    picture = f"{scene.__name__}-{look.theme}"
    if look.is_plain and picture in shown():
        publish(SCREENSHOTS / f"{scene.__name__}-{look}.png", IMAGES / f"{picture}.png")


def wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenes", nargs="*", help="default: all of them")
    parser.add_argument("--width", type=int, nargs="+", default=[WIDTH])
    parser.add_argument("--theme", nargs="+", default=["light", "dark"])
    parser.add_argument("--grid", nargs="+", default=[grids.BUNDLED, grids.NEWEST])
    parser.add_argument("--language", default="")
    parser.add_argument("--mirrored", action="store_true", help="from right to left")
    return parser.parse_args()


def main() -> int:
    wished = wishes()
    places = [(SHOP, scene) for scene in scenes.AT_THE_SHOP]
    places += [(KINDS, scene) for scene in scenes.AT_KINDS]
    if wished.scenes:
        places = [place for place in places if place[1].__name__ in wished.scenes]
    looks = [
        Look(theme, grid, width, wished.language, wished.mirrored)
        for width, theme, grid in product(wished.width, wished.theme, wished.grid)
    ]
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium(playwright)
        databases = Databases(Path(folder))
        for number, ((project, scene), look) in enumerate(product(places, looks)):
            # Each begins with fresh data: what one has edited, no other shows.
            root = Path(folder) / str(number)
            root.mkdir()
            try:
                with sites(databases, root) as make:
                    bring_about(browser, make(project, version=look.grid), scene, look)
            except Exception as error:
                failed.append(f"{scene.__name__}, {look}: {error}")
        browser.close()
    print("\n".join(failed) or "All states were brought about.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
