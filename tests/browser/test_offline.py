"""Ten seconds away, and a server that dies: what was missed arrives, and nothing is loaded anew."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.desk import Desk
from tests.browser.line import Line
from tests.browser.servers import KINDS, Site

AWAY_SECONDS = 10
# The widget waits up to half a minute, at random, before it tries once more.
BACK_MS = 60_000

# 50 rows change, one is deleted, one leaves Ann's set and one comes into it.
MEANWHILE = """
changed, deleted, left = {changed}, {deleted}, {left}
for product in Product.objects.filter(pk__in=changed):
    product.stock += 1000
    product.save()
Product.objects.get(pk=deleted).delete()
product = Product.objects.get(pk=left)
product.owner = "bea"
product.save()
Product.objects.create(name="Came meanwhile", owner="ann", price=1)
"""
MAY_SEE = """
import json
rows = Product.objects.filter(owner="ann").values_list("pk", "name", "price", "stock")
print(json.dumps([[str(pk), name, str(price), stock] for pk, name, price, stock in rows]))
"""
SHOWN = """() => {
    const { stage: { grid }, rows } = document.querySelector("live-sheet").sheet;
    const names = ["name", "price", "stock"];
    return [...grid.places.keys()].map((pk) => [pk, ...names.map((name) => rows.value(pk, name))]);
}"""


@pytest.fixture
def site(open_site: OpenSite, version: str) -> Site:
    site = open_site(KINDS, version=version)
    site.serve("uvicorn")
    return site


def shows_what_ann_may_see(desk: Desk, site: Site) -> None:
    """Exactly that, in the grid and painted where it is on screen."""

    expected = sorted(json.loads(site.elsewhere.run(MAY_SEE)))
    desk.wait(f"n => ({SHOWN})().length === n", len(expected))
    assert sorted(desk.page.evaluate(SHOWN)) == expected
    by_pk = {row[0]: row for row in expected}
    for pk in desk.pks():
        desk.wait_text(pk, "stock", str(by_pk[pk][3]))


def resumed(desk: Desk, heard: int) -> None:
    """What came after the reconnection: one change with all that was missed, and no snapshot."""
    types = [frame["type"] for frame in desk.frames[heard:]]
    assert "rows" not in types
    assert types.count("hello") == 1
    change = next(frame for frame in desk.frames[heard:] if frame["type"] == "change")
    assert len(change["rows"]) == 51
    assert len(change["gone"]) == 2


def meanwhile(desk: Desk) -> tuple[str, list[str]]:
    pks = desk.all_pks()
    changed, deleted, left = pks[:50], pks[55], pks[57]
    return MEANWHILE.format(changed=changed, deleted=deleted, left=left), [deleted, left]


def test_ten_seconds_without_a_network(
    site: Site, seat: SitDown, line: Callable[[int], Line], version: str
) -> None:
    cable = line(site.servers[0].port)
    ann = seat(site, "ann", cable.port).open("/sheet/mine/")
    ann.forgiven += ["WebSocket connection to", "ERR_INTERNET_DISCONNECTED"]
    assert len(ann.all_pks()) == 300
    code, lost = meanwhile(ann)
    mine = ann.pks()[8]
    heard = len(ann.frames)

    since = time.monotonic()
    cable.cut()
    ann.page.context.set_offline(True)
    ann.wait_status("offline")
    ann.screenshot(f"offline-{version}")
    site.elsewhere.run(code)
    # What is typed on the train is kept, and goes out at the next station.
    ann.type(mine, "name", "typed offline")
    ann.wait_class(mine, "name", "ls-pending")
    ann.page.wait_for_timeout(max(0, AWAY_SECONDS - (time.monotonic() - since)) * 1000)
    assert ann.frames[heard:] == []

    cable.mend()
    ann.page.context.set_offline(False)
    ann.wait_status("live", BACK_MS)
    for pk in lost:
        ann.wait_row(pk, there=False)
    ann.wait_settled()
    shows_what_ann_may_see(ann, site)
    resumed(ann, heard)
    assert site.elsewhere.run(f"print(Product.objects.get(pk={mine}).name)") == "typed offline"


def test_a_broken_line_is_noticed_and_mended(
    site: Site, seat: SitDown, line: Callable[[int], Line]
) -> None:
    """The browser believes that it is online: only the connection breaks, again and again."""
    cable = line(site.servers[0].port)
    ann = seat(site, "ann", cable.port).open("/sheet/mine/")
    ann.forgiven += ["WebSocket connection to"]
    code, _ = meanwhile(ann)
    heard = len(ann.frames)
    cable.cut()
    ann.wait_status("reconnecting")
    site.elsewhere.run(code)
    cable.mend()
    ann.wait_status("live", BACK_MS)
    shows_what_ann_may_see(ann, site)
    resumed(ann, heard)


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_a_server_process_is_replaced(open_site: OpenSite, seat: SitDown, kind: str) -> None:
    site = open_site(KINDS)
    server = site.serve(kind)
    ann = seat(site, "ann").open("/sheet/mine/")
    # The second script may be on its way when the server stops; it is fetched again afterwards.
    ann.forgiven += ["WebSocket connection to", "ERR_CONNECTION_REFUSED"]
    code, _ = meanwhile(ann)
    heard = len(ann.frames)
    server.halt()
    ann.wait_status("reconnecting")
    site.elsewhere.run(code)
    site.start(server)
    ann.wait_status("live", BACK_MS)
    shows_what_ann_may_see(ann, site)
    resumed(ann, heard)
    ann.type(ann.pks()[3], "name", "after all")
    ann.wait_settled()


def test_a_server_process_crashes(open_site: OpenSite, seat: SitDown) -> None:
    site = open_site(KINDS)
    server = site.serve("uvicorn")
    ann = seat(site, "ann").open("/sheet/mine/")
    # The second script may be on its way when the server stops; it is fetched again afterwards.
    ann.forgiven += ["WebSocket connection to", "ERR_CONNECTION_REFUSED"]
    code, _ = meanwhile(ann)
    heard = len(ann.frames)
    site.elsewhere.run(code)
    site.replace(server)
    ann.wait("() => performance.now()")
    ann.wait_row(ann.all_pks()[0])
    ann.wait_status("live", BACK_MS)
    shows_what_ann_may_see(ann, site)
    assert "rows" not in [frame["type"] for frame in ann.frames[heard:]]
