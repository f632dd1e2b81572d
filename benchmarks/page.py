"""What does a page with a sheet cost that a browser has never seen?

    python benchmarks/page.py
    python benchmarks/page.py --server daphne --times 10

The example's products in Chromium, each time with an empty cache: requests, bytes as they were
sent, the time until something and until the rows were painted, and what the server's process did
for it. It has served the page before. Server, database and browser share this machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / part) for part in ("src", "")]

from playwright.sync_api import Browser, Request, sync_playwright  # noqa: E402

from benchmarks.harness.machine import processor_seconds  # noqa: E402
from benchmarks.million import WATCH, WINDOW  # noqa: E402
from tests.browser import grids, servers  # noqa: E402
from tests.browser.conftest import chromium, sites  # noqa: E402

FIRST_PAINT = (
    """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN"""
)
FIGURES = ("requests", "KB sent", "first paint, ms", "rows painted, ms", "processor, ms")


def look(browser: Browser, address: str, cookie: dict[str, str], pid: int) -> list[float]:
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    context.add_cookies([{**cookie, "url": address}])  # type: ignore[typeddict-item]
    page = context.new_page()
    page.add_init_script(WATCH)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    spent = processor_seconds(pid)
    page.goto(address + "/desk/products/", wait_until="commit")
    rows = float(page.evaluate("opened"))
    so_far = [request for request in asked if not request.url.startswith("data:")]
    page.wait_for_load_state("networkidle")
    spent = processor_seconds(pid) - spent
    size = sum(request.sizes()["responseBodySize"] for request in so_far) / 1024
    paint = float(page.evaluate(FIRST_PAINT))
    context.close()
    return [len(so_far), size, paint, rows, spent * 1e3]


def measure(site: Any, browser: Browser, times: int) -> list[list[float]]:
    server = site.servers[0]
    cookie = {"name": site.project.session_cookie, "value": site.sessions["ann"]}
    address = f"http://127.0.0.1:{server.port}"
    found = [look(browser, address, cookie, server.process.pid) for _ in range(times + 1)]
    return found[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--server", default="uvicorn", choices=["daphne", "uvicorn"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        with sites(servers.Databases(root), root) as make:
            site = make(version=grids.BUNDLED)
            site.serve(options.server)
            browser = chromium(playwright)
            found = measure(site, browser, options.times)
            browser.close()
    for name, column in zip(FIGURES, zip(*found, strict=True), strict=True):
        print(f"  {name:<20} {statistics.median(column):8.0f}, at most {max(column):.0f}")


if __name__ == "__main__":
    main()
