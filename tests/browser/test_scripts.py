"""Sixty scripts in every place that shows a text, in both grids: none of them runs.

The newest grid's turn is short: the places that the grid has a part in. With `--long` it has all of
them, as the bundled one always has; and both once more under a policy, where the browser itself
would tell of an attempt.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser import grids
from tests.browser.conftest import OpenSite, SitDown
from tests.browser.payloads import PAYLOADS
from tests.browser.places import DATA, NO_TEXT_OF_OTHERS, PLACES, Place
from tests.browser.servers import KINDS, Site
from tests.browser.watch import FORGIVEN, Watch
from tests.widget import SCRIPTS

SHOWS = re.compile(r"element\(|textContent|createElement|createTextNode|\.title = |aria-label")


@pytest.fixture(scope="module")
def site(open_shared_site: OpenSite, version: str) -> Site:
    site = open_shared_site(KINDS, version=version)
    site.serve("uvicorn")
    site.elsewhere.run(DATA)
    return site


@pytest.mark.timeout(900)  # two dozen pages full of texts, on a machine that has others to serve
@pytest.mark.parametrize("policy", ["no-policy", "self"])
def test_no_text_runs(
    site: Site, seat: SitDown, version: str, policy: str, request: pytest.FixtureRequest
) -> None:
    is_whole = version == grids.BUNDLED or request.config.getoption("--long")
    bea = seat(site, "bea")
    bea.forgiven += FORGIVEN
    bea.open("/sheet/scripts/").click(bea.pks()[0], "char")
    ann = seat(site, "ann")
    ann.page.set_viewport_size({"width": 1500, "height": 3000})
    watch = Watch(ann, site.elsewhere.run, policy)
    wrong = {}
    for place in PLACES if is_whole else filter(is_of_the_grid, PLACES):
        try:
            place.go(watch)
        except Exception as error:
            watch.trouble.append(f"not reached: {error}"[:600])
            ann.screenshot(f"scripts-{place.name}")
        if found := watch.verdict(place.least):
            wrong[place.name] = found
    assert wrong == {}


def is_of_the_grid(place: Place) -> bool:
    """Its own, which has no module of ours, or one that `grid/` has a part in."""
    ours = {path.stem for path in SCRIPTS if path.parent.name == "grid"}
    return not place.modules or not ours.isdisjoint(place.modules.split())


def test_the_short_turn_has_what_the_grid_draws() -> None:
    short = {place.name for place in PLACES if is_of_the_grid(place)}
    assert {"heads", "cells", "choices", "editors", "pasted pages", "menu of a cell"} <= short


def test_there_are_sixty_of_them() -> None:
    assert len(set(PAYLOADS)) == 60


def modules() -> dict[str, Path]:
    return {path.stem: path for path in SCRIPTS}


def test_each_module_that_shows_a_text_is_in_the_table() -> None:
    listed = {name for place in PLACES for name in place.modules.split()}
    shows = {name for name, path in modules().items() if SHOWS.search(path.read_text())}
    assert shows - listed - NO_TEXT_OF_OTHERS == set()
    assert (listed | NO_TEXT_OF_OTHERS) - modules().keys() == set()
