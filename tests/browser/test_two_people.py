"""A cell that one person types, and what any program saves, on the other person's screen."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenSite, SitDown
from tests.browser.servers import Site

# SQLite without any channel layer is one process; PostgreSQL with Redis are two, one browser each.
PLACES = {
    "daphne": ("sqlite", ["daphne"]),
    "uvicorn": ("sqlite", ["uvicorn"]),
    "daphne-postgres-redis": ("postgres", ["daphne", "daphne"]),
    "uvicorn-postgres-redis": ("postgres", ["uvicorn", "uvicorn"]),
}


@pytest.fixture(params=PLACES)
def site(request: pytest.FixtureRequest, open_site: OpenSite, version: str) -> Site:
    engine, kinds = PLACES[request.param]
    site = open_site(engine=engine, version=version)
    for kind in kinds:
        site.serve(kind)
    return site


def test_the_whole_packet_walks(site: Site, seat: SitDown, version: str) -> None:
    ann = seat(site, "ann", site.servers[0].port).open("/desk/products/")
    bea = seat(site, "bea", site.servers[-1].port).open("/desk/products/")
    first, second, third = ann.pks()[:3]

    ann.type(first, "price", "12.5")
    bea.wait_text(first, "price", "12.50")
    ann.wait_text(first, "price", "12.50")
    ann.wait_settled()

    before = bea.text(second, "price")
    bea.type(second, "price", "-1")
    bea.wait_class(second, "price", "ls-refused")
    assert "A price cannot be negative." in bea.title(second, "price")
    assert bea.text(second, "price") == before == ann.text(second, "price")
    bea.screenshot(f"refused-{version}")

    supplier = "Supplier.objects.first()"
    made = site.elsewhere.run(
        f"print(Product.objects.create(name='Aa', supplier={supplier}, price=3).pk)"
    )
    for desk in (ann, bea):
        desk.wait_row(made)
        assert desk.value(made, "price") == "3.00"

    site.elsewhere.run(f"p = Product.objects.get(pk={third}); p.stock = 4321; p.save()")
    for desk in (ann, bea):
        desk.wait_text(third, "stock", "4321")

    site.elsewhere.run(f"Product.objects.get(pk={made}).delete()")
    for desk in (ann, bea):
        desk.wait_row(made, there=False)
    for desk in (ann, bea):
        assert [frame["type"] for frame in desk.frames].count("hello") == 1


def test_a_process_that_ends_at_once_still_rings(open_site: OpenSite, seat: SitDown) -> None:
    site = open_site(engine="postgres")
    site.serve("uvicorn")
    ann = seat(site, "ann").open("/desk/products/")
    pk = ann.pks()[2]
    site.script(f"p = Product.objects.get(pk={pk}); p.stock = 4321; p.save()")
    ann.wait_text(pk, "stock", "4321")


def test_on_a_small_phone_the_desk_is_as_wide_as_the_screen(
    open_site: OpenSite, seat: SitDown, version: str
) -> None:
    site = open_site(version=version)
    site.serve("uvicorn")
    ann = seat(site, "ann")
    ann.page.set_viewport_size({"width": 320, "height": 844})
    ann.open("/desk/products/")
    assert ann.page.evaluate("document.documentElement.scrollWidth") == 320
    for name in ("a[aria-current]", ".person button", ".ls-bar", ".ls-status"):
        box = ann.page.locator(name).first.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 320, name
    ann.screenshot(f"desk-320-{version}")
