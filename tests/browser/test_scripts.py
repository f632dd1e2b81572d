"""Sixty scripts in every place that shows a text, in both grids: none of them runs.

With `--long` also under a policy, where the browser itself would tell of an attempt.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.payloads import PAYLOADS
from tests.browser.places import DATA, NO_TEXT_OF_OTHERS, PLACES
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
def test_no_text_runs(site: Site, seat: SitDown, policy: str) -> None:
    bea = seat(site, "bea")
    bea.forgiven += FORGIVEN
    bea.open("/sheet/scripts/").click(bea.pks()[0], "char")
    ann = seat(site, "ann")
    ann.page.set_viewport_size({"width": 1500, "height": 3000})
    watch = Watch(ann, site.elsewhere.run, policy)
    wrong = {}
    for place in PLACES:
        try:
            place.go(watch)
        except Exception as error:
            watch.trouble.append(f"not reached: {error}"[:600])
            ann.screenshot(f"scripts-{place.name}")
        if found := watch.verdict(place.least):
            wrong[place.name] = found
    assert wrong == {}


def test_there_are_sixty_of_them() -> None:
    assert len(set(PAYLOADS)) == 60


def modules() -> dict[str, Path]:
    return {path.stem: path for path in SCRIPTS}


def test_each_module_that_shows_a_text_is_in_the_table() -> None:
    listed = {name for place in PLACES for name in place.modules.split()}
    shows = {name for name, path in modules().items() if SHOWS.search(path.read_text())}
    assert shows - listed - NO_TEXT_OF_OTHERS == set()
    assert (listed | NO_TEXT_OF_OTHERS) - modules().keys() == set()
