"""An edit stops in both browsers where `docs/how-an-edit-travels.md` says.

`tests/test_stops.py` follows it through the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import Desk
from tests.browser.servers import Site
from tests.stops import Stop, stops

WIDGET = "/livesheet/"


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    site = open_site(BUNDLE="0")  # where each file has its name
    site.serve("uvicorn")
    return site


def watched(desk: Desk) -> CDPSession:
    """From here on the browser notes which functions run."""
    session = desk.page.context.new_cdp_session(desk.page)
    session.send("Profiler.enable")
    session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    return session


def ran(session: CDPSession, way: Iterable[Stop]) -> set[Stop]:
    """Those of the stops whose functions have run since."""
    found: list[dict[str, Any]] = session.send("Profiler.takePreciseCoverage")["result"]
    calls = {
        (script["url"].partition(WIDGET)[2], function["functionName"].rpartition(".")[2])
        for script in found
        for function in script["functions"]
        if any(part["count"] for part in function["ranges"])
    }
    return {stop for stop in way if tuple(stop) in calls}


def test_an_edit_stops_in_both_browsers(site: Site, seat: SitDown) -> None:
    ann, bea = seat(site, "ann").open("/desk/products/"), seat(site, "bea").open("/desk/products/")
    pk = ann.pks()[0]
    ann.click(pk, "stock")
    way = stops(".js")
    here = next(at for at, stop in enumerate(way) if stop.file == "sheet.js")
    one, two = watched(ann), watched(bea)
    ann.page.keyboard.type("77")
    ann.page.keyboard.press("Enter")
    ann.wait_settled()
    bea.wait_text(pk, "stock", "77")
    assert ran(one, way[:here]) == set(way[:here])
    assert ran(two, way[here:]) == set(way[here:])
