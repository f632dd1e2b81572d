#!/usr/bin/env python
"""Take the README's picture: the demo in Chromium, while Ann and Bea are at work.

    python docs/screenshots.py

Needs what the demo needs, Playwright for Python, and Chromium on the PATH.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1500, "height": 700}
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--hide-scrollbars"]
# What a reader sees in place of the paths of the machine that takes the picture.
COMMAND = (
    ".demo/bin/python example_project/manage.py shell -c"
    ' "p = Product.objects.first(); p.price += 1; p.save()"'
)
NAME, SUPPLIER, PRICE, STOCK = 1, 2, 3, 4


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a demo with a database of its own, and the environment it runs in."""
    with tempfile.TemporaryDirectory() as var:
        environment = {**os.environ, "VAR_DIR": var, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "demo.py", "--port", "8700", "--cities", "10"]
        process = subprocess.Popen(
            command,
            cwd=ROOT / "example_project",
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield address_of(process), environment
        finally:
            process.terminate()
            process.wait()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"Open +(http\S+)", line):
            return found[1]
    sys.exit("The demo did not start.")


def cell(sheet: FrameLocator, row: int, column: int) -> Locator:
    return sheet.locator(f".ht_master tbody tr:nth-child({row}) td:nth-of-type({column})")


def type_into(page: Page, where: Locator, text: str) -> None:
    where.click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def two_people_at_work(page: Page, address: str, environment: dict[str, str]) -> None:
    """A price that was refused, a cell being edited, cursors of both, and sales coming in."""
    page.goto(address)
    ann, bea = page.frame_locator("iframe >> nth=0"), page.frame_locator("iframe >> nth=1")
    for sheet in (ann, bea):
        sheet.locator("live-sheet[data-status=live]").wait_for()
    page.locator("#command").evaluate("(element, text) => { element.textContent = text }", COMMAND)
    type_into(page, cell(ann, 3, PRICE), "9.20")
    expect(cell(bea, 3, PRICE)).to_have_text("9.20")
    type_into(page, cell(bea, 6, PRICE), "-1")
    bea.locator("td.ls-refused").wait_for()
    page.keyboard.press("ArrowUp")
    bea.locator(".ls-note").wait_for()
    cell(ann, 8, SUPPLIER).click()
    page.keyboard.type("ha")
    ann.locator(".ls-option").first.wait_for()
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", SALES],
        cwd=ROOT / "example_project",
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    expect(cell(bea, 2, STOCK)).to_have_text("7")


SALES = """
for row in (1, 3, 12, 13):
    product = Product.objects.all()[row]
    product.stock = row + 6
    product.save()
"""


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with demo() as (address, environment), sync_playwright() as playwright:
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        two_people_at_work(page, address, environment)
        page.screenshot(path=IMAGES / "demo.png")
        browser.close()


if __name__ == "__main__":
    main()
